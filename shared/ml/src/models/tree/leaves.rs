//! The numbers of a tree's leaves while it grows. Leaves that are the same for all their like, those of one
//! class alone, are kept once.

/// The numbers of leaf after leaf.
#[derive(Debug)]
pub(crate) struct Leaves {
    values: Vec<f64>,
    outputs: usize,
    /// The places of the leaves that hold one class alone.
    pure: Vec<Option<u32>>,
}

impl Leaves {
    /// No leaves yet, of so many numbers each.
    pub(crate) fn new(outputs: usize) -> Self {
        Self {
            values: Vec::new(),
            outputs,
            pure: vec![None; outputs],
        }
    }

    /// Adds a leaf.
    pub(crate) fn add(&mut self, numbers: impl IntoIterator<Item = f64>) -> u32 {
        let place = self.values.len() / self.outputs;
        self.values.extend(numbers.into_iter().take(self.outputs));
        place as u32
    }

    /// Adds the leaf of one class alone, unless it is there.
    pub(crate) fn pure(&mut self, class: usize) -> u32 {
        if let Some(place) = self.pure[class] {
            return place;
        }
        let shares = (0..self.outputs).map(|other| if other == class { 1.0 } else { 0.0 });
        let place = self.add(shares);
        self.pure[class] = Some(place);
        place
    }

    /// All their numbers.
    pub(crate) fn into_values(mut self) -> Vec<f64> {
        self.values.shrink_to_fit();
        self.values
    }
}
