mod loading;
mod numbers;

use domain::spec::TrainSpec;

use super::{
    confusion,
    text::{clip, count, figure, percent},
};
use crate::{
    Observer, Silent,
    artifact::REPORT_FILE,
    evaluation::{ClassEvaluation, Classification, ConfusionCell},
    pipeline::Label,
    random,
    testing::{chain, csv, edge, messy, messy_graph_for, spec},
    train,
};

fn report_on(spec: &TrainSpec, table: &str, threads: usize, observer: &dyn Observer) -> String {
    let files = train(spec, csv(table), "00", threads, observer)
        .unwrap()
        .files()
        .unwrap();
    let (_, page) = files.into_iter().find(|(name, _)| name == REPORT_FILE).unwrap();
    String::from_utf8(page).unwrap()
}

fn report(model: &str) -> String {
    report_on(
        &spec(messy_graph_for(model), model, "{}"),
        &messy(200),
        2,
        &Silent,
    )
}

/// The page without how long things took.
fn timeless(page: &str) -> String {
    let mut parts = page.split("took\">");
    let mut kept = parts.next().unwrap().to_owned();
    for part in parts {
        kept += &part[part.find('<').unwrap()..];
    }
    kept
}

/// Every tag that is opened is closed in its turn.
fn balanced(page: &str) {
    let empty = ["meta", "link", "path", "rect", "circle", "!DOCTYPE"];
    let mut open = Vec::new();
    for tag in page.split('<').skip(1) {
        let (tag, _) = tag.split_once('>').unwrap();
        let name = tag.split([' ', '/', '\n']).find(|name| !name.is_empty()).unwrap();
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name), "</{name}>");
        } else if !empty.contains(&name) {
            assert!(!tag.ends_with('/'), "<{tag}>");
            open.push(name);
        } else {
            assert!(
                tag.ends_with('/') || ["meta", "link", "!DOCTYPE"].contains(&name),
                "<{tag}>"
            );
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

/// It is whole, asks for nothing and runs nothing.
fn sound(page: &str) {
    balanced(page);
    for bad in [
        "<script", "http:", "https:", "src=", "url(", "@import", "onclick", "onload",
    ] {
        assert!(!page.contains(bad), "{bad}");
    }
    let (told, _) = page.split_once("<h2>How to use the model").unwrap();
    assert!(!told.contains("NaN") && !told.contains("inf\""));
    let links = page.matches("href=").count();
    assert_eq!(links, page.matches("href=\"data:,\"").count());
    assert!(page.len() < 500_000, "{} bytes", page.len());
}

#[test]
fn every_model_has_a_sound_report() {
    for model in crate::models::specs() {
        let page = report(&model.key);
        sound(&page);
        assert!(
            page.contains(&model.key) && page.contains("Metrics"),
            "{}",
            model.key
        );
        assert!(page.contains("trainctl predict --artifact ."));
    }
}

#[test]
fn a_classifier_is_shown_by_its_confusions_and_curves() {
    let page = report("random_forest_classifier");
    for part in [
        "Confusion matrix",
        "ROC curve",
        "Precision and recall",
        "Calibration",
        "Permutation importance",
        "Share in splits",
        "positive is yes",
        "onnxruntime.InferenceSession",
        "label, probabilities = model.run",
    ] {
        assert!(page.contains(part), "{part}");
    }
    assert!(!page.contains("Residuals"));
}

#[test]
fn a_measure_of_no_rows_is_not_shown_as_0() {
    let class = |label: &str, support, predicted| ClassEvaluation {
        label: Label::Text(label.into()),
        support,
        predicted,
        precision: 0.0,
        recall: 0.0,
        f1: 0.0,
        specificity: None,
        roc_auc: None,
        pr_auc: None,
        roc: None,
        precision_recall: None,
        calibration: None,
    };
    let (absent, unnamed) = (class("absent", 0.0, 3.0), class("unnamed", 3.0, 0.0));
    let confusion = vec![ConfusionCell {
        truth: unnamed.label.clone(),
        predicted: absent.label.clone(),
        support: 3.0,
    }];
    let page = confusion::section(
        "test",
        &Classification {
            classes: vec![absent, unnamed],
            confusion,
            calibration: None,
        },
    );
    let row = |cells: [&str; 5]| cells.map(|cell| format!("<td class=\"n\">{cell}</td>")).concat();
    for (class, cells) in [
        ("absent", ["0", "0", "–", "–", "–"]),
        ("unnamed", ["3", "–", "0", "0", "–"]),
    ] {
        let shown = format!("<th>{class}</th>{}", row(cells));
        assert!(page.contains(&shown), "{page}");
    }
}

#[test]
fn a_regressor_is_shown_by_its_residuals() {
    let page = report("ridge_regression");
    for part in [
        "Predicted against actual spent",
        "Spread of residuals",
        "Coefficients",
        "R²",
        "value, = model.run",
    ] {
        assert!(page.contains(part), "{part}");
    }
    assert!(!page.contains("Confusion"));
}

#[test]
fn nodes_and_warnings_are_shown() {
    let page = report("logistic_regression");
    assert!(
        page.contains("200 → 199 rows") && page.contains("7 → 5 columns"),
        "the graph's boxes"
    );
    assert_eq!(page.matches("<rect class=\"box").count(), 8);
    assert_eq!(page.matches("<rect class=\"box trains").count(), 1);
    assert!(page.contains("1 row without a value of the target"));
    assert!(page.contains("Fitting the model") && page.contains(" ms</td>"));
}

#[test]
fn what_cannot_be_said_in_onnx_is_told() {
    let page = report("k_neighbors_classifier");
    assert!(page.contains("Other programs cannot load this model") && !page.contains("import onnxruntime"));
}

#[test]
fn but_for_the_time_it_took_a_report_is_the_same_on_any_number_of_threads() {
    let spec = spec(
        messy_graph_for("random_forest_classifier"),
        "random_forest_classifier",
        "{}",
    );
    let [one, two] = [1, 2].map(|threads| timeless(&report_on(&spec, &messy(200), threads, &Silent)));
    assert!(one == two);
    assert!(one.contains("Fitting the model"));
}

/// A table with such names, of three classes.
fn hostile(bad: &str) -> String {
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let mut random = random::stream(8, &["hostile"]);
    let mut table = format!("{},b,{}\n", quoted(bad), quoted(&format!("y{bad}")));
    for row in 0..120 {
        let class = format!("{}{bad}", row % 3);
        table += &format!(
            "{},{},{}\n",
            random.uniform() + f64::from(row % 3),
            random.uniform(),
            quoted(&class)
        );
    }
    table
}

#[test]
fn whatever_a_user_names_is_text() {
    let bad = "</style><script>alert('&amp;')</script>\"><img src=x onerror=\"alert(1)\">\u{1}";
    let target = serde_json::to_string(&format!("y{bad}")).unwrap();
    let graph = chain(&[
        (bad, "dataset", "{}"),
        ("split", "train_test_split", "{}"),
        (
            "train",
            "train_model",
            &format!(r#"{{"target_column": {target}}}"#),
        ),
    ]);
    let mut spec = spec(graph, "logistic_regression", "{}");
    spec.dataset.id = bad.into();
    spec.dataset.uri = format!("file:///{bad}");
    let page = report_on(&spec, &hostile(bad), 1, &Silent);
    balanced(&page);
    assert!(!page.contains("<script") && !page.contains("<img") && !page.contains('\u{1}'));
    assert_eq!(page.matches("</style>").count(), 1);
    assert!(page.contains("&lt;script&gt;alert(&#39;&amp;amp;&#39;)"));
}

#[test]
fn a_report_of_many_classes_features_and_warnings_stays_small() {
    let mut random = random::stream(9, &["many"]);
    let features = 120;
    let header: Vec<String> = (0..features)
        .map(|at| format!("a feature with a long name, number {at}"))
        .collect();
    let quoted: Vec<String> = header.iter().map(|name| format!("\"{name}\"")).collect();
    let mut table = format!("{},y\n", quoted.join(","));
    for row in 0..3_000 {
        let values: Vec<String> = (0..features)
            .map(|_| format!("{:.3}", random.uniform()))
            .collect();
        table += &format!("{},class {}\n", values.join(","), row % 50);
    }
    let graph = chain(&[
        ("load", "dataset", "{}"),
        ("split", "train_test_split", "{}"),
        ("train", "train_model", r#"{"target_column": "y"}"#),
    ]);
    let page = report_on(&spec(graph, "gaussian_nb", "{}"), &table, 2, &Silent);
    sound(&page);
    assert!(page.contains("The 8 largest classes") && page.contains("Confusions"));
}

#[test]
fn a_graph_of_branches_has_all_its_lines() {
    let mut graph = chain(&[
        ("load", "dataset", "{}"),
        ("split", "train_test_split", "{}"),
        (
            "fill",
            "imputation_methods",
            r#"{"strategies": [{"method": "mean", "columns": ["age"]}]}"#,
        ),
        (
            "train",
            "train_model",
            r#"{"target_column": "spent", "auto_encode": true}"#,
        ),
    ]);
    let other = chain(&[(
        "other",
        "imputation_methods",
        r#"{"strategies": [{"method": "mode", "columns": ["city"]}, {"method": "median", "columns": ["income"]}]}"#,
    )]);
    graph.nodes.splice(3..3, other.nodes);
    graph.edges.extend([
        edge("split", "other"),
        edge("other", "train"),
        edge("other", "train"),
    ]);
    let page = report_on(&spec(graph, "ridge_regression", "{}"), &messy(100), 1, &Silent);
    sound(&page);
    assert_eq!(page.matches("class=\"edge\"").count(), 5);
}
