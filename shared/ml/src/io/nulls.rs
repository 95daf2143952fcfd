//! The cells that are read as missing.

/// Tells missing cells; the empty one is missing always.
pub(super) struct Nulls {
    tokens: Vec<Vec<u8>>,
    /// The bytes a token begins with.
    first: [bool; 256],
}

impl Nulls {
    pub(super) fn new(tokens: &[String]) -> Self {
        let tokens: Vec<Vec<u8>> = tokens
            .iter()
            .map(|token| token.trim().as_bytes().to_vec())
            .filter(|token| !token.is_empty())
            .collect();
        let mut first = [false; 256];
        for token in &tokens {
            first[usize::from(token[0])] = true;
        }
        Self { tokens, first }
    }

    /// Whether a cell without the blanks around it is missing.
    pub(super) fn contain(&self, cell: &[u8]) -> bool {
        match cell.first() {
            None => true,
            Some(first) => self.first[usize::from(*first)] && self.tokens.iter().any(|token| token == cell),
        }
    }

    /// Whether a number may be one of them.
    pub(super) fn have_numbers(&self) -> bool {
        self.tokens
            .iter()
            .any(|token| super::number::scan(token).is_some())
    }
}
