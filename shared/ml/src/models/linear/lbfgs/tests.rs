use std::convert::Infallible;

use super::*;

const CLOSE: Closeness = Closeness {
    gradient: 1e-9,
    decrease: 1e-12,
};

/// Σ cosh(scaleᵢ (xᵢ − 1)): its minimum is at one, its curvatures are the scales squared.
struct Bowl(Vec<f64>);

impl Problem for Bowl {
    type Stop = Infallible;

    fn evaluate(&mut self, x: &[f64], gradient: &mut [f64]) -> Result<f64, Infallible> {
        let mut value = 0.0;
        for ((x, scale), gradient) in x.iter().zip(&self.0).zip(gradient) {
            value += (scale * (x - 1.0)).cosh();
            *gradient = scale * (scale * (x - 1.0)).sinh();
        }
        Ok(value)
    }

    fn precondition(&self, _: &mut [f64]) {}

    fn stepped(&mut self, _: usize, _: &[f64]) -> Result<bool, Infallible> {
        Ok(false)
    }
}

#[test]
fn the_minimum_is_found_to_the_tolerance() {
    let mut bowl = Bowl(vec![1.0, 0.1, 5.0, 2.0]);
    let found = minimize(&mut bowl, vec![0.0; 4], CLOSE, 200).unwrap();
    assert!(found.gradient <= 1e-9, "{found:?}");
    assert!(found.x.iter().all(|x| (x - 1.0).abs() < 1e-6), "{found:?}");
    assert!(found.iterations < 60, "{found:?}");
}

#[test]
fn steps_are_limited() {
    let found = minimize(&mut Bowl(vec![1.0, 3.0]), vec![0.0; 2], CLOSE, 2).unwrap();
    assert_eq!(found.iterations, 2);
    assert!(found.gradient > CLOSE.gradient);
}
