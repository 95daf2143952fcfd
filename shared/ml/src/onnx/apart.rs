//! Texts taken apart at delimiters. No operator of ONNX gives a part of a text but the one that splits texts at a
//! delimiter, which it has to be made with. So there is one for each delimiter, and a loop has a round for each that occurs
//! in what the rounds before have left.
//!
//! The texts lie one after the other in slots, each behind a mark of its own. A text is a piece in one slot at first; a
//! split makes slots for the delimiters and for the pieces between them, so that the order of the slots is that of the texts.

use super::{Graph, Value, attribute::bytes};

/// What a slot holds before a text. It is no byte.
pub(super) const TEXT: i64 = 256;
/// What a slot holds that is a piece's, or was that of an empty one.
const PIECE: i64 = -1;

/// Texts in slots.
pub(super) struct Slots {
    /// [`TEXT`], the code of a delimiter, or less than 0, `[slots]`.
    pub(super) codes: Value,
    /// What lies between delimiters and is not empty, in order, `[pieces]`.
    pub(super) pieces: Value,
    /// The slots of the pieces, `[pieces]`.
    pub(super) places: Value,
}

/// The texts `[N]` with a code, none negative, in the place of each delimiter. Of overlapping delimiters the first of the
/// list counts.
pub(super) fn apart(graph: &mut Graph, texts: &Value, delimiters: &[(Vec<u8>, i64)]) -> Slots {
    let count = graph.length(texts, 0);
    let (pair, one) = (graph.longs(&[1, 2], [TEXT, PIECE]), graph.single(1));
    let shape = graph.chained([&count, &one]);
    let codes = graph.op("Expand", [&pair, &shape]);
    let codes = graph.listed(&codes);
    let places = graph.counting(&count);
    let places = graph.op("Add", [&places, &places]);
    let places = graph.op("Add", [&places, &one]);
    let start = filled_only(graph, codes, texts, &places);

    let left = there_are(graph, &start.pieces);
    let first = graph.scalar(0);
    let states = [&first, &start.codes, &start.pieces, &start.places];
    let [_, codes, pieces, places] = graph.repeat_while(&left, states, |graph, _, states| {
        let [next, codes, pieces, places] = states;
        let before = Slots {
            codes,
            pieces,
            places,
        };
        let (next, split) = next_split(graph, &next, &before, delimiters);
        let after = spread(graph, &before, &split);
        let (more, left) = (
            there_is(graph, &next, delimiters),
            there_are(graph, &after.pieces),
        );
        let go_on = graph.op("And", [&more, &left]);
        (go_on, [next, after.codes, after.pieces, after.places])
    });
    Slots {
        codes,
        pieces,
        places,
    }
}

/// Pieces split at a delimiter.
struct Split {
    /// `[pieces, most]`, empty behind a row's last.
    parts: Value,
    /// How many each has become, `[pieces]`.
    counts: Value,
    /// The delimiter's code, `[]`.
    code: Value,
}

/// Splits at the first delimiter, from the number `next` on, that occurs in any piece, or at the last; gives the number
/// behind it.
fn next_split(
    graph: &mut Graph,
    next: &Value,
    slots: &Slots,
    delimiters: &[(Vec<u8>, i64)],
) -> (Value, Split) {
    let always = graph.op("Equal", [next, next]);
    let parts = graph.upright(&slots.pieces);
    let states = [next, &parts, &slots.places];
    let [next, parts, counts] = graph.repeat_while(&always, states, |graph, _, [place, ..]| {
        let [parts, counts] = split_at(graph, &slots.pieces, &place, 0, delimiters);
        let (one, two) = (graph.scalar(1), graph.single(2));
        let next = graph.op("Add", [&place, &one]);
        let most = graph.greatest(&counts);
        let whole = graph.op("Less", [&most, &two]);
        let (whole, more) = (graph.only(&whole), there_is(graph, &next, delimiters));
        (graph.op("And", [&whole, &more]), [next, parts, counts])
    });
    let one = graph.scalar(1);
    let place = graph.op("Sub", [&next, &one]);
    let codes = graph.longs(&[delimiters.len()], delimiters.iter().map(|(_, code)| *code));
    let code = graph.gather(&codes, &place);
    (next, Split { parts, counts, code })
}

