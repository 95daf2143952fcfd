use super::*;

fn sums_of(instructions: Instructions, outputs: usize, rows: usize) -> Vec<f64> {
    let wave = |i: usize, by: f64| (i as f64 * by).sin();
    let columns: Vec<Rows> = (0..7)
        .map(|j| std::array::from_fn(|i| wave(i + 31 * j, 0.7)))
        .collect();
    let columns: Vec<&Rows> = columns.iter().collect();
    let codes: Vec<u32> = (0..rows).map(|i| (i % outputs.max(2)) as u32).collect();
    let weights: Vec<f64> = (0..rows).map(|i| 1.0 + wave(i, 0.3)).collect();
    let parameters: Vec<f64> = (0..outputs * 8).map(|i| 3.0 * wave(i, 1.1)).collect();
    let mut gradient = vec![0.0; outputs * 8];
    let of = Block {
        loss: Loss::Logistic,
        columns: &columns,
        codes: &codes,
        weights: Some(&weights),
    };
    let mut sums = Sums {
        parameters: &parameters,
        gradient: &mut gradient,
        scores: &mut Vec::new(),
    };
    let loss = block(instructions, of, &mut sums);
    gradient.push(loss);
    gradient
}

#[test]
fn all_instructions_agree_and_those_with_fused_multiply_add_to_the_last_bit() {
    for (outputs, rows) in [(1, 256), (1, 37), (3, 256), (5, 1)] {
        let all: Vec<Vec<f64>> = Instructions::all()
            .into_iter()
            .map(|set| sums_of(set, outputs, rows))
            .collect();
        for other in &all[1..] {
            assert_eq!(*other, all[1]);
            for (a, b) in other.iter().zip(&all[0]) {
                assert!((a - b).abs() < 1e-11, "{a} {b}");
            }
        }
    }
}

#[test]
fn the_gradient_is_the_slope_of_the_loss() {
    let column: Rows = std::array::from_fn(|i| (i as f64 * 0.7).sin());
    for (outputs, loss) in [(1, Loss::Logistic), (3, Loss::Logistic), (1, Loss::SquaredHinge)] {
        let codes: Vec<u32> = (0..200).map(|i| (i % outputs.max(2)) as u32).collect();
        let of = Block {
            loss,
            columns: &[&column],
            codes: &codes,
            weights: None,
        };
        let at = |parameters: &[f64]| {
            let mut gradient = vec![0.0; parameters.len()];
            let mut sums = Sums {
                parameters,
                gradient: &mut gradient,
                scores: &mut Vec::new(),
            };
            (block(Instructions::widest(), of, &mut sums), gradient)
        };
        let parameters: Vec<f64> = (0..outputs * 2).map(|i| i as f64 - 1.0).collect();
        let (_, gradient) = at(&parameters);
        for i in 0..parameters.len() {
            let moved = |by: f64| {
                let mut moved = parameters.clone();
                moved[i] += by;
                at(&moved).0
            };
            let slope = (moved(1e-5) - moved(-1e-5)) / 2e-5;
            let off = (slope - gradient[i]).abs() / gradient[i].abs().max(1.0);
            assert!(off < 1e-6, "{slope} {gradient:?}");
        }
    }
}
