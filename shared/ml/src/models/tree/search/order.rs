//! The order of few rows by their bins, found by comparing each with each: no branch depends on the data.

/// Rows at most.
pub(super) const FEW: usize = 16;

/// The ranks of the first `rows` bins, rows of the same bin in the order they have.
#[inline]
pub(super) fn ranks(bins: &[u8; FEW], rows: usize) -> [u8; FEW] {
    let mut keys = [i16::MAX; FEW];
    for (i, (key, bin)) in keys.iter_mut().zip(bins).take(rows).enumerate() {
        *key = i16::from(*bin) << 4 | i as i16;
    }
    let mut ranks = [0i16; FEW];
    for lower in &keys[..rows] {
        for (rank, key) in ranks.iter_mut().zip(&keys) {
            *rank += i16::from(lower < key);
        }
    }
    ranks.map(|rank| rank as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_put_bins_in_order_and_keep_equal_ones_as_they_are() {
        let mut bins = [0; FEW];
        bins[..6].copy_from_slice(&[9, 255, 3, 9, 0, 3]);
        assert_eq!(ranks(&bins, 6)[..6], [3, 5, 1, 4, 0, 2]);
        assert_eq!(ranks(&[7; FEW], FEW), std::array::from_fn(|i| i as u8));
    }
}
