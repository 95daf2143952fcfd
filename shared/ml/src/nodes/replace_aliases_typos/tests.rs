use crate::nodes::{
    testing::fails,
    text_columns::testing::{text_by, texts_of},
};

fn by(config: &str, text: &str) -> Option<String> {
    text_by("replace_aliases_typos", config, text)
}

#[test]
fn countries_become_their_two_letter_codes() {
    for (text, code) in [
        ("U.S.A.", "US"),
        ("united states", "US"),
        ("America", "US"),
        ("gbr", "GB"),
        ("Great Britain", "GB"),
        ("UK", "GB"),
        ("germany", "DE"),
        (" DEU ", "DE"),
        ("South Korea", "KR"),
        ("sk", "SK"),
        ("Czech Republic", "CZ"),
        ("UAE", "AE"),
        ("Holland", "NL"),
        ("Atlantis", "Atlantis"),
    ] {
        assert_eq!(by("{}", text).as_deref(), Some(code), "{text}");
    }
}

#[test]
fn every_country_is_found_by_its_names() {
    for country in celes::Country::get_countries() {
        for name in [country.alpha2, country.alpha3, country.long_name] {
            assert_eq!(by("{}", name).as_deref(), Some(country.alpha2), "{name}");
        }
    }
}

#[test]
fn words_of_consent_and_refusal_become_true_and_false() {
    let config = r#"{"mode": "normalize_boolean"}"#;
    for (text, expected) in [
        ("Yes", "true"),
        (" y.", "true"),
        ("T", "true"),
        ("ON", "true"),
        ("1", "true"),
        ("No", "false"),
        ("n", "false"),
        ("FALSE", "false"),
        ("off", "false"),
        ("0", "false"),
        ("maybe", "maybe"),
    ] {
        assert_eq!(by(config, text).as_deref(), Some(expected), "{text}");
    }
}

#[test]
fn punctuation_goes_and_one_space_stays_between_words() {
    let config = r#"{"mode": "punctuation"}"#;
    for (text, expected) in [
        ("C.R.M.", "CRM"),
        ("Part - Time", "Part Time"),
        (" end-to-end! ", "end to end"),
        ("O'Neil, 3.5 (max.)", "ONeil 3.5 max"),
    ] {
        assert_eq!(by(config, text).as_deref(), Some(expected), "{text}");
    }
    assert_eq!(by(config, "?!"), None);
}

#[test]
fn pairs_are_a_map_or_lines() {
    for config in [
        r#"{"mode": "custom", "custom_pairs": {"st": "Street", "n/k": "", "?": "unknown"}}"#,
        r#"{"mode": "custom", "custom_pairs": "st -> Street\n n/k =>; ? => unknown\n\n"}"#,
    ] {
        for (text, expected) in [
            ("St.", Some("Street")),
            ("N K", None),
            (" ? ", Some("unknown")),
            ("!", Some("!")),
            ("stone", Some("stone")),
        ] {
            assert_eq!(by(config, text).as_deref(), expected, "{text}");
        }
    }
}

#[test]
fn an_exact_alias_goes_before_one_of_the_same_key() {
    let config = r#"{"mode": "custom", "custom_pairs": {"US": "America", "us": "we"}}"#;
    assert_eq!(by(config, "us").as_deref(), Some("we"));
    assert_eq!(by(config, "US").as_deref(), Some("America"));
}

#[test]
fn no_pairs_and_a_line_that_is_none_are_refused() {
    for pairs in ["{}", r#""""#, r#""a => b; c""#, r#"" => b""#] {
        let config = format!(r#"{{"mode": "custom", "custom_pairs": {pairs}}}"#);
        assert_eq!(
            fails("replace_aliases_typos", &config, texts_of(&["x"])),
            "INVALID_CONFIG",
            "{pairs}"
        );
    }
}
