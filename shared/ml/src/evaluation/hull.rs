//! Fewer points that look the same: of a long line of points those that bound it, and of the rest some, evenly along the
//! line.

/// A point of the plane.
pub(super) type Point = (f64, f64);

/// The places of at most `most` points of a line whose x does not fall: the ends, the corners of the convex hull (evenly
/// chosen ones if there are more than that), and others that lie about as far from each other along the line.
pub(super) fn thin(line: &[Point], most: usize) -> Vec<usize> {
    if line.len() <= most {
        return (0..line.len()).collect();
    }
    let mut kept = corners(line);
    if kept.len() > most {
        let last = kept.len() - 1;
        return (0..most).map(|at| kept[at * last / (most - 1)]).collect();
    }
    let lengths: Vec<f64> = line.windows(2).map(|pair| length(pair[0], pair[1])).collect();
    let (whole, marks) = (lengths.iter().sum::<f64>(), (most - kept.len()) as f64);
    let (mut gone, mut passed) = (0.0, 0.0);
    for (at, length) in lengths.iter().enumerate() {
        gone += length;
        let mark = (gone / whole * marks).min(marks).floor();
        if mark > passed {
            passed = mark;
            kept.push(at + 1);
        }
    }
    kept.sort_unstable();
    kept.dedup();
    kept
}

/// How far two points lie from each other, along the axes.
fn length(a: Point, b: Point) -> f64 {
    (b.0 - a.0).abs() + (b.1 - a.1).abs()
}

/// The places of the corners of the convex hull of a line whose x does not fall, ends included, ascending: the upper chain
/// and the lower one (Andrew, "Another efficient algorithm for convex hulls in two dimensions", 1979).
pub(super) fn corners(line: &[Point]) -> Vec<usize> {
    let mut all = chain(line, 1.0);
    all.extend(chain(line, -1.0));
    all.sort_unstable();
    all.dedup();
    all
}

/// The corners of the hull above the line, or with −1 below it.
fn chain(line: &[Point], side: f64) -> Vec<usize> {
    let mut chain: Vec<usize> = Vec::new();
    for at in 0..line.len() {
        while let [.., before, last] = chain[..] {
            if side * turn(line[before], line[last], line[at]) < 0.0 {
                break;
            }
            chain.pop();
        }
        chain.push(at);
    }
    chain
}

/// Above 0 where the way from `a` over `b` to `c` turns left, below 0 where it turns right.
fn turn(a: Point, b: Point, c: Point) -> f64 {
    (b.0 - a.0) * (c.1 - a.1) - (b.1 - a.1) * (c.0 - a.0)
}