/// The parts of pieces and their counts, split at the delimiter of this number, `first` being that of the list's first.
/// Halving the list finds the operator.
fn split_at(
    graph: &mut Graph,
    pieces: &Value,
    number: &Value,
    first: usize,
    delimiters: &[(Vec<u8>, i64)],
) -> [Value; 2] {
    if let [(delimiter, _)] = delimiters {
        let delimiter = vec![bytes("delimiter", delimiter)];
        return graph.op_several("StringSplit", &[pieces], delimiter);
    }
    let (low, high) = delimiters.split_at(delimiters.len() / 2);
    let middle = first + low.len();
    let bound = graph.scalar(middle as i64);
    let is_low = graph.op("Less", [number, &bound]);
    graph.branch(
        &is_low,
        |graph| split_at(graph, pieces, number, first, low),
        |graph| split_at(graph, pieces, number, middle, high),
    )
}

/// The slots once the parts have taken the places of the pieces.
fn spread(graph: &mut Graph, slots: &Slots, split: &Split) -> Slots {
    let (one, two, last) = (graph.single(1), graph.single(2), graph.single(-1));
    let length = graph.length(&slots.codes, 0);
    let ones = graph.filled(&length, 1);
    let delimiters = graph.op("Sub", [&split.counts, &one]);
    let needed = graph.op("Add", [&split.counts, &delimiters]);
    let needed = graph.put(&ones, &slots.places, &needed);
    let ends = graph.sums(&needed);
    let begins = graph.op("Sub", [&ends, &needed]);
    let length = graph.gather(&ends, &last);
    let codes = graph.filled(&length, PIECE);
    let codes = graph.put(&codes, &begins, &slots.codes);

    let most = graph.length(&split.parts, 1);
    let part = graph.counting(&most);
    let begins = graph.gather(&begins, &slots.places);
    let (begins, delimiters) = (graph.upright(&begins), graph.upright(&delimiters));
    let offset = graph.op("Mul", [&part, &two]);
    let places = graph.op("Add", [&begins, &offset]);
    let places = graph.listed(&places);

    let is_followed = graph.op("Less", [&part, &delimiters]);
    let is_followed = graph.listed(&is_followed);
    let at = graph.kept(&places, &is_followed);
    let at = graph.op("Add", [&at, &one]);
    let count = graph.length(&at, 0);
    let code = graph.op("Expand", [&split.code, &count]);
    let codes = graph.put(&codes, &at, &code);

    let parts = graph.listed(&split.parts);
    filled_only(graph, codes, &parts, &places)
}

/// Slots with the pieces that are not empty.
fn filled_only(graph: &mut Graph, codes: Value, pieces: &Value, places: &Value) -> Slots {
    let nothing = graph.texts(&[1], [""]);
    let is_empty = graph.op("Equal", [pieces, &nothing]);
    let is_filled = graph.op("Not", [&is_empty]);
    Slots {
        codes,
        pieces: graph.kept(pieces, &is_filled),
        places: graph.kept(places, &is_filled),
    }
}

/// Whether a list has anything, `[]`.
fn there_are(graph: &mut Graph, list: &Value) -> Value {
    let (count, zero) = (graph.length(list, 0), graph.single(0));
    let some = graph.op("Greater", [&count, &zero]);
    graph.only(&some)
}

/// Whether there is a delimiter of this number, `[]`.
fn there_is(graph: &mut Graph, number: &Value, delimiters: &[(Vec<u8>, i64)]) -> Value {
    let count = graph.scalar(delimiters.len() as i64);
    graph.op("Less", [number, &count])
}
