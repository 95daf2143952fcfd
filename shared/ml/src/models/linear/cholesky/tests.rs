use ndarray::array;

use super::*;

#[test]
fn a_system_is_solved() {
    let factor = Cholesky::of(array![[4.0, 0.0, 0.0], [2.0, 5.0, 0.0], [-1.0, 3.0, 6.0]]).unwrap();
    // A = [[4, 2, -1], [2, 5, 3], [-1, 3, 6]], x = [1, -2, 3]
    let mut b = [-3.0, 1.0, 11.0];
    factor.solve(&mut b);
    for (found, expected) in b.iter().zip([1.0, -2.0, 3.0]) {
        assert!((found - expected).abs() < 1e-12, "{b:?}");
    }
}

#[test]
fn systems_of_any_size_are_solved_by_all_instructions() {
    for n in [1, 7, 8, 9, 16, 37] {
        let matrix = Array2::from_shape_fn((n, n), |(i, j)| {
            let near = (i as f64 - j as f64).abs();
            (-0.3 * near).exp() + if i == j { 0.1 } else { 0.0 }
        });
        let solution: Vec<f64> = (0..n).map(|i| (i as f64 * 0.7).sin()).collect();
        for instructions in Instructions::all() {
            let Ok(factor) = Cholesky::unless(matrix.clone(), instructions, || Ok::<_, Infallible>(()));
            let mut b = matrix.dot(&ndarray::ArrayView1::from(&solution)).to_vec();
            factor.unwrap().solve(&mut b);
            for (found, expected) in b.iter().zip(&solution) {
                assert!((found - expected).abs() < 1e-10, "{n}: {found} {expected}");
            }
        }
    }
}

#[test]
fn the_determinant_is_the_product_of_the_pivots() {
    let factor = Cholesky::of(array![[4.0, 0.0], [2.0, 5.0]]).unwrap();
    assert!((factor.ln_determinant() - 16f64.ln()).abs() < 1e-12);
}

#[test]
fn a_singular_matrix_has_no_factor() {
    assert!(Cholesky::of(array![[1.0, 1.0], [1.0, 1.0 + 1e-15]]).is_none());
    assert!(Cholesky::of(array![[0.0]]).is_none());
    assert!(Cholesky::of(array![[f64::INFINITY]]).is_none());
    // The last of eleven columns is the sum of two before it.
    let mut matrix = Array2::<f64>::eye(11);
    for (j, value) in [(2, 1.0), (9, 1.0), (10, 2.0)] {
        matrix[[10, j]] = value;
    }
    assert!(Cholesky::of(matrix).is_none());
}
