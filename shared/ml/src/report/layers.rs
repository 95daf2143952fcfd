//! Where the boxes of a graph stand: each below all it comes from, and lines that pass a layer with a place of their own
//! in it (Sugiyama, Tagawa and Toda, "Methods for visual understanding of hierarchical system structures", 1981).

use std::collections::HashMap;

pub(super) const BOX_WIDTH: f64 = 236.0;
pub(super) const BOX_HEIGHT: f64 = 64.0;
const BETWEEN: f64 = 18.0;
const BELOW: f64 = 30.0;
/// The width that a line takes in a layer that it passes.
const PASS: f64 = 14.0;

/// The most places that are drawn: beyond, nobody could read it.
const MOST_PLACES: usize = 240;

/// A drawing's measures. Points are (x, y), y downwards.
pub(super) struct Layout {
    pub(super) width: f64,
    pub(super) height: f64,
    /// The middle of each box's upper edge, by node.
    pub(super) boxes: Vec<(f64, f64)>,
    /// The points of each line: pairs of an upper and a lower end in each layer, from box to box.
    pub(super) lines: Vec<Vec<(f64, f64)>>,
}

/// What has a place in a layer.
#[derive(Clone, Copy)]
enum Place {
    Node(usize),
    /// The line of this number.
    Pass(usize),
}

/// Lays out nodes, each with the places of those before it that it comes from; nothing if they are too many to be read.
pub(super) fn layout(inputs: &[Vec<usize>]) -> Option<Layout> {
    let mut depth: Vec<usize> = Vec::with_capacity(inputs.len());
    for from in inputs {
        depth.push(from.iter().map(|from| depth[*from] + 1).max().unwrap_or(0));
    }
    let to = |(to, from): (usize, &Vec<usize>)| from.iter().map(move |from| (*from, to)).collect::<Vec<_>>();
    let lines: Vec<(usize, usize)> = inputs.iter().enumerate().flat_map(to).collect();
    let passes: usize = lines.iter().map(|(from, to)| depth[*to] - depth[*from] - 1).sum();
    if inputs.is_empty() || inputs.len() + passes > MOST_PLACES {
        return None;
    }
    let mut layers: Vec<Vec<Place>> = vec![Vec::new(); depth.iter().max()? + 1];
    for (node, depth) in depth.iter().enumerate() {
        layers[*depth].push(Place::Node(node));
    }
    for (line, (from, to)) in lines.iter().enumerate() {
        for layer in &mut layers[depth[*from] + 1..depth[*to]] {
            layer.push(Place::Pass(line));
        }
    }
    Some(placed(inputs, &lines, layers))
}

fn width(place: &Place) -> f64 {
    match place {
        Place::Node(_) => BOX_WIDTH,
        Place::Pass(_) => PASS,
    }
}

/// Places each layer below the one before, each thing in it as near as may be to the middle of what it comes from.
fn placed(inputs: &[Vec<usize>], lines: &[(usize, usize)], layers: Vec<Vec<Place>>) -> Layout {
    let mut boxes = vec![(0.0, 0.0); inputs.len()];
    let mut passes: Vec<Vec<(f64, f64)>> = vec![Vec::new(); lines.len()];
    let mut y = 1.0;
    let height = BOX_HEIGHT + BELOW;
    for mut layer in layers {
        let number: HashMap<(usize, usize), usize> = lines
            .iter()
            .enumerate()
            .map(|(line, ends)| (*ends, line))
            .collect();
        let before = |line: usize| passes[line].last().map_or(boxes[lines[line].0].0, |(x, _)| *x);
        let wanted = |place: &Place| match place {
            Place::Pass(line) => before(*line),
            Place::Node(node) => {
                let from = inputs[*node].iter().map(|from| before(number[&(*from, *node)]));
                from.sum::<f64>() / inputs[*node].len().max(1) as f64
            }
        };
        layer.sort_by(|a, b| wanted(a).total_cmp(&wanted(b)));
        let total: f64 = layer.iter().map(width).sum::<f64>() + BETWEEN * (layer.len() as f64 - 1.0);
        let mut x = -total / 2.0;
        for place in &layer {
            let middle = x + width(place) / 2.0;
            match place {
                Place::Node(node) => boxes[*node] = (middle, y),
                Place::Pass(line) => passes[*line].extend([(middle, y), (middle, y + BOX_HEIGHT)]),
            }
            x += width(place) + BETWEEN;
        }
        y += height;
    }
    joined(boxes, lines, passes, y - BELOW + 1.0)
}

fn joined(
    mut boxes: Vec<(f64, f64)>,
    lines: &[(usize, usize)],
    passes: Vec<Vec<(f64, f64)>>,
    height: f64,
) -> Layout {
    let ends = boxes
        .iter()
        .flat_map(|(x, _)| [x - BOX_WIDTH / 2.0, x + BOX_WIDTH / 2.0]);
    let ends = ends.chain(passes.iter().flatten().flat_map(|(x, _)| [x - PASS, x + PASS]));
    let (left, right) = ends.fold((0f64, 0f64), |(left, right), x| (left.min(x), right.max(x)));
    let moved = |(x, y): (f64, f64)| (x - left + 1.0, y);
    for place in &mut boxes {
        *place = moved(*place);
    }
    let lines = lines.iter().zip(passes).map(|((from, to), passes)| {
        let (x, y) = boxes[*from];
        let middle = passes.into_iter().map(moved);
        let start = std::iter::once((x, y + BOX_HEIGHT));
        start.chain(middle).chain([boxes[*to]]).collect()
    });
    Layout {
        width: right - left + 2.0,
        height,
        lines: lines.collect(),
        boxes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_stands_below_all_it_comes_from_and_no_line_runs_through_a_box() {
        // 0 → 1 → 2 → 3 → 5, 0 → 4 → 5, 0 → 5.
        let inputs = [vec![], vec![0], vec![1], vec![2], vec![0], vec![3, 4, 0]];
        let layout = layout(&inputs).unwrap();
        for (node, from) in inputs.iter().enumerate() {
            assert!(
                from.iter()
                    .all(|from| layout.boxes[*from].1 + BOX_HEIGHT < layout.boxes[node].1)
            );
        }
        for (at, (x, y)) in layout.boxes.iter().enumerate() {
            assert!(x - BOX_WIDTH / 2.0 >= 0.0 && x + BOX_WIDTH / 2.0 <= layout.width);
            for (other, beside) in layout.boxes.iter().enumerate() {
                let apart = (x - beside.0).abs() >= BOX_WIDTH + BETWEEN || *y != beside.1;
                assert!(at == other || apart, "{at} and {other} overlap");
            }
            let through = layout
                .lines
                .iter()
                .flat_map(|line| line.windows(2))
                .filter(|pair| {
                    pair[0].0 == pair[1].0 && pair[0].1 == *y && (pair[0].0 - x).abs() < BOX_WIDTH / 2.0
                });
            assert_eq!(through.count(), 0);
        }
        assert_eq!(layout.lines.len(), 7);
    }

    #[test]
    fn what_nobody_could_read_is_not_drawn() {
        let chain = |length: usize| -> Vec<Vec<usize>> {
            (0..length)
                .map(|node| node.checked_sub(1).into_iter().collect())
                .collect()
        };
        assert!(layout(&chain(MOST_PLACES)).is_some());
        assert!(layout(&chain(MOST_PLACES + 1)).is_none());
        let mut skips = chain(100);
        skips[99] = (0..99).collect();
        assert!(layout(&skips).is_none());
        assert!(layout(&[]).is_none());
    }
}
