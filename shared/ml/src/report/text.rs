//! Texts and numbers as the page shows them.

use std::time::Duration;

/// A text as HTML shows it, in attributes too; control characters, which HTML has no place for, are replaced.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\n' | '\t' => escaped.push(' '),
            control if control.is_control() => escaped.push('\u{fffd}'),
            other => escaped.push(other),
        }
    }
    escaped
}

/// A text of at most so many characters, escaped.
pub(super) fn clip(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => escape(text),
        Some((end, _)) => escape(text[..end].trim_end()) + "…",
    }
}

/// Texts one after another, at most so many.
pub(super) fn list(texts: &[impl AsRef<str>], most: usize) -> String {
    let shown: Vec<String> = texts
        .iter()
        .take(most)
        .map(|text| clip(text.as_ref(), 60))
        .collect();
    let shown = shown.join(", ");
    match texts.len().saturating_sub(most) {
        0 => shown,
        more => format!("{shown} and {} more", count(more as f64)),
    }
}

/// From where on figures are not written out, so that some of them have room beside each other on a telephone.
const LONG: f64 = 1e7;

/// A figure to four digits.
pub(super) fn figure(value: f64) -> String {
    let size = value.abs();
    let shown = if value == 0.0 {
        "0".to_owned()
    } else if !(1e-4..LONG).contains(&size) {
        format!("{value:.3e}")
    } else if size >= 1e4 {
        return count(value);
    } else {
        let digits = (3.0 - size.log10().floor()).clamp(0.0, 4.0) as usize;
        match format!("{value:.digits$}") {
            one if size < 1.0 && one.ends_with("1.0000") => nearly_one(value),
            shown => shown,
        }
    };
    shown.replace('-', "−")
}

/// A figure that four digits would make 1 or −1, to so many that they do not.
fn nearly_one(value: f64) -> String {
    let longer = [5, 6].map(|digits| format!("{value:.digits$}"));
    let bound = if value > 0.0 { "> 0.9999" } else { "< -0.9999" };
    let told = longer.into_iter().find(|shown| shown.contains("0."));
    told.unwrap_or_else(|| bound.to_owned())
}

/// A number without its fraction, its thousands apart.
pub(super) fn count(value: f64) -> String {
    let digits = format!("{:.0}", value.abs());
    let mut shown = if value <= -0.5 {
        "−".to_owned()
    } else {
        String::new()
    };
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

/// The weight of some rows: a number of rows where they have none.
pub(super) fn support(weight: f64) -> String {
    if weight.fract() == 0.0 {
        count(weight)
    } else {
        figure(weight)
    }
}

/// A share in percent, of which none but 0 is shown as nothing and none but 1 as all.
pub(super) fn percent(share: f64) -> String {
    match share * 100.0 {
        none if none <= 0.0 => "0 %".to_owned(),
        small if small < 0.1 => "< 0.1 %".to_owned(),
        small if small < 9.95 => format!("{small:.1} %"),
        all if all >= 100.0 => "100 %".to_owned(),
        most if most > 99.9 => "> 99.9 %".to_owned(),
        most if most >= 99.5 => format!("{most:.1} %"),
        large => format!("{large:.0} %"),
    }
}

/// How long something took.
pub(super) fn duration(took: Duration) -> String {
    let seconds = took.as_secs_f64();
    if seconds < 0.0095 {
        format!("{:.1} ms", seconds * 1e3)
    } else if seconds < 0.9995 {
        format!("{:.0} ms", seconds * 1e3)
    } else if seconds < 99.95 {
        format!("{seconds:.1} s")
    } else {
        format!("{} min {:02} s", took.as_secs() / 60, took.as_secs() % 60)
    }
}
