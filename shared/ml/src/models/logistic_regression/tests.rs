use domain::value::{Object, Value};
use ndarray::{Array2, ShapeBuilder, s};

use super::{Fitted, kernel::Loss, native::Task};
use crate::{
    instructions::Instructions,
    model::{FitContext, FittedModel},
    models::{get, testing::*},
    random::stream,
};

const KEY: &str = "logistic_regression";

fn state(model: &dyn FittedModel) -> Fitted {
    ciborium::from_reader(model.save().as_slice()).unwrap()
}

#[test]
fn probabilities_of_two_classes_are_scikit_learns() {
    let table = waves(40, 4, 2);
    let rows = table.x.slice(s![..2, ..]);
    let plain = [
        0.7414180722985164,
        0.2585819277014836,
        0.015116680830067675,
        0.9848833191699323,
    ];
    let weighted = [
        0.7928662517417964,
        0.20713374825820366,
        0.003971602033544852,
        0.9960283979664551,
    ];
    let tight = [("tol", 1e-8.into())];
    assert_near(
        &predicted(&*fit(KEY, &tight, &table.classes()), rows),
        &plain,
        1e-9,
    );
    let set = table.classes();
    assert_near(
        &predicted(&*fit(KEY, &tight, &set.weighted(Some(&uneven(40)))), rows),
        &weighted,
        1e-9,
    );
    assert_near(&predicted(&*fit(KEY, &[], &table.classes()), rows), &plain, 1e-5);
}

#[test]
fn probabilities_of_three_classes_are_scikit_learns() {
    let table = waves(40, 4, 3);
    let rows = table.x.slice(s![..2, ..]);
    let plain = [
        [0.5255848847046557, 0.4378856432740822, 0.036529472021262145],
        [0.0008038898804084743, 0.023453178274674517, 0.9757429318449169],
    ];
    let weighted = [
        [0.6103895923202876, 0.3257704648760517, 0.06383994280366075],
        [0.000970078476033195, 0.028914521514374958, 0.9701154000095917],
    ];
    let tight = [("tol", 1e-8.into())];
    assert_near(
        &predicted(&*fit(KEY, &tight, &table.classes()), rows),
        plain.as_flattened(),
        1e-9,
    );
    let set = table.classes();
    let model = fit(KEY, &tight, &set.weighted(Some(&uneven(40))));
    assert_near(&predicted(&*model, rows), weighted.as_flattened(), 1e-9);
}

#[test]
fn linfa_finds_the_same_whichever_class_is_more_frequent() {
    let mut table = waves(200, 2, 2);
    table.codes = table.values.iter().map(|value| u32::from(*value > 1.0)).collect();
    for _ in 0..2 {
        let params = [("engine", "linfa".into()), ("c", 0.5.into())];
        let linfa = predicted(&*fit(KEY, &params, &table.classes()), table.x.view());
        let native = predicted(&*fit(KEY, &params[1..], &table.classes()), table.x.view());
        assert_near(&linfa, &native, 1e-4);
        assert_ne!(table.codes.iter().filter(|code| **code == 1).count(), 100);
        table.codes.iter_mut().for_each(|code| *code = 1 - *code);
    }
}

#[test]
fn linfa_finds_the_same_without_an_intercept_and_without_a_penalty() {
    let table = waves(200, 2, 2);
    for option in [("fit_intercept", false.into()), ("penalty", "none".into())] {
        let params = [("engine", "linfa".into()), option];
        let linfa = predicted(&*fit(KEY, &params, &table.classes()), table.x.view());
        let native = predicted(&*fit(KEY, &params[1..], &table.classes()), table.x.view());
        assert_near(&linfa, &native, 1e-4);
    }
}

#[test]
fn linfa_is_not_asked_for_what_it_cannot_do() {
    let linfa = [("engine", "linfa".into())];
    let (two, three) = (waves(40, 2, 2), waves(40, 2, 3));
    assert_eq!(failure(KEY, &linfa, &three.classes()).0, "ENGINE_LIMIT");
    let mut large = waves(40, 2, 2);
    large.x.column_mut(1).mapv_inplace(|value| value * 1e30);
    let (code, message) = failure(KEY, &linfa, &large.classes());
    assert_eq!(code, "ENGINE_LIMIT");
    assert!(message.contains("\"f1\""), "{message}");
    let set = two.classes();
    assert_eq!(
        failure(KEY, &linfa, &set.weighted(Some(&uneven(40)))).0,
        "ENGINE_LIMIT"
    );
}

#[test]
fn a_class_weight_for_no_class_is_refused() {
    let unknown = Object::from([("yes".to_owned(), Value::Number(2.0))]);
    let (code, message) = failure(
        KEY,
        &[("class_weight", Value::Object(unknown))],
        &waves(20, 2, 2).classes(),
    );
    assert_eq!(code, "UNKNOWN_CLASS");
    assert!(message.contains("\"yes\""), "{message}");
}

