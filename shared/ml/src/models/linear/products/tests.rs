use std::convert::Infallible;

use super::*;

fn columns(count: usize, from: usize) -> Vec<Rows> {
    (0..count)
        .map(|j| std::array::from_fn(|i| ((i + 300 * (from + j)) as f64 * 0.7).sin()))
        .collect()
}

fn slices(columns: &[Rows]) -> Vec<&[f64]> {
    columns.iter().map(|column| &column[..]).collect()
}

/// Sums of pairs in rows of one more than there are right columns, and the rows combined.
fn computed(instructions: Instructions, n: usize, m: usize) -> (Vec<f64>, Vec<Rows>) {
    let (left, right) = (columns(n, 0), columns(m, 50));
    let mut sums = vec![1.0; n * (m + 1)];
    add_products(instructions, &slices(&left), &slices(&right), &mut sums, m + 1);
    let right: Vec<&Rows> = right.iter().collect();
    let mut to = columns(n, 90);
    add_combinations(instructions, &mut to, &right, &sums, m + 1);
    (sums, to)
}

#[test]
fn every_pair_has_its_product_and_every_combination_its_columns() {
    for (n, m) in [(0, 3), (3, 0), (1, 1), (1, 9), (4, 4), (5, 21), (11, 6)] {
        for instructions in Instructions::all() {
            let (sums, to) = computed(instructions, n, m);
            let (left, right, before) = (columns(n, 0), columns(m, 50), columns(n, 90));
            for i in 0..n {
                let sums = &sums[i * (m + 1)..][..=m];
                for j in 0..m {
                    let product: f64 = left[i].iter().zip(&right[j]).map(|(a, b)| a * b).sum();
                    assert!((sums[j] - 1.0 - product).abs() < 1e-10, "{n} {m} {i} {j}");
                }
                assert_eq!(sums[m], 1.0);
                for row in 0..BLOCK {
                    let sum: f64 = (0..m).map(|j| right[j][row] * sums[j]).sum();
                    assert!(
                        (to[i][row] - before[i][row] - sum).abs() < 1e-9,
                        "{n} {m} {i} {row}"
                    );
                }
            }
        }
    }
}

#[test]
fn a_gram_matrix_has_the_product_of_every_pair() {
    let columns = columns(11, 0);
    let columns = slices(&columns);
    let mut sums = vec![0.0; 121];
    let Ok(()) = add_gram(Instructions::widest(), &columns, &mut sums, || {
        Ok::<_, Infallible>(())
    });
    let Ok(gram) = symmetric(sums, 11, || Ok::<_, Infallible>(()));
    for (j, left) in columns.iter().enumerate() {
        for (k, right) in columns.iter().enumerate() {
            let product: f64 = left.iter().zip(*right).map(|(a, b)| a * b).sum();
            assert!((gram[[j, k]] - product).abs() < 1e-10, "{j} {k}");
        }
    }
}

#[test]
fn instructions_with_fused_multiply_add_agree_to_the_last_bit() {
    let all = Instructions::all();
    for other in &all[1..] {
        assert_eq!(computed(*other, 7, 23), computed(all[1], 7, 23));
    }
}
