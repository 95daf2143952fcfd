//! The words of texts and the letters of words, as numbers that operators can compare and count.

use super::{
    Graph, Value,
    apart::{TEXT, apart},
};

/// Letters that are frequent come first: whatever of a table is taken apart is not split again.
const FREQUENT: &[u8] = b" etaoinshrdlucmfwypvbgkjqxz";
/// The bytes that follow the first of a letter in UTF-8.
const FOLLOWING: std::ops::Range<u8> = 0x80..0xc0;
/// How many bytes a letter has at most.
const LONGEST: u32 = 4;

/// Words as lists of numbers, one for each letter, and the same only for the same.
#[derive(Debug)]
pub(crate) struct Letters {
    /// A number that is no letter's, then those of the first word's letters; the same for all other words, `[letters]`.
    pub(crate) numbers: Value,
    /// Where each word begins with the number that is no letter's, `[words]`.
    pub(crate) starts: Value,
    /// How many numbers each word has, that one included, `[words]`.
    pub(crate) lengths: Value,
}

impl Graph {
    /// The words of texts `[N]` between white space, in order, and the place of the text that each is of, both `[words]`.
    pub(crate) fn words(&mut self, texts: &Value) -> (Value, Value) {
        let slots = apart(self, texts, &white_space());
        let text = self.single(TEXT);
        let begins = self.op("Equal", [&slots.codes, &text]);
        let text = self.runs(&begins);
        (slots.pieces, self.gather(&text, &slots.places))
    }

    /// The letters of words `[words]`.
    pub(crate) fn letters(&mut self, words: &Value) -> Letters {
        let slots = apart(self, words, &alphabet());
        let [zero, from, to] =
            [0, FOLLOWING.start.into(), FOLLOWING.end.into()].map(|number| self.single(number));
        let is_byte = self.op("GreaterOrEqual", [&slots.codes, &zero]);
        let bytes = self.kept(&slots.codes, &is_byte);
        let (below, above) = (
            self.op("Less", [&bytes, &from]),
            self.op("GreaterOrEqual", [&bytes, &to]),
        );
        let is_first = self.op("Or", [&below, &above]);

        // A letter's bytes are the digits of its number.
        let letter = self.runs(&is_first);
        let count = self.length(&bytes, 0);
        let places = self.counting(&count);
        let firsts = self.kept(&places, &is_first);
        let start = self.gather(&firsts, &letter);
        let digit = self.op("Sub", [&places, &start]);
        let powers = self.longs(&[LONGEST as usize], (0..LONGEST).map(|digit| 256_i64.pow(digit)));
        let power = self.gather(&powers, &digit);
        let parts = self.op("Mul", [&bytes, &power]);
        let count = self.length(&firsts, 0);
        let numbers = self.totals(&count, &letter, &parts);

        let (text, one) = (self.single(TEXT), self.single(1));
        let is_start = self.op("Equal", [&numbers, &text]);
        let places = self.counting(&count);
        let starts = self.kept(&places, &is_start);
        let ends = self.tail(&starts, &one);
        let ends = self.chained([&ends, &count]);
        let lengths = self.op("Sub", [&ends, &starts]);
        Letters {
            numbers,
            starts,
            lengths,
        }
    }
}

/// Every byte that is part of a text, with itself as its code.
fn alphabet() -> Vec<(Vec<u8>, i64)> {
    let ascii = 0..FOLLOWING.start;
    let first_of_several = 0xc2..=0xf4;
    let others = ascii.chain(first_of_several).chain(FOLLOWING);
    let others = others.filter(|byte| !FREQUENT.contains(byte));
    FREQUENT
        .iter()
        .copied()
        .chain(others)
        .map(|byte| (vec![byte], byte.into()))
        .collect()
}

/// White space as Unicode has it.
fn white_space() -> Vec<(Vec<u8>, i64)> {
    let all = '\0'..=char::MAX;
    all.filter(|letter| letter.is_whitespace())
        .map(|letter| (letter.to_string().into_bytes(), 0))
        .collect()
}
