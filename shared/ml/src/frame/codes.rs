//! Columns of few distinct texts seen as codes. Tables repeat their categories millions of times, so that a text is
//! looked for among those met lately before it is hashed.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
};

use arrow::array::{Array, ArrayRef, AsArray};

use super::texts;

/// The code of a missing value, and of one that is none of the known.
pub const NO_CODE: u32 = u32::MAX;

/// The distinct texts at these places of a column, or of all of it, in the order they are met first.
pub fn distinct(data: &ArrayRef, places: Option<&[u32]>) -> Vec<String> {
    let all = 0..data.len() as u32;
    match data.as_string_opt::<i32>() {
        Some(values) => {
            let text = |at: u32| (!values.is_null(at as usize)).then(|| values.value(at as usize));
            let mut known = Known::default();
            match places {
                Some(places) => places
                    .iter()
                    .filter_map(|at| text(*at))
                    .for_each(|text| known.add(text)),
                None => all.filter_map(text).for_each(|text| known.add(text)),
            }
            known.texts.into_iter().map(str::to_owned).collect()
        }
        None => {
            let text = |at: u32| texts(data).get(at as usize);
            let mut known = HashSet::new();
            let mut found = Vec::new();
            let mut add = |text: Cow<'_, str>| {
                if !known.contains(&*text) {
                    known.insert(text.clone().into_owned());
                    found.push(text.into_owned());
                }
            };
            match places {
                Some(places) => places.iter().filter_map(|at| text(*at)).for_each(&mut add),
                None => all.filter_map(text).for_each(&mut add),
            }
            found
        }
    }
}

/// For each row the place of its text among `known`, or [`NO_CODE`].
pub fn codes(data: &ArrayRef, known: &[String]) -> Vec<u32> {
    match data.as_string_opt::<i32>() {
        Some(values) => {
            let mut codes = Known::default();
            known.iter().for_each(|text| codes.add(text));
            let mut found = Vec::with_capacity(values.len());
            for text in values {
                found.push(text.and_then(|text| codes.code(text)).unwrap_or(NO_CODE));
            }
            found
        }
        None => {
            let codes: HashMap<&str, u32> = known.iter().map(String::as_str).zip(0..).collect();
            let code = |text: Option<Cow<'_, str>>| text.and_then(|text| codes.get(&*text).copied());
            texts(data)
                .iter()
                .map(|text| code(text).unwrap_or(NO_CODE))
                .collect()
        }
    }
}

/// How many texts are remembered, a power of two.
const RECENT: usize = 256;

/// Texts and their codes.
struct Known<'a> {
    codes: HashMap<&'a str, u32>,
    texts: Vec<&'a str>,
    /// Those met lately, each where its key puts it.
    recent: Vec<Option<(Key, &'a str, u32)>>,
}

impl Default for Known<'_> {
    fn default() -> Self {
        Self {
            codes: HashMap::new(),
            texts: Vec::new(),
            recent: vec![None; RECENT],
        }
    }
}

impl<'a> Known<'a> {
    fn add(&mut self, text: &'a str) {
        if self.code(text).is_none() {
            let code = self.texts.len() as u32;
            self.codes.insert(text, code);
            self.texts.push(text);
            let key = Key::new(text);
            self.recent[key.slot()] = Some((key, text, code));
        }
    }

    #[inline]
    fn code(&mut self, text: &'a str) -> Option<u32> {
        let key = Key::new(text);
        if let Some((recent, full, code)) = self.recent[key.slot()]
            && recent == key
            && (key.is_all() || full == text)
        {
            return Some(code);
        }
        let code = self.codes.get(text).copied()?;
        self.recent[key.slot()] = Some((key, text, code));
        Some(code)
    }
}

/// The ends of a text and its length, which are all of it if it is short.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Key {
    head: u64,
    tail: u64,
    length: usize,
}

impl Key {
    #[inline]
    fn new(text: &str) -> Self {
        let bytes = text.as_bytes();
        let length = bytes.len();
        let (head, tail) = if let (Some(head), Some(tail)) = (bytes.first_chunk(), bytes.last_chunk()) {
            (u64::from_le_bytes(*head), u64::from_le_bytes(*tail))
        } else if let (Some(head), Some(tail)) = (bytes.first_chunk(), bytes.last_chunk()) {
            (
                u64::from(u32::from_le_bytes(*head)),
                u64::from(u32::from_le_bytes(*tail)),
            )
        } else {
            // Three bytes at most.
            let byte = |at: usize| bytes.get(at).map_or(0, |byte| u64::from(*byte));
            (byte(0), byte(1) << 8 | byte(2))
        };
        Self { head, tail, length }
    }

    /// Whether no other text has this key.
    fn is_all(&self) -> bool {
        self.length <= 2 * size_of::<u64>()
    }

    /// Where the text is remembered: a cheap mix, which may well be another's too.
    fn slot(&self) -> usize {
        let mixed = self.head ^ self.tail.rotate_left(29) ^ self.length as u64;
        (mixed.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56) as usize % RECENT
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::{float_column, text_column};

    #[test]
    fn codes_are_places_among_the_known() {
        let data = text_column([Some("b"), None, Some("a"), Some("b"), Some("new")]);
        let known = ["a".to_owned(), "b".to_owned()];
        assert_eq!(codes(&data, &known), [1, NO_CODE, 0, 1, NO_CODE]);
        assert_eq!(distinct(&data, None), ["b", "a", "new"]);
        assert_eq!(distinct(&data, Some(&[1, 2, 3])), ["a", "b"]);
    }

    #[test]
    fn numbers_have_codes_as_texts() {
        let data = float_column([Some(1.5), None, Some(2.0), Some(1.5)]);
        assert_eq!(distinct(&data, None), ["1.5", "2"]);
        assert_eq!(codes(&data, &["2".to_owned()]), [NO_CODE, NO_CODE, 0, NO_CODE]);
    }

    #[test]
    fn texts_with_the_same_ends_and_length_are_told_apart() {
        let texts = [
            "",
            "a",
            "b",
            "ab",
            "ba",
            "abc",
            "acb",
            "abcd",
            "abcde",
            "abdde",
            "abcdefgh",
            "abcdefghijklmnop",
            "abcdefghixklmnop",
            "abcdefgh0ijklmnop",
            "abcdefgh1ijklmnop",
            "0",
            "0\0",
            "\0",
        ];
        let data = text_column(texts.iter().cycle().take(100).map(Some));
        assert_eq!(distinct(&data, None), texts);
    }

    #[test]
    fn more_texts_than_are_remembered_keep_their_codes() {
        let texts: Vec<String> = (0..3000).map(|i| format!("a rather long category {i}")).collect();
        let data = text_column(texts.iter().chain(texts.iter().rev()).map(Some));
        let known = distinct(&data, None);
        assert_eq!(known, texts);
        let expected: Vec<u32> = (0..3000).chain((0..3000).rev()).collect();
        assert_eq!(codes(&data, &known), expected);
    }
}
