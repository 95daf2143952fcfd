//! The objective of classifiers: Gini impurity or entropy, and leaves that hold the classes' shares.

use std::marker::PhantomData;

use super::{
    bag::Sample,
    cell::{Cell, SumCell},
    class_cell::ClassCell,
    leaves::Leaves,
    objective::Objective,
    score::Score,
    search::{ClassSearch, ScalarSearch},
};

/// Separates two classes, or has one.
pub(crate) struct TwoClasses<'a, C, S> {
    codes: &'a [u32],
    classes: usize,
    score: S,
    cell: PhantomData<C>,
}

impl<'a, C, S> TwoClasses<'a, C, S> {
    /// Every table row's class, of `classes`, at most two.
    pub(crate) fn new(codes: &'a [u32], classes: usize, score: S) -> Self {
        Self {
            codes,
            classes,
            score,
            cell: PhantomData,
        }
    }
}

impl<C: SumCell, S: Score<C>> Objective for TwoClasses<'_, C, S> {
    type Mark = u64;
    type Search = ScalarSearch<C, S>;

    fn mark(&self, row: u32, weight: u32) -> u64 {
        C::mark(self.codes[row as usize], weight)
    }

    fn outputs(&self) -> usize {
        self.classes
    }

    fn leaf(&self, samples: &[Sample<u64>], leaves: &mut Leaves) -> u32 {
        let total = samples
            .iter()
            .map(|sample| C::of(sample.mark))
            .fold(C::default(), C::plus);
        let (weight, second) = (total.weight(), total.sum());
        if second == 0.0 || second == weight {
            return leaves.pure(usize::from(second > 0.0));
        }
        leaves.add([(weight - second) / weight, second / weight])
    }

    fn search(&self) -> ScalarSearch<C, S> {
        ScalarSearch::new(self.score)
    }
}

/// Separates three classes to six whose rows are counted by their weight.
pub(crate) struct FewClasses<'a, S> {
    /// Every table row's class.
    pub(crate) codes: &'a [u32],
    /// How many classes there are.
    pub(crate) classes: usize,
    /// How cuts are judged.
    pub(crate) score: S,
}

impl<S: Score<ClassCell>> Objective for FewClasses<'_, S> {
    type Mark = u64;
    type Search = ScalarSearch<ClassCell, S>;

    fn mark(&self, row: u32, weight: u32) -> u64 {
        ClassCell::mark(self.codes[row as usize], weight)
    }

    fn outputs(&self) -> usize {
        self.classes
    }

    fn leaf(&self, samples: &[Sample<u64>], leaves: &mut Leaves) -> u32 {
        let cells = samples.iter().map(|sample| ClassCell::of(sample.mark));
        let total = cells.fold(ClassCell::default(), ClassCell::plus);
        let (weight, by_class) = (total.weight(), total.weights());
        match by_class.iter().position(|class| *class == weight) {
            Some(class) => leaves.pure(class),
            None => leaves.add(by_class.map(|class| class / weight)),
        }
    }

    fn search(&self) -> ScalarSearch<ClassCell, S> {
        ScalarSearch::new(self.score)
    }
}

/// A row's class and weight.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct ClassMark {
    pub(crate) class: u32,
    pub(crate) weight: u32,
}

/// Separates three classes or more, however many they are and however their rows are weighted.
pub(crate) struct Classes<'a> {
    /// Every table row's class.
    pub(crate) codes: &'a [u32],
    /// How many classes there are.
    pub(crate) classes: usize,
    /// Whether impurity is entropy instead of Gini's.
    pub(crate) entropy: bool,
}

impl Objective for Classes<'_> {
    type Mark = ClassMark;
    type Search = ClassSearch;

    fn mark(&self, row: u32, weight: u32) -> ClassMark {
        let class = self.codes[row as usize];
        ClassMark { class, weight }
    }

    fn outputs(&self) -> usize {
        self.classes
    }

    fn leaf(&self, samples: &[Sample<ClassMark>], leaves: &mut Leaves) -> u32 {
        let first = samples.first().map_or(0, |sample| sample.mark.class);
        if samples.iter().all(|sample| sample.mark.class == first) {
            return leaves.pure(first as usize);
        }
        let mut by_class = vec![0u64; self.classes];
        for sample in samples {
            by_class[sample.mark.class as usize] += u64::from(sample.mark.weight);
        }
        let total = by_class.iter().sum::<u64>() as f64;
        leaves.add(by_class.into_iter().map(|weight| weight as f64 / total))
    }

    fn search(&self) -> ClassSearch {
        ClassSearch::new(self.classes, self.entropy)
    }
}