#[test]
fn scales_of_every_size_converge_without_a_warning() {
    let mut table = waves(300, 3, 3);
    table.x.column_mut(0).mapv_inplace(|value| value * 1e-8 + 1e-3);
    table.x.column_mut(2).mapv_inplace(|value| value * 1e8 + 1e12);
    let observer = Witness::patient_for(usize::MAX);
    let ctx = observer.context();
    for penalty in ["l2", "none"] {
        let params = object(&[("penalty", penalty.into())]);
        get(KEY)
            .unwrap()
            .fit(&params, &table.classes(), &ctx)
            .map(|_| ())
            .unwrap();
        assert_eq!(*observer.warnings.lock().unwrap(), Vec::<String>::new());
    }
    assert!(observer.steps.lock().unwrap().len() < 200);
}

#[test]
fn classes_that_move_together_cost_no_steps() {
    let mut random = stream(7, &["table"]);
    let x = Array2::from_shape_simple_fn((12_000, 10).f(), || random.uniform() - 0.5);
    let mut codes = Vec::new();
    for row in x.rows() {
        let sum: f64 = row.iter().enumerate().map(|(j, x)| x * (j as f64 - 4.0)).sum();
        codes.push(((sum + 4.0 * random.uniform()).clamp(-3.9, 3.9) / 1.6 + 2.5) as u32);
    }
    let table = Table::new(x, vec![0.0; 12_000], codes);
    let observer = Witness::patient_for(usize::MAX);
    let ctx = observer.context();
    let fitted = get(KEY).unwrap().fit(&object(&[]), &table.classes(), &ctx);
    let lists = fitted.map(|fitted| fitted.coefficients()).unwrap().unwrap();
    assert_eq!(lists.len(), 5);
    let steps = observer.steps.lock().unwrap().len();
    assert!(steps <= 25, "{steps}");
    for feature in 0..10 {
        let sum: f64 = lists.iter().map(|list| list.values[feature]).sum();
        assert!(sum.abs() < 1e-9, "{sum}");
    }
}

#[test]
fn too_few_iterations_are_warned_of() {
    let table = waves(300, 3, 3);
    let observer = Witness::patient_for(usize::MAX);
    let ctx = observer.context();
    let params = object(&[("max_iter", 1.into())]);
    get(KEY)
        .unwrap()
        .fit(&params, &table.classes(), &ctx)
        .map(|_| ())
        .unwrap();
    let warnings = observer.warnings.lock().unwrap();
    assert!(
        warnings.len() == 1 && warnings[0].contains("1 iterations"),
        "{warnings:?}"
    );
}

#[test]
fn constant_columns_and_vanishing_ones_have_no_coefficient() {
    let mut table = waves(60, 3, 2);
    table.x.column_mut(1).fill(7.5);
    table.x.column_mut(2).mapv_inplace(|value| value * 1e-300);
    let found = state(&*fit(KEY, &[], &table.classes()));
    assert_eq!(found.coefficients[0][1..], [0.0, 0.0]);
    assert!(found.coefficients[0][0] > 0.1, "{found:?}");
}

#[test]
fn without_an_intercept_the_origin_is_undecided() {
    let table = waves(60, 3, 3);
    let model = fit(KEY, &[("fit_intercept", false.into())], &table.classes());
    let origin = ndarray::Array2::zeros((1, 3));
    assert_near(&predicted(&*model, origin.view()), &[1.0 / 3.0; 3], 1e-12);
}

#[test]
fn classes_that_a_line_separates_end_without_a_penalty_too() {
    let x = ndarray::Array2::from_shape_fn((40, 1), |(i, _)| i as f64);
    let table = Table::new(x, Vec::new(), (0..40).map(|i| u32::from(i >= 20)).collect());
    let rows = predicted(
        &*fit(KEY, &[("penalty", Value::Null)], &table.classes()),
        table.x.view(),
    );
    assert!(
        rows.chunks(2)
            .zip(&table.codes)
            .all(|(row, code)| row[*code as usize] > 0.9),
        "{rows:?}"
    );
}

fn closely(penalty: &str) -> Vec<(&'static str, Value)> {
    vec![
        ("penalty", penalty.into()),
        ("c", 0.5.into()),
        ("tol", 1e-8.into()),
    ]
}

