//! What every node does to rows: which it may learn from, and that others do not matter.

use domain::catalog::{NodeRole, RowEffect};

use super::{table::poisoned, *};

/// Every case but those of splitters, which assign the rows.
fn every_case_within_a_split() -> impl Iterator<Item = Case> {
    every_case().filter(|case| case.spec.role != NodeRole::Splitter)
}

#[test]
fn poisoned_rows_outside_of_training_change_nothing_that_is_learned() {
    for case in every_case() {
        let poisoned = case.fit(&poisoned(&case.table())).unwrap();
        assert_eq!(case.fitted().state(), poisoned.state(), "{case}");
    }
}

/// The poison is one: in training rows it changes what is learned, but for nodes that learn which columns of a kind
/// there are, and those that only change training rows and keep nothing of them.
#[test]
fn poisoned_training_rows_change_what_is_learned() {
    let learning = every_case().filter(|case| case.spec.learns != Learns::No);
    let mut unchanged: BTreeSet<String> = learning.map(|case| case.spec.key).collect();
    for case in every_case().filter(|case| !case.asks_for_errors()) {
        let all_training = |mut table: Frame| {
            table.assign(vec![Split::Train; table.height()]).unwrap();
            case.fit(&table).ok().map(|fitted| fitted.state())
        };
        if all_training(case.table()) != all_training(poisoned(&case.table())) {
            unchanged.remove(&case.spec.key);
        }
    }
    let unchanged: Vec<&str> = unchanged.iter().map(String::as_str).collect();
    assert_eq!(
        unchanged,
        [
            "class_oversampling",
            "class_undersampling",
            "hash_encoding",
            "polynomial_features"
        ]
    );
}

#[test]
fn poisoned_rows_outside_of_training_change_no_training_row() {
    // One that asks for errors has them of poison.
    for case in every_case_within_a_split().filter(|case| !case.asks_for_errors()) {
        let training = |frame: Frame| {
            let (_, out) = case.fit_apply(frame).unwrap();
            shown(&out.take(&out.training().places().into()).unwrap())
        };
        let (clean, poisoned) = (case.table(), poisoned(&case.table()));
        assert_eq!(training(clean), training(poisoned), "{case}");
    }
}

#[test]
fn rows_outside_of_training_come_out_as_they_are_applied() {
    for case in every_case_within_a_split() {
        let (fitted, out) = case.trained();
        assert_eq!(fitted.state(), case.fitted().state(), "{case}");
        let held_back = |frame: &Frame| {
            let splits = frame.splits().unwrap().iter().zip(0..);
            let places = splits.filter(|(split, _)| **split != Split::Train);
            let places: Vec<u32> = places.map(|(_, at)| at).collect();
            let held_back = frame.take(&places.into()).unwrap();
            (held_back.rows().to_vec(), shown(&held_back))
        };
        let applied = fitted.apply(case.table(), &context()).unwrap();
        assert_eq!(held_back(&out), held_back(&applied), "{case}");
    }
}

#[test]
fn rows_stay_where_they_are_said_to_stay_and_are_only_dropped_or_added_where_it_is_said() {
    for case in every_case() {
        let (before, (_, after)) = (case.table(), case.trained());
        let new = after.rows().iter().any(|row| !before.rows().contains(row));
        let twice = after.rows().iter().collect::<BTreeSet<_>>().len() < after.height();
        match case.spec.rows_with(&case.config) {
            RowEffect::Keep => assert_eq!(before.rows(), after.rows(), "{case}"),
            RowEffect::Drop => assert!(!new && !twice, "{case}"),
            RowEffect::Add => assert!(!twice, "{case}"),
        }
    }
}

#[test]
fn rows_come_out_the_same_in_any_order() {
    for case in every_case() {
        let (fitted, table) = (case.fitted(), case.table());
        let reversed = |frame: &Frame| {
            let places: Vec<u32> = (0..frame.height() as u32).rev().collect();
            frame.take(&places.into()).unwrap()
        };
        let within_a_split = case.spec.role != NodeRole::Splitter;
        for ctx in within_a_split.then(context).into_iter().chain([predicting()]) {
            let straight = fitted.apply(table.clone(), &ctx).unwrap();
            let back = reversed(&fitted.apply(reversed(&table), &ctx).unwrap());
            assert_eq!(straight.rows(), back.rows(), "{case}");
            assert_eq!(shown(&straight), shown(&back), "{case}");
        }
    }
}

#[test]
fn a_row_alone_comes_out_as_it_does_among_others() {
    for case in every_case() {
        let (fitted, table) = (case.fitted(), case.table());
        let all = fitted.apply(table.clone(), &predicting()).unwrap();
        for (place, &row) in (0..).zip(all.rows()) {
            let alone = table.take(&vec![row as u32].into()).unwrap();
            let alone = fitted.apply(alone, &predicting()).unwrap();
            let among = all.take(&vec![place].into()).unwrap();
            assert_eq!(shown(&alone), shown(&among), "{case} row {row}");
        }
    }
}
