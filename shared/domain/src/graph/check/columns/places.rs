//! Sets of nodes by their places among those that run, as bits: a graph has few nodes and may name many columns.

/// A set of places.
#[derive(Debug, Clone, Default)]
pub(super) struct Places(Vec<u64>);

impl Places {
    pub(super) fn insert(&mut self, place: usize) {
        let word = place / 64;
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        self.0[word] |= 1 << (place % 64);
    }

    pub(super) fn contains(&self, place: usize) -> bool {
        self.word(place / 64) >> (place % 64) & 1 == 1
    }

    /// The places in either.
    pub(super) fn or(mut self, other: &Self) -> Self {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        for (own, other) in self.0.iter_mut().zip(&other.0) {
            *own |= other;
        }
        self
    }

    /// The places in both.
    pub(super) fn and(mut self, other: &Self) -> Self {
        for (at, own) in self.0.iter_mut().enumerate() {
            *own &= other.word(at);
        }
        self
    }

    /// The places that the other has not.
    pub(super) fn without(mut self, other: &Self) -> Self {
        for (at, own) in self.0.iter_mut().enumerate() {
            *own &= !other.word(at);
        }
        self
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    pub(super) fn last(&self) -> Option<usize> {
        let word = self.0.iter().rposition(|word| *word != 0)?;
        Some(word * 64 + self.0[word].ilog2() as usize)
    }

    /// The places, in ascending order.
    pub(super) fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        let within = |(at, word): (usize, &u64)| {
            let word = *word;
            (0..64)
                .filter(move |bit| word >> bit & 1 == 1)
                .map(move |bit| at * 64 + bit)
        };
        self.0.iter().enumerate().flat_map(within)
    }

    fn word(&self, at: usize) -> u64 {
        self.0.get(at).copied().unwrap_or_default()
    }
}

impl FromIterator<usize> for Places {
    fn from_iter<I: IntoIterator<Item = usize>>(places: I) -> Self {
        let mut found = Self::default();
        places.into_iter().for_each(|place| found.insert(place));
        found
    }
}

#[cfg(test)]
mod tests {
    use super::Places;

    #[test]
    fn places_are_those_put_in_whatever_their_number() {
        let of = |places: &[usize]| places.iter().copied().collect::<Places>();
        let listed = |places: &Places| places.iter().collect::<Vec<_>>();
        let (a, b) = (of(&[0, 63, 64]), of(&[63, 64, 511]));
        assert_eq!(listed(&a.clone().or(&b)), [0, 63, 64, 511]);
        assert_eq!(listed(&b.clone().or(&a)), [0, 63, 64, 511]);
        assert_eq!(listed(&a.clone().and(&b)), [63, 64]);
        assert_eq!(listed(&b.clone().and(&a)), [63, 64]);
        assert_eq!(listed(&a.clone().without(&b)), [0]);
        assert_eq!(listed(&b.clone().without(&a)), [511]);
        assert_eq!((a.last(), b.last(), of(&[]).last()), (Some(64), Some(511), None));
        assert!(a.contains(64) && !a.contains(65) && !a.contains(5000));
        assert!(a.clone().without(&a).is_empty() && !a.is_empty());
    }
}
