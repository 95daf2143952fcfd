//! What models say they need of memory is what their fits take, and a fit that needs more than there is takes nothing.

use std::sync::PoisonError;

use domain::{catalog::ProblemType, job::FailureKind, value::Object};
use ml::{
    Silent,
    model::{ErasedModel, FitContext, FitError, Memory, Shape, Target, TrainingSet},
    models,
    random::stream,
};
use ndarray::{Array2, ShapeBuilder};

use super::{ALONE, MEMORY, MIB};

/// What a fit may take beyond its estimate: threads, and what is too small to be told.
const AROUND: usize = MIB / 2;
/// How much more than a fit takes its estimate may be.
const MOST: usize = 4;
const THREADS: usize = 2;
const MANY_THREADS: usize = 8;

struct Table {
    x: Array2<f64>,
    codes: Vec<u32>,
    values: Vec<f64>,
    labels: Vec<String>,
    names: Vec<String>,
}

/// Rows whose classes and numbers chance decides, so that trees are as large as they get. Two columns are the same and
/// one lies so far off, so that linear models without a penalty take their longest way; no number is negative.
fn table(rows: usize, features: usize, off: f64) -> Table {
    let mut random = stream(1, &["memory"]);
    let mut x = Array2::from_shape_simple_fn((rows, features).f(), || random.uniform());
    let first = x.column(0).to_owned();
    x.column_mut(1).assign(&first);
    x.column_mut(2).mapv_inplace(|value| value + off);
    Table {
        x,
        codes: (0..rows).map(|_| random.below(3) as u32).collect(),
        values: (0..rows).map(|_| random.uniform()).collect(),
        labels: ["a", "b", "c"].map(String::from).to_vec(),
        names: (0..features).map(|feature| feature.to_string()).collect(),
    }
}

impl Table {
    fn set(&self, problem: ProblemType) -> TrainingSet<'_> {
        TrainingSet {
            x: self.x.view(),
            target: match problem {
                ProblemType::Classification => Target::Classes {
                    codes: &self.codes,
                    labels: &self.labels,
                },
                ProblemType::Regression => Target::Values(&self.values),
            },
            weights: None,
            feature_names: &self.names,
        }
    }
}

/// Why the fit failed, if it did, and the most memory it took.
fn fit(
    model: &dyn ErasedModel,
    params: &Object,
    set: &TrainingSet,
    threads: usize,
    memory: Option<Memory>,
) -> (Option<FitError>, usize) {
    let ctx = FitContext {
        observer: &Silent,
        threads,
        fold: None,
        memory,
    };
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    let failed = model.fit(params, set, &ctx).err();
    (failed, MEMORY.peak_usage().saturating_sub(before))
}

/// Whether linfa could not fit.
fn is_linfas(failed: Option<&FitError>) -> bool {
    matches!(failed, Some(FitError::Failed(failure)) if failure.code.starts_with("ENGINE_"))
}

fn params(pairs: &[(&str, domain::value::Value)]) -> Object {
    let pairs = pairs.iter();
    pairs
        .map(|(name, value)| ((*name).to_owned(), value.clone()))
        .collect()
}

#[test]
fn every_model_takes_what_it_says_it_needs_and_no_more() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let (tall, wide) = (table(20_000, 10, 1e6), table(300, 600, 1e6));
    // Support vector machines have no such way, and do not converge on columns that are not scaled.
    let (short, scaled) = (table(2000, 10, 0.0), table(300, 600, 0.0));
    let mut wrong = Vec::new();
    for spec in models::specs() {
        let model = models::get(&spec.key).unwrap();
        let has = |name: &str| spec.parameters.iter().any(|parameter| parameter.name == name);
        let tables = if has("kernel") {
            [&short, &scaled]
        } else {
            [&tall, &wide]
        };
        let few = [("n_estimators", 10.into()), ("max_iter", 20.into())];
        let few: Vec<_> = few.into_iter().filter(|(name, _)| has(name)).collect();
        let case = |more: &[(&str, domain::value::Value)]| params(&[&few[..], more].concat());
        let mut cases = vec![case(&[])];
        if has("max_depth") && has("min_samples_split") {
            cases.push(case(&[
                ("max_depth", "none".into()),
                ("min_samples_split", 2.into()),
                ("min_samples_leaf", 1.into()),
            ]));
        }
        if has("oob_score") {
            cases.push(case(&[("oob_score", true.into()), ("bootstrap", true.into())]));
        }
        if has("max_leaf_nodes") {
            cases.push(case(&[("max_leaf_nodes", "none".into())]));
        }
        if has("penalty") {
            cases.push(case(&[("penalty", "l1".into())]));
        }
        let of_tables = |threads| {
            let cases = cases.iter();
            cases.flat_map(move |case| tables.map(|table| (table, case, threads)))
        };
        let mut fits: Vec<_> = of_tables(THREADS).chain(of_tables(MANY_THREADS)).collect();
        // Beside numbers so large a penalty is none, and the Gram matrix close to singular.
        let weak = case(&[("alpha", 1e-12.into())]);
        if spec.key == "ridge_regression" {
            fits.extend([(&tall, &weak, THREADS), (&wide, &weak, THREADS)]);
        }
        let linfa = case(&[("engine", "linfa".into())]);
        if has("engine") {
            fits.extend([(&short, &linfa, THREADS), (&scaled, &linfa, THREADS)]);
        }
        for (table, case, threads) in fits {
            let set = table.set(spec.problem_type);
            let need = model.memory(case, &Shape::of(&set, threads)).unwrap().bytes as usize;
            let (failed, peak) = fit(model, case, &set, threads, None);
            let told = format!(
                "{} {case:?} on {:?} by {threads} threads: {need} bytes are told and {peak} taken",
                spec.key,
                set.x.dim()
            );
            assert!(
                failed.is_none() || is_linfas(failed.as_ref()),
                "{told}: {failed:?}"
            );
            // More threads than cores need not all have begun when the first have ended.
            let too_much = threads == THREADS && need > MOST * (peak + AROUND);
            if peak > need + AROUND || too_much {
                wrong.push(told);
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_fit_for_which_there_is_no_memory_is_refused_before_it_takes_any() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    // So many classes and features, or rows, that even what is least needs a MiB.
    let mut table = table(40_000, 100, 0.0);
    table.labels = (0..1000).map(|class| class.to_string()).collect();
    for spec in models::specs() {
        let model = models::get(&spec.key).unwrap();
        let set = table.set(spec.problem_type);
        let need = model
            .memory(&params(&[]), &Shape::of(&set, THREADS))
            .unwrap()
            .bytes as u64;
        let taken = 32 * MIB as u64;
        let budget = taken + need - 1;
        let (failed, peak) = fit(model, &params(&[]), &set, THREADS, Some(Memory { budget, taken }));
        let Some(FitError::Failed(failure)) = failed else {
            panic!("{} was fitted", spec.key);
        };
        assert_eq!(
            (&*failure.code, failure.kind),
            ("MEMORY_BUDGET", FailureKind::OutOfMemory)
        );
        let mib = need.div_ceil(MIB as u64);
        let told = format!(
            "{} would take about {mib} MiB of memory to fit on 40000 rows × 100 features",
            spec.key
        );
        assert!(failure.message.starts_with(&told), "{}", failure.message);
        let told = format!(
            "the attempt may use {} MiB, of which the table takes about 32 MiB: use ",
            budget >> 20
        );
        assert!(failure.message.contains(&told), "{}", failure.message);
        assert!(peak < 64 << 10, "{peak} bytes were taken by {}", spec.key);
    }
}
