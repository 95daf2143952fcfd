//! The names that a template of a rule stands for, as [`ColumnRule::name`](crate::catalog::ColumnRule) explains it.

use std::collections::BTreeSet;

use crate::value::Value;

/// The most products that are told of one rule, and the most bytes of its names: a config is small, what it multiplies
/// out to is not.
const MOST_PRODUCTS: usize = 10_000;
const MOST_BYTES: usize = 1 << 20;

/// The names, in the order of the first placeholder's values, then the second's; `value` looks a parameter up. None
/// where a placeholder is no parameter, or where there are too many names to be told.
pub(super) fn names<'a>(template: &str, value: impl Fn(&str) -> Option<&'a Value>) -> Option<Vec<String>> {
    let mut names = vec![String::new()];
    // Between braces is a placeholder, outside of them what is written.
    for (at, piece) in template.split(['{', '}']).enumerate() {
        let pieces = if at % 2 == 0 {
            vec![piece.to_owned()]
        } else {
            filled(piece, &value)?
        };
        names = joined(&names, &pieces)?;
    }
    Some(names)
}

/// What a placeholder stands for.
fn filled<'a>(placeholder: &str, value: &impl Fn(&str) -> Option<&'a Value>) -> Option<Vec<String>> {
    if let Some((before, list)) = placeholder.split_once(':') {
        let items = texts(value(list)?);
        return Some(vec![items.iter().map(|item| format!("{before}{item}")).collect()]);
    }
    for (sign, repeated) in [('^', true), ('*', false)] {
        if let Some((list, degree)) = placeholder.split_once(sign) {
            let degree = value(degree)?.as_integer()?;
            return products(&texts(value(list)?), degree, repeated);
        }
    }
    Some(texts(value(placeholder)?))
}

/// Each name followed by each piece.
fn joined(names: &[String], pieces: &[String]) -> Option<Vec<String>> {
    let bytes = |of: &[String]| of.iter().map(String::len).sum::<usize>();
    let length = bytes(names) * pieces.len() + bytes(pieces) * names.len();
    (length <= MOST_BYTES).then(|| {
        let of = |name: &String| {
            let name = name.clone();
            pieces.iter().map(move |piece| format!("{name}{piece}"))
        };
        names.iter().flat_map(of).collect()
    })
}

/// The texts that a value holds.
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Null => Vec::new(),
        Value::String(text) => vec![text.clone()],
        Value::Bool(_) | Value::Number(_) => vec![value.to_string()],
        Value::List(items) => items.iter().flat_map(texts).collect(),
        Value::Object(fields) => fields.keys().cloned().collect(),
    }
}

/// The products of two up to `degree` of these factors, shorter ones first; `repeated` says whether a factor may come
/// more than once.
fn products(factors: &[String], degree: i64, repeated: bool) -> Option<Vec<String>> {
    let mut known = BTreeSet::new();
    let distinct: Vec<&String> = factors.iter().filter(|factor| known.insert(*factor)).collect();
    let (mut names, mut bytes) = (Vec::new(), 0);
    let mut longest: Vec<Vec<usize>> = (0..distinct.len()).map(|at| vec![at]).collect();
    for _ in 1..degree {
        let longer = |product: &Vec<usize>| {
            let product = product.clone();
            let last = product.last().copied().unwrap_or_default();
            let next = last + usize::from(!repeated)..distinct.len();
            next.map(move |factor| [&product[..], &[factor]].concat())
        };
        longest = longest.iter().flat_map(longer).take(MOST_PRODUCTS + 1).collect();
        for product in &longest {
            let name = product_name(&distinct, product);
            bytes += name.len();
            if names.len() == MOST_PRODUCTS || bytes > MOST_BYTES {
                return None;
            }
            names.push(name);
        }
    }
    Some(names)
}

/// A product's name: `a^2 b` for the factors a, a and b.
fn product_name(names: &[&String], product: &[usize]) -> String {
    let power = |run: &[usize]| match run.len() {
        1 => names[run[0]].clone(),
        times => format!("{}^{times}", names[run[0]]),
    };
    let powers: Vec<String> = product.chunk_by(|a, b| a == b).map(power).collect();
    powers.join(" ")
}