#[test]
fn penalties_on_magnitudes_give_scikit_learns_coefficients_and_exact_zeros() {
    let two = [
        (
            "l1",
            [0.8876305361499665, -0.16182900059796534, 0.35747635257096194],
        ),
        (
            "elasticnet",
            [0.9235336301394762, -0.16551224308125698, 0.36583171151209104],
        ),
    ];
    let three = [
        (
            "l1",
            [
                [0.0, 0.11457325990167413],
                [0.0, 0.0],
                [1.2949877895277555, -0.14147666872521353],
            ],
        ),
        (
            "elasticnet",
            [
                [-0.1970209124395781, 0.12483145970026437],
                [0.0, 0.0],
                [1.1822964882011853, -0.14068201778568085],
            ],
        ),
    ];
    // The first two columns of wider tables have the same numbers.
    for (penalty, expected) in two {
        let found = state(&*fit(KEY, &closely(penalty), &waves(40, 2, 2).classes()));
        let numbers = [
            found.coefficients[0][0],
            found.coefficients[0][1],
            found.intercepts[0],
        ];
        assert_near(&numbers, &expected, 1e-6);
    }
    for (penalty, expected) in three {
        let found = state(&*fit(KEY, &closely(penalty), &waves(40, 2, 3).classes()));
        assert_near(&found.coefficients.concat(), expected.as_flattened(), 1e-5);
        assert_eq!(found.coefficients[1], [0.0, 0.0]);
    }
}

#[test]
fn an_elastic_net_without_magnitudes_is_l2() {
    let table = waves(200, 3, 3);
    let mut net = closely("elasticnet");
    net.push(("l1_ratio", 0.0.into()));
    assert_eq!(
        fit(KEY, &net, &table.classes()).save(),
        fit(KEY, &closely("l2"), &table.classes()).save()
    );
    net[3].1 = 1e-9.into();
    let found = predicted(&*fit(KEY, &net, &table.classes()), table.x.view());
    let expected = predicted(&*fit(KEY, &closely("l2"), &table.classes()), table.x.view());
    assert_near(&found, &expected, 1e-5);
}

#[test]
fn every_instruction_set_gives_the_same_model_on_any_number_of_threads() {
    let losses = [Loss::Logistic, Loss::Logistic, Loss::Logistic, Loss::SquaredHinge];
    for ((classes, penalty), loss) in [(2, "l2"), (3, "l2"), (3, "l1"), (3, "l2")]
        .into_iter()
        .zip(losses)
    {
        let table = waves(14_000, 4, classes);
        let weights = uneven(14_000);
        let set = table.classes();
        let set = set.weighted(Some(&weights));
        let params: super::Params = crate::parameters::read(
            &get(KEY).unwrap().spec().parameters,
            &object(&[("penalty", penalty.into())]),
            "hyperparameters",
        )
        .unwrap();
        let task = Task {
            loss,
            ..params.task()
        };
        let mut by_set = Vec::new();
        for instructions in Instructions::all() {
            let fits = [1, 2, 8].map(|threads| {
                let ctx = FitContext {
                    observer: &crate::Silent,
                    threads,
                    fold: None,
                    memory: None,
                };
                ctx.on_threads(|| super::native::fit(&task, &set, instructions, &ctx))
                    .unwrap()
            });
            assert!(
                fits.iter().all(|fit| *fit == fits[0]),
                "{instructions:?} {classes} {penalty}"
            );
            let [fit, ..] = fits;
            by_set.push(fit);
        }
        for fit in &by_set {
            for (found, expected) in fit.coefficients.iter().zip(&by_set[0].coefficients) {
                for (found, expected) in found.iter().zip(expected) {
                    assert!(
                        (found - expected).abs() <= 1e-4 * (1.0 + expected.abs()),
                        "{found} {expected}"
                    );
                }
            }
        }
    }
}

#[test]
fn columns_far_from_zero_and_rows_in_row_order_give_the_same_model() {
    let table = waves(600, 3, 3);
    let near = predicted(&*fit(KEY, &closely("l2"), &table.classes()), table.x.view());
    let mut far = waves(600, 3, 3);
    far.x.column_mut(0).mapv_inplace(|value| value + 1e5);
    let found = predicted(&*fit(KEY, &closely("l2"), &far.classes()), far.x.view());
    assert_near(&found, &near, 1e-6);
    let mut by_row = waves(600, 3, 3);
    by_row.x = by_row.x.as_standard_layout().into_owned();
    let found = predicted(&*fit(KEY, &closely("l2"), &by_row.classes()), table.x.view());
    assert_near(&found, &near, 1e-6);
}

#[test]
fn coefficients_name_their_class() {
    let (two, three) = (waves(40, 2, 2), waves(40, 2, 3));
    let classes = |table: &Table| -> Vec<Option<usize>> {
        let lists = fit(KEY, &[], &table.classes()).coefficients().unwrap();
        lists.iter().map(|list| list.class).collect()
    };
    assert_eq!(classes(&two), [Some(1)]);
    assert_eq!(classes(&three), [Some(0), Some(1), Some(2)]);
}
