//! Tables made for tests: a seeded classification problem of any size.

use std::{fmt::Write as _, path::Path};

/// Writes a CSV file of `rows` rows with the columns `x1`, …, `x<features>` and `label`, which is `yes` where a
/// noisy linear score of the features is positive.
///
/// The features are uniform in (−1, 1), drawn by xorshift64* (Vigna, 2016) from `seed`.
///
/// # Panics
///
/// When the file cannot be written.
pub fn write_classification(path: &Path, rows: usize, features: usize, seed: u64) {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut uniform = move || {
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        let bits = state.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11;
        2.0 * (bits as f64) / 9_007_199_254_740_992.0 - 1.0
    };
    let mut text: String = (1..=features).map(|i| format!("x{i},")).collect();
    text.push_str("label\n");
    for _ in 0..rows {
        let mut score = uniform();
        for i in 0..features {
            let x = uniform();
            score += x * if i % 2 == 0 { 1.0 } else { -0.5 };
            let _ = write!(text, "{x:.6},");
        }
        text.push_str(if score > 0.0 { "yes\n" } else { "no\n" });
    }
    std::fs::write(path, text).expect("the table can be written");
}
