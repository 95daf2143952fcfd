//! How long the kernels of the learning library take, each on a table made from a seed:
//! `cargo bench -p ml --features bench --bench kernels [-- FILTER]`.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "criterion's macros document nothing, and a measurement that fails may say so in any way"
)]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use domain::value::{Object, Value};
use ml::{
    Silent,
    model::{FitContext, FittedModel, Target, TrainingSet},
    models::{
        self,
        bench::{Binned, Blocks, Root, gram},
    },
    random,
};
use ndarray::{Array2, ShapeBuilder, s};

/// Rows × features.
const TALL: (usize, usize) = (80_000, 20);
const WIDE: (usize, usize) = (16_000, 100);
/// Rows to predict.
const ASKED: usize = 2_000;

/// Numbers between −½ and ½, and classes and numbers that some of them decide.
struct Table {
    x: Array2<f64>,
    values: Vec<f64>,
    labels: Vec<String>,
}

impl Table {
    fn of(shape: (usize, usize)) -> Self {
        let mut random = random::stream(1, &["table"]);
        let x = Array2::from_shape_simple_fn(shape.f(), || random.uniform() - 0.5);
        let values = x
            .rows()
            .into_iter()
            .map(|row| row[0] + row[1] * row[2] + 0.3 * (random.uniform() - 0.5))
            .collect();
        let labels = (0..5).map(|class| class.to_string()).collect();
        Self { x, values, labels }
    }

    /// So many classes, each with about as many rows.
    fn codes(&self, classes: usize) -> Vec<u32> {
        let mut sorted = self.values.clone();
        sorted.sort_by(f64::total_cmp);
        let cuts: Vec<f64> = (1..classes)
            .map(|at| sorted[at * sorted.len() / classes])
            .collect();
        let code = |value: &f64| cuts.iter().filter(|cut| *value >= **cut).count() as u32;
        self.values.iter().map(code).collect()
    }

    /// A model of the registry, fitted on two classes.
    fn fitted(&self, key: &str, hyperparameters: &[(&str, Value)]) -> Box<dyn FittedModel> {
        let names: Vec<String> = (0..self.x.ncols()).map(|j| format!("f{j}")).collect();
        let set = TrainingSet {
            x: self.x.view(),
            target: Target::Classes {
                codes: &self.codes(2),
                labels: &self.labels[..2],
            },
            weights: None,
            feature_names: &names,
        };
        let ctx = FitContext {
            observer: &Silent,
            threads: rayon::current_num_threads(),
            fold: None,
            memory: None,
        };
        let given: Object = hyperparameters
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect();
        let fitted = models::get(key).unwrap().fit(&given, &set, &ctx);
        fitted.unwrap_or_else(|error| panic!("{key}: {error:?}"))
    }
}

fn named((rows, features): (usize, usize)) -> String {
    format!("{rows}x{features}")
}

fn trees(c: &mut Criterion) {
    let mut group = c.benchmark_group("trees");
    for shape in [TALL, WIDE] {
        let table = Table::of(shape);
        let codes = table.codes(2);
        let binned = Binned::of(table.x.view());
        let root = Root::of(&binned, &codes);
        group.throughput(Throughput::Elements((shape.0 * shape.1) as u64));
        group.bench_function(BenchmarkId::new("quantile bins", named(shape)), |b| {
            b.iter(|| Binned::of(black_box(table.x.view())));
        });
        group.bench_function(BenchmarkId::new("histograms of a root", named(shape)), |b| {
            b.iter(|| black_box(&root).best_cut());
        });
        group.bench_function(BenchmarkId::new("bins and one tree", named(shape)), |b| {
            b.iter(|| table.fitted("decision_tree_classifier", &[]));
        });
    }
    group.finish();
}

fn logistic(c: &mut Criterion) {
    let mut group = c.benchmark_group("logistic");
    for (shape, classes) in [(TALL, 2), (TALL, 5), (WIDE, 2), (WIDE, 5)] {
        let table = Table::of(shape);
        let codes = table.codes(classes);
        let blocks = Blocks::of(table.x.view(), &codes);
        let outputs = if classes == 2 { 1 } else { classes };
        let parameters: Vec<f64> = (0..outputs * (shape.1 + 1)).map(|i| (i as f64).sin()).collect();
        let mut gradient = vec![0.0; parameters.len()];
        group.throughput(Throughput::Elements((shape.0 * shape.1) as u64));
        let id = BenchmarkId::new(format!("evaluation, {classes} classes"), named(shape));
        group.bench_function(id, |b| {
            b.iter(|| blocks.evaluate(black_box(&parameters), &mut gradient));
        });
    }
    group.finish();
}

fn least_squares(c: &mut Criterion) {
    let mut group = c.benchmark_group("least squares");
    for shape in [TALL, WIDE] {
        let table = Table::of(shape);
        group.throughput(Throughput::Elements((shape.0 * shape.1) as u64));
        group.bench_function(BenchmarkId::new("Gram matrix", named(shape)), |b| {
            b.iter(|| gram(black_box(table.x.view()), &table.values));
        });
    }
    group.finish();
}

fn predictions(c: &mut Criterion) {
    let table = Table::of(TALL);
    let asked = Table::of((ASKED, TALL.1)).x;
    let forest = table.fitted("random_forest_classifier", &[("n_estimators", 50.into())]);
    let neighbours = table.fitted("k_neighbors_classifier", &[]);
    let mut group = c.benchmark_group("predictions");
    group.sample_size(10);
    for (name, model) in [("50 trees", &forest), ("k-NN among 80,000", &neighbours)] {
        for rows in [1, ASKED] {
            group.throughput(Throughput::Elements(rows as u64));
            group.bench_function(BenchmarkId::new(name, rows), |b| {
                b.iter(|| model.predict(black_box(asked.slice(s![..rows, ..]))));
            });
        }
    }
    group.finish();
}

criterion_group!(kernels, trees, logistic, least_squares, predictions);
criterion_main!(kernels);
