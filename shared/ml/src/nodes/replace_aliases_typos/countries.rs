//! The countries of ISO 3166-1 by all their names: codes of two and three letters, the official name and common
//! aliases.

use std::{collections::HashMap, sync::LazyLock};

use celes::{Country, LookupTable};

use super::key;

/// Names in daily use that the standard's list lacks.
const ALIASES: [(&str, &str); 8] = [
    ("uk", "GB"),
    ("britain", "GB"),
    ("uae", "AE"),
    ("prc", "CN"),
    ("peoplesrepublicofchina", "CN"),
    ("republicofkorea", "KR"),
    ("czechrepublic", "CZ"),
    ("holland", "NL"),
];

static CODES: LazyLock<HashMap<String, &'static str>> = LazyLock::new(|| {
    let mut codes = HashMap::new();
    let countries = Country::get_countries();
    // The codes go in last, so that none of them can mean another country's alias.
    for country in &countries {
        for alias in country.aliases.iter() {
            codes.insert(key(alias), country.alpha2);
        }
    }
    for country in &countries {
        codes.insert(key(country.long_name), country.alpha2);
        codes.insert(key(country.alpha3), country.alpha2);
    }
    for (alias, code) in ALIASES {
        codes.insert(alias.to_owned(), code);
    }
    for country in &countries {
        codes.insert(key(country.alpha2), country.alpha2);
    }
    codes
});

/// The two-letter code of a country by the key of one of its names.
pub(super) fn code(key: &str) -> Option<&'static str> {
    CODES.get(key).copied()
}
