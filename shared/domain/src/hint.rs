//! The name that an unknown one was probably meant to be, so that who is told of a mistake is told its cure.

use strsim::osa_distance;

/// Longer names are not compared: it would take the square of their length.
const LONGEST: usize = 128;

/// The shortest beginning by which a name is found.
const BEGINNING: usize = 3;

/// The known name nearest to this one, if any is near: at most one edit for three characters away (a character put in,
/// left out, taken for another or swapped with the next; capitals count as small letters), else the only one that begins
/// with it.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = name.to_lowercase();
    let length = wanted.chars().count();
    if length > LONGEST {
        return None;
    }
    let most = length / 3;
    let (mut near, mut begun) = (None, Vec::new());
    for candidate in known {
        let found = candidate.to_lowercase();
        if found.chars().count().abs_diff(length) <= most {
            let distance = osa_distance(&wanted, &found);
            if distance <= most && near.is_none_or(|(least, _)| distance < least) {
                near = Some((distance, candidate));
            }
        }
        if length >= BEGINNING && found.starts_with(&wanted) {
            begun.push(candidate);
        }
    }
    let only = || begun.first().copied().filter(|_| begun.len() == 1);
    near.map(|(_, candidate)| candidate).or_else(only)
}

/// A question to put before the names that are known: `did you mean "alpha"? `, or nothing where none is near.
pub fn did_you_mean<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    nearest(name, known).map_or_else(String::new, |found| format!("did you mean {found:?}? "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_or_shortened_name_is_recognised_and_another_is_not() {
        let known = [
            "n_estimators",
            "max_depth",
            "c",
            "s1",
            "ridge_regression",
            "k_neighbors_classifier",
            "k_neighbors_regressor",
        ];
        for (name, found) in [
            ("nestimators", Some("n_estimators")),
            ("n_estimator", Some("n_estimators")),
            ("maxDepth", Some("max_depth")),
            ("max_dpeth", Some("max_depth")),
            ("C", Some("c")),
            ("ridge", Some("ridge_regression")),
            // Two begin with it.
            ("k_neighbors", None),
            // Every name is one edit away from so short a one.
            ("s2", None),
            ("penalty", None),
            ("", None),
        ] {
            assert_eq!(nearest(name, known), found, "{name}");
        }
        assert_eq!(nearest(&"a".repeat(200), ["a"]), None);
    }

    #[test]
    fn the_nearest_of_several_is_meant() {
        assert_eq!(nearest("l1_ration", ["l2_ratio", "l1_ratio"]), Some("l1_ratio"));
        assert_eq!(did_you_mean("Age", ["sage", "age"]), "did you mean \"age\"? ");
        assert_eq!(did_you_mean("height", ["age"]), "");
    }
}
