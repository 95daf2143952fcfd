use super::*;
use crate::catalog::{
    ColumnRule, Learns, NodeRole, ParamKind, ParamSpec, boolean, choice, columns, integer, text,
};
use crate::value::Value;

fn spec(parameters: Vec<ParamSpec>, columns: Vec<ColumnRule>) -> NodeSpec {
    NodeSpec {
        key: "node".into(),
        aliases: Vec::new(),
        title: "Node".into(),
        category: "test".into(),
        summary: "Node.".into(),
        parameters,
        role: NodeRole::Transform,
        learns: Learns::No,
        columns,
        ..NodeSpec::default()
    }
}

fn told(spec: &NodeSpec, config: &[(&str, Value)]) -> String {
    let config = config
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.clone()));
    let ColumnChange {
        adds,
        drops,
        keeps_only,
    } = ColumnChange::of(spec, &config.collect());
    format!(
        "+{} -{} ={}",
        adds.join(","),
        drops.join(","),
        keeps_only.join(",")
    )
}

fn named(names: &[&str]) -> (&'static str, Value) {
    ("columns", names.to_vec().into())
}

fn operations_of(items: &[&[(&str, Value)]]) -> (&'static str, Value) {
    let object = |fields: &&[(&str, Value)]| {
        let fields = fields
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()));
        Value::Object(fields.collect())
    };
    ("operations", Value::List(items.iter().map(object).collect()))
}

#[test]
fn a_list_gives_a_name_for_each_item_once_and_a_blank_one_none() {
    let parameters = || vec![columns("columns", ""), text("suffix", "_x", "")];
    let adds = spec(parameters(), vec![ColumnRule::adds("{columns}{suffix}")]);
    assert_eq!(told(&adds, &[named(&["a", "b", "a"])]), "+a_x,b_x - =");
    assert_eq!(told(&adds, &[]), "+ - =");
    let drops = spec(parameters(), vec![ColumnRule::drops("{columns}")]);
    assert_eq!(told(&drops, &[named(&["a", "b"])]), "+ -a,b =");
    let keeps = spec(parameters(), vec![ColumnRule::keeps_only("{columns}")]);
    assert_eq!(told(&keeps, &[named(&["a", "b"])]), "+ - =a,b");
}

#[test]
fn several_lists_give_their_product_and_a_map_its_keys() {
    let map = ParamSpec::new(
        "by_column",
        ParamKind::Map(Box::new(ParamKind::Any)),
        Value::Object(Object::new()),
        "",
    );
    let parts = ParamSpec::new("parts", ParamKind::Columns, vec!["year", "day"], "");
    let spec = spec(
        vec![columns("columns", ""), parts, map],
        vec![
            ColumnRule::adds("{columns}_{parts}"),
            ColumnRule::drops("{by_column}"),
        ],
    );
    let keys = Object::from([("m".to_owned(), 1.into()), ("k".to_owned(), 2.into())]);
    let config = [named(&["t", "u"]), ("by_column", Value::Object(keys))];
    assert_eq!(told(&spec, &config), "+t_year,t_day,u_year,u_day -k,m =");
}

#[test]
fn what_only_the_table_tells_and_what_stays_in_place_is_not_told() {
    let rules = vec![
        ColumnRule::adds("{columns}_{category}"),
        ColumnRule::drops("{column}"),
        ColumnRule::changes("{columns}"),
    ];
    let spec = spec(vec![columns("columns", "")], rules);
    assert_eq!(told(&spec, &[named(&["a"])]), "+ - =");
}

#[test]
fn a_rule_counts_when_its_conditions_hold() {
    let parameters = vec![
        columns("columns", ""),
        boolean("drop", false, ""),
        text("output", "", ""),
    ];
    let rules = vec![
        ColumnRule::drops("{columns}").when("drop", [true]),
        ColumnRule::adds("{output}").unless_blank("output"),
        ColumnRule::adds("{columns}_new").when_blank("output"),
    ];
    let spec = spec(parameters, rules);
    let a = || named(&["a"]);
    assert_eq!(told(&spec, &[a()]), "+a_new - =");
    assert_eq!(
        told(&spec, &[a(), ("drop", true.into()), ("output", "o".into())]),
        "+o -a ="
    );
}

#[test]
fn a_column_that_is_dropped_and_added_again_is_neither() {
    let rules = vec![
        ColumnRule::drops("{columns}"),
        ColumnRule::adds("{columns}{suffix}"),
    ];
    let spec = spec(vec![columns("columns", ""), text("suffix", "", "")], rules);
    assert_eq!(told(&spec, &[named(&["a", "b"])]), "+ - =");
    assert_eq!(
        told(&spec, &[named(&["a"]), ("suffix", "_x".into())]),
        "+a_x -a ="
    );
}

#[test]
fn a_rule_for_each_object_of_a_list_keeps_the_order_of_the_list() {
    let operation = ParamKind::Object(vec![
        choice("kind", "sum", &["sum", "text"], ""),
        columns("inputs", ""),
        text("output", "", ""),
    ]);
    let operations = ParamSpec::new(
        "operations",
        ParamKind::List(Box::new(operation)),
        Value::List(Vec::new()),
        "",
    );
    let rules = vec![
        ColumnRule::adds("{kind}{_:inputs}")
            .when_blank("output")
            .each("operations"),
        ColumnRule::adds("{output}")
            .unless_blank("output")
            .each("operations"),
    ];
    let spec = spec(vec![operations], rules);
    let config = operations_of(&[
        &[("output", "o".into())],
        &[("inputs", vec!["a", "b", "a"].into())],
        &[("kind", "text".into())],
    ]);
    assert_eq!(told(&spec, &[config]), "+o,sum_a_b_a,text - =");
    let nothing = [("operations", vec![Value::Null, 5.into()].into())];
    assert_eq!(told(&spec, &nothing), "+ - =");
}

#[test]
fn products_are_named_and_ordered_as_scikit_learn_does_it() {
    let of = |template: &str| {
        let parameters = vec![columns("columns", ""), integer("degree", 2, 1, 10, "")];
        spec(parameters, vec![ColumnRule::adds(template)])
    };
    let degree = |degree: i32| ("degree", Value::from(degree));
    let powers = of("{columns^degree}");
    assert_eq!(told(&powers, &[named(&["a", "b", "a"])]), "+a^2,a b,b^2 - =");
    let third = told(&powers, &[named(&["a", "b"]), degree(3)]);
    assert_eq!(third, "+a^2,a b,b^2,a^3,a^2 b,a b^2,b^3 - =");
    let different = told(&of("{columns*degree}"), &[named(&["a", "b", "c"]), degree(9)]);
    assert_eq!(different, "+a b,a c,b c,a b c - =");
    assert_eq!(told(&powers, &[named(&["a"]), degree(1)]), "+ - =");
}

#[test]
fn more_names_than_can_be_told_are_not_told() {
    let parameters = vec![columns("columns", ""), integer("degree", 10, 1, 10, "")];
    let powers = spec(parameters, vec![ColumnRule::adds("{columns^degree}")]);
    let many: Vec<String> = (0..200).map(|i| format!("x{i}")).collect();
    assert_eq!(told(&powers, &[("columns", many.into())]), "+ - =");
    let long: Vec<String> = ["a", "b", "c"].map(|name| name.repeat(10_000)).into();
    assert_eq!(told(&powers, &[("columns", long.into())]), "+ - =");
}
