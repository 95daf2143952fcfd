//! Similarities in ONNX's operators, by the numbers of letters that [`similarity`](super::super::similarity) comes to.
//!
//! Each distinct word is taken apart once, and stands with a separator before its first letter. So a text is the words it
//! is made of one after the other, and that separator more than the words joined. Every two texts have it in common, and
//! it is taken off at last: from the lengths, and from the length of the longest common subsequence. As that of two texts
//! begins with all that both begin with, words in common need not be compared, only counted.

use super::{super::Method, subsequence::longest_common};
use crate::onnx::{Element, Graph, Letters, Value, int};

/// A row more than the table has, of a word of each text, so that there is always a word.
const MORE: [&str; 2] = ["a", "b"];

/// How similar two columns of texts are, from 0 to 1, `[N, 1]`; missing where one of them is.
pub(super) fn similarity(one: &Value, other: &Value, method: Method, graph: &mut Graph) -> Value {
    let texts = [one, other].map(|column| graph.flat(column));
    let [more_one, more_other] = MORE.map(|text| graph.texts(&[1], [text]));
    let texts = graph.chained([&texts[0], &more_one, &texts[1], &more_other]);
    let similarity = match method {
        Method::TokenSortRatio => {
            let (words, text) = graph.words(&texts);
            let (texts, keys) = Texts::of_words(&texts, &words, &text, graph);
            let count = graph.length(&keys, 0);
            let ascending = vec![int("axis", 0), int("largest", 0), int("sorted", 1)];
            let [keys, _places] = graph.op_several("TopK", &[&keys, &count], ascending);
            texts.compared(&keys, None, graph).ratio(graph)
        }
        Method::TokenSetRatio => {
            let (words, text) = graph.words(&texts);
            let (texts, keys) = Texts::of_words(&texts, &words, &text, graph);
            of_sets(&texts, &keys, graph)
        }
        _ => {
            let count = graph.length(&texts, 0);
            let places = graph.counting(&count);
            let (texts, keys) = Texts::of_words(&texts, &texts, &places, graph);
            texts.compared(&keys, None, graph).ratio(graph)
        }
    };
    let last = graph.single(-1);
    let similarity = graph.head(&similarity, &last);
    let similarity = graph.upright(&similarity);
    let (empty, nothing) = (graph.texts(&[1, 1], [""]), graph.number(f64::NAN));
    let missing = [one, other].map(|column| graph.op("Equal", [column, &empty]));
    let missing = graph.op("Or", [&missing[0], &missing[1]]);
    graph.choose(&missing, &nothing, &similarity)
}

/// The greatest similarity among the common words, those with the rest of the one and with that of the other.
fn of_sets(texts: &Texts, keys: &Value, graph: &mut Graph) -> Value {
    let [keys] = graph.op_several("Unique", &[keys], vec![int("sorted", 1)]);
    let lengths = texts.lengths(&keys, graph);
    // Keys of rows instead of texts meet where a word is in both.
    let keys_of_one = graph.op("Mul", [&texts.rows, &texts.words]);
    let of_rows = graph.op("Mod", [&keys, &keys_of_one]);
    let [_, _, row_keys, counts] = graph.op_several("Unique", &[&of_rows], vec![int("sorted", 1)]);
    let (count, one) = (graph.gather(&counts, &row_keys), graph.single(1));
    let is_rest = graph.op("Equal", [&count, &one]);
    let is_common = graph.op("Not", [&is_rest]);
    let (rest, common) = (graph.kept(&keys, &is_rest), graph.kept(&keys, &is_common));
    let common = texts.lengths(&common, graph);
    let [common, _] = texts.sides(&common, graph);
    let compared = texts.compared(&rest, Some(&common), graph);

    let [zero, one] = [0.0, 1.0].map(|number| graph.doubles(&[1], [number]));
    let both = compared.ratio(graph);
    let shared = joined(&common, graph);
    let of_shared = compared.lengths.each_ref().map(|length| {
        let length = joined(length, graph);
        ratio(&shared, &length, &shared, graph)
    });
    let greatest = graph.op("Max", [&both, &of_shared[0], &of_shared[1]]);
    let none = graph.single(0);
    let has_common = graph.op("Greater", [&common, &none]);
    let greatest = graph.choose(&has_common, &greatest, &both);

    let has_no_rest = compared
        .lengths
        .each_ref()
        .map(|length| graph.op("Equal", [length, &common]));
    let has_no_rest = graph.op("Or", [&has_no_rest[0], &has_no_rest[1]]);
    let is_part = graph.op("And", [&has_common, &has_no_rest]);
    let similarity = graph.choose(&is_part, &one, &greatest);
    let has_no_word = texts
        .sides(&lengths, graph)
        .map(|length| graph.op("Equal", [&length, &none]));
    let has_no_word = graph.op("Or", [&has_no_word[0], &has_no_word[1]]);
    graph.choose(&has_no_word, &zero, &similarity)
}

/// The texts of both columns, the one after the other. That a text has a word is said by a key, the text's place · the
/// number of distinct words + the word's place among them in order.
struct Texts {
    /// How many rows there are, `[1]`; twice as many texts.
    rows: Value,
    count: Value,
    /// How many distinct words there are, `[1]`.
    words: Value,
    letters: Letters,
}

impl Texts {
    /// The texts, and the keys of words and the places of the texts that they are of.
    fn of_words(texts: &Value, words: &Value, places: &Value, graph: &mut Graph) -> (Self, Value) {
        let [distinct, _, ranks] = graph.op_several("Unique", &[words], vec![int("sorted", 1)]);
        let (count, two) = (graph.length(texts, 0), graph.single(2));
        let texts = Self {
            rows: graph.op("Div", [&count, &two]),
            count,
            words: graph.length(&distinct, 0),
            letters: graph.letters(&distinct),
        };
        let keys = graph.op("Mul", [places, &texts.words]);
        let keys = graph.op("Add", [&keys, &ranks]);
        (texts, keys)
    }

