//! The graph as boxes: each node with the rows and columns that entered and left it, from the table down to the model.

use std::{collections::HashMap, fmt::Write as _};

use super::{
    Facts,
    layers::{BOX_HEIGHT, BOX_WIDTH, layout},
    nodes::node_title,
    text::{clip, count},
};
use crate::observer::NodeRun;

/// How far the drawing shrinks before it scrolls: less, and its texts are too small to read.
const LEAST_SCALE: f64 = 0.68;

/// The graph of the nodes that ran; nothing if it is too large to be read.
pub(super) fn graph(facts: &Facts<'_>) -> String {
    let runs = &facts.told.nodes;
    let places: HashMap<&str, usize> = runs
        .iter()
        .zip(0..)
        .map(|(run, at)| (run.node_id.as_str(), at))
        .collect();
    let from = |run: &NodeRun| {
        let mut from: Vec<usize> = facts
            .graph
            .inputs(&run.node_id)
            .filter_map(|id| places.get(id).copied())
            .collect();
        from.sort_unstable();
        from.dedup();
        from
    };
    let inputs: Vec<Vec<usize>> = runs.iter().map(from).collect();
    let below = |(at, from): (usize, &Vec<usize>)| from.iter().all(|from| *from < at);
    if !inputs.iter().enumerate().all(below) {
        return String::new();
    }
    let Some(layout) = layout(&inputs) else {
        return String::new();
    };
    let (width, height) = (layout.width, layout.height);
    let mut drawing = format!(
        "<div class=\"scroll\"><svg class=\"graph\" width=\"{width:.0}\" height=\"{height:.0}\" viewBox=\"0 0 {width:.0} {height:.0}\" style=\"min-width:{:.0}px\" role=\"img\" aria-label=\"The graph\">\n",
        width * LEAST_SCALE
    );
    for line in &layout.lines {
        drawing += &drawn(line);
    }
    for (run, (x, y)) in runs.iter().zip(&layout.boxes) {
        drawing += &boxed(
            run,
            x - BOX_WIDTH / 2.0,
            *y,
            run.node_id == facts.manifest.node_id,
        );
    }
    drawing + "</svg></div>\n"
}

/// A line through points, upright at each of them, with an arrow's head at its end.
fn drawn(points: &[(f64, f64)]) -> String {
    let mut path = String::new();
    for (at, pair) in points.windows(2).enumerate() {
        let ((x, y), (to_x, to_y)) = (pair[0], pair[1]);
        if at == 0 {
            _ = write!(path, "M{x:.0} {y:.0}");
        }
        if x == to_x {
            _ = write!(path, "V{to_y:.0}");
        } else {
            let bend = (to_y - y) * 0.6;
            _ = write!(
                path,
                "C{x:.0} {:.0} {to_x:.0} {:.0} {to_x:.0} {to_y:.0}",
                y + bend,
                to_y - bend
            );
        }
    }
    let (x, y) = points.last().copied().unwrap_or_default();
    let head = format!(
        "M{:.0} {:.0}L{x:.0} {:.0}L{:.0} {:.0}Z",
        x - 4.0,
        y - 8.0,
        y - 0.5,
        x + 4.0,
        y - 8.0
    );
    format!("<path class=\"edge\" d=\"{path}\"/><path class=\"head\" d=\"{head}\"/>\n")
}

fn boxed(run: &NodeRun, x: f64, y: f64, trains: bool) -> String {
    let change = |before: usize, after: usize| match (count(before as f64), count(after as f64)) {
        (same, after) if same == after => same,
        (before, after) => format!("{before} → {after}"),
    };
    format!(
        "<g transform=\"translate({x:.0} {y:.0})\"><rect class=\"box{}\" width=\"{BOX_WIDTH}\" height=\"{BOX_HEIGHT}\" rx=\"8\"/>\
         <text class=\"name\" x=\"12\" y=\"20\">{}</text><text class=\"id\" x=\"12\" y=\"36\">{}</text>\
         <text x=\"12\" y=\"54\">{} rows · {} columns</text></g>\n",
        if trains { " trains" } else { "" },
        clip(&node_title(&run.kind), 30),
        clip(&run.node_id, 34),
        change(run.rows_in, run.rows_out),
        change(run.columns_in, run.columns_out),
    )
}
