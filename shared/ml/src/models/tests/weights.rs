//! That a weight of a class is a weight of each of its rows.

use super::*;

#[test]
fn class_weights_weigh_rows() {
    let table = waves(300, 3, 3);
    let set = table.classes();
    let by_label = [("0", 2.0), ("2", 0.5)].map(|(label, weight)| (label.to_owned(), Value::Number(weight)));
    let by_label = Value::Object(by_label.into());
    let given: Vec<f64> = (table.codes.iter())
        .map(|code| [2.0, 1.0, 0.5][*code as usize])
        .collect();
    let count = |class| table.codes.iter().filter(|code| **code == class).count() as f64;
    let balanced: Vec<f64> = (table.codes.iter())
        .map(|code| 300.0 / (3.0 * count(*code)))
        .collect();
    let has = |spec: &ModelSpec| {
        spec.parameters
            .iter()
            .any(|parameter| parameter.name == "class_weight")
    };
    let weighed: Vec<ModelSpec> = specs().into_iter().filter(has).collect();
    assert!(weighed.len() >= 7, "{}", weighed.len());
    for spec in weighed {
        let key = spec.key.as_str();
        let plain = fit(key, &quick(&spec), &set).save();
        for (class_weight, weights) in [(by_label.clone(), &given), ("balanced".into(), &balanced)] {
            let mut params = quick(&spec);
            params.push(("class_weight", class_weight));
            let by_class = fit(key, &params, &set).save();
            let by_row = fit(key, &quick(&spec), &set.weighted(Some(weights))).save();
            assert!(by_class == by_row, "{key}");
            assert!(by_class != plain, "{key}");
        }
    }
}