    /// The place of each key's text.
    fn text(&self, keys: &Value, graph: &mut Graph) -> Value {
        graph.op("Div", [keys, &self.words])
    }

    /// What is known of each key's word.
    fn of_word(&self, known: &Value, keys: &Value, graph: &mut Graph) -> Value {
        let word = graph.op("Mod", [keys, &self.words]);
        graph.gather(known, &word)
    }

    /// How many letters and separators the words have that each text has by the keys, `[texts]`.
    fn lengths(&self, keys: &Value, graph: &mut Graph) -> Value {
        let lengths = self.of_word(&self.letters.lengths, keys, graph);
        let text = self.text(keys, graph);
        graph.totals(&self.count, &text, &lengths)
    }

    /// What is known of the texts of each column, `[rows]`.
    fn sides(&self, known: &Value, graph: &mut Graph) -> [Value; 2] {
        [graph.head(known, &self.rows), graph.tail(known, &self.rows)]
    }

    /// Compares what the texts have by the keys, in order, behind so many letters and separators in common.
    fn compared(&self, keys: &Value, common: Option<&Value>, graph: &mut Graph) -> Compared {
        let lengths = self.lengths(keys, graph);
        let letters = self.laid_out(keys, &lengths, graph);
        let lengths = self.sides(&lengths, graph);
        let sides = self.letters_of_sides(&letters, &lengths, graph);
        let same = longest_common(&sides[0], &sides[1], graph);
        let same = graph.cast(&same, Element::Long);
        let mut with_common = |length: &Value| {
            let length = length.clone();
            common.map_or(length.clone(), |common| graph.op("Add", [&length, common]))
        };
        Compared {
            lengths: lengths.each_ref().map(&mut with_common),
            same: with_common(&same),
        }
    }

    /// The letters that the texts have by the keys, `[longest, texts]`, −1 behind a text's last.
    fn laid_out(&self, keys: &Value, lengths: &Value, graph: &mut Graph) -> Value {
        let letters = &self.letters;
        let word_lengths = self.of_word(&letters.lengths, keys, graph);
        let begins = graph.sums_before(&word_lengths);
        let starts = self.of_word(&letters.starts, keys, graph);
        let offsets = graph.op("Sub", [&starts, &begins]);
        let text = self.text(keys, graph);

        let ends = graph.sums(lengths);
        let last = graph.single(-1);
        let all = graph.gather(&ends, &last);
        let places = graph.counting(&all);
        let count = graph.length(keys, 0);
        let (blank, ones) = (graph.filled(&all, 0), graph.filled(&count, 1));
        let marks = graph.put(&blank, &begins, &ones);
        let one = graph.single(1);
        let key = graph.sums(&marks);
        let key = graph.op("Sub", [&key, &one]);
        let offset = graph.gather(&offsets, &key);
        let letter = graph.op("Add", [&places, &offset]);
        let letter = graph.gather(&letters.numbers, &letter);

        let column = graph.gather(&text, &key);
        let begins = graph.op("Sub", [&ends, lengths]);
        let begin = graph.gather(&begins, &column);
        let row = graph.op("Sub", [&places, &begin]);
        let at = graph.op("Mul", [&row, &self.count]);
        let at = graph.op("Add", [&at, &column]);
        let longest = graph.greatest(lengths);
        let size = graph.op("Mul", [&longest, &self.count]);
        let blank = graph.filled(&size, -1);
        let laid_out = graph.put(&blank, &at, &letter);
        let shape = graph.chained([&longest, &self.count]);
        graph.op("Reshape", [&laid_out, &shape])
    }

    /// The letters of the texts of each column, `[longest, rows]`.
    fn letters_of_sides(&self, letters: &Value, lengths: &[Value; 2], graph: &mut Graph) -> [Value; 2] {
        let (start, longest) = (
            graph.single(0),
            lengths.each_ref().map(|length| graph.greatest(length)),
        );
        let bounds = [(&start, &self.rows), (&self.rows, &self.count)];
        std::array::from_fn(|side| {
            let letters = graph.head(letters, &longest[side]);
            graph.between(&letters, bounds[side].0, bounds[side].1, 1)
        })
    }
}

/// Two texts in each row, with the separator that both begin with.
struct Compared {
    lengths: [Value; 2],
    /// That of the longest common subsequence.
    same: Value,
}

impl Compared {
    fn ratio(&self, graph: &mut Graph) -> Value {
        let [one, other, same] =
            [&self.lengths[0], &self.lengths[1], &self.same].map(|length| joined(length, graph));
        ratio(&one, &other, &same, graph)
    }
}

/// A length without the separator before the first word, if there is a word, as doubles.
fn joined(length: &Value, graph: &mut Graph) -> Value {
    let (zero, one) = (graph.single(0), graph.single(1));
    let length = graph.op("Sub", [length, &one]);
    let length = graph.op("Max", [&length, &zero]);
    graph.cast(&length, Element::Double)
}

/// 1 − what is not in common by the sum of the lengths; 1 for two empty texts.
fn ratio(one: &Value, other: &Value, same: &Value, graph: &mut Graph) -> Value {
    let (unit, twice) = (graph.doubles(&[1], [1.0]), graph.op("Add", [same, same]));
    let all = graph.op("Add", [one, other]);
    let distance = graph.op("Sub", [&all, &twice]);
    let all = graph.op("Max", [&all, &unit]);
    let distance = graph.op("Div", [&distance, &all]);
    graph.op("Sub", [&unit, &distance])
}
