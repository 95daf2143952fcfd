//! Nearest neighbours in the plane: a tree of boxes, each split in half along its longer side, so that a point is
//! held against those of a few boxes instead of all (Friedman, Bentley and Finkel, "An Algorithm for Finding Best
//! Matches in Logarithmic Expected Time", ACM Transactions on Mathematical Software 1977). Equal numbers on one side
//! cost nothing more, as the other side tells their points apart.

use std::ops::Range;

/// Boxes with no more points than this are not split.
const LEAF: usize = 12;

type Point = [f64; 2];

/// Points in boxes within boxes.
pub(super) struct Plane {
    /// The points, those of a box next to each other.
    points: Vec<(Point, usize)>,
    boxes: Vec<Region>,
}

struct Region {
    low: Point,
    high: Point,
    points: Range<usize>,
    /// The places of its halves among the boxes.
    halves: Option<[usize; 2]>,
}

/// What was found for a point.
struct Search<const K: usize> {
    point: Point,
    place: usize,
    /// The least distances, in ascending order.
    nearest: [f64; K],
    /// How many points were looked at.
    seen: usize,
}

impl Plane {
    pub(super) fn new(x: &[f64], y: &[f64]) -> Self {
        let points: Vec<(Point, usize)> = x
            .iter()
            .zip(y)
            .zip(0..)
            .map(|((x, y), at)| ([*x, *y], at))
            .collect();
        let mut plane = Self {
            boxes: Vec::with_capacity(points.len() / LEAF * 4 + 1),
            points,
        };
        plane.split(0..plane.points.len());
        plane
    }

    /// Boxes the points at these places, and gives the place of their box.
    fn split(&mut self, range: Range<usize>) -> usize {
        let points = &mut self.points[range.clone()];
        let (mut low, mut high) = ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]);
        for (point, _) in &*points {
            for side in 0..2 {
                low[side] = low[side].min(point[side]);
                high[side] = high[side].max(point[side]);
            }
        }
        let place = self.boxes.len();
        let middle = range.start + points.len() / 2;
        let whole = points.len() <= LEAF;
        if !whole {
            let side = usize::from(high[1] - low[1] > high[0] - low[0]);
            points.select_nth_unstable_by(points.len() / 2, |(a, i), (b, j)| {
                a[side].total_cmp(&b[side]).then(i.cmp(j))
            });
        }
        self.boxes.push(Region {
            low,
            high,
            points: range.clone(),
            halves: None,
        });
        if !whole {
            let halves = [self.split(range.start..middle), self.split(middle..range.end)];
            self.boxes[place].halves = Some(halves);
        }
        place
    }

    /// How far each point's `K`-th nearest other is, the distance being the greater of both differences; infinite
    /// where there are not as many. And how many points were looked at for all of them.
    pub(super) fn distances<const K: usize>(&self) -> (Vec<f64>, usize) {
        let mut distances = vec![f64::INFINITY; self.points.len()];
        let mut seen = 0;
        for &(point, place) in &self.points {
            let mut search = Search {
                point,
                place,
                nearest: [f64::INFINITY; K],
                seen: 0,
            };
            self.search(0, &mut search);
            distances[place] = search.nearest[K - 1];
            seen += search.seen;
        }
        (distances, seen)
    }

    fn search<const K: usize>(&self, place: usize, search: &mut Search<K>) {
        let within = &self.boxes[place];
        let Some(halves) = within.halves else {
            self.points[within.points.clone()]
                .iter()
                .for_each(|point| search.see(point));
            return;
        };
        let far = halves.map(|half| self.boxes[half].distance(search.point));
        let order = if far[0] <= far[1] { [0, 1] } else { [1, 0] };
        for half in order {
            if far[half] < search.nearest[K - 1] {
                self.search(halves[half], search);
            }
        }
    }
}

impl Region {
    /// How far the box is from a point; nothing for one within.
    fn distance(&self, point: Point) -> f64 {
        let side = |side: usize| (self.low[side] - point[side]).max(point[side] - self.high[side]);
        side(0).max(side(1)).max(0.0)
    }
}

impl<const K: usize> Search<K> {
    fn see(&mut self, &(other, place): &(Point, usize)) {
        self.seen += 1;
        if place == self.place {
            return;
        }
        let distance = (other[0] - self.point[0])
            .abs()
            .max((other[1] - self.point[1]).abs());
        let rank = self.nearest.partition_point(|known| *known <= distance);
        if rank < K {
            self.nearest[rank..].rotate_right(1);
            self.nearest[rank] = distance;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random;

    /// Numbers of which half are the same but for noise, as a column with many zeros is.
    fn half_tied(rows: usize, name: &str) -> Vec<f64> {
        let mut random = random::stream(1, &[name]);
        let value = |_| {
            let noise = 1e-10 * random.uniform();
            noise
                + if random.uniform() < 0.5 {
                    0.0
                } else {
                    random.uniform()
                }
        };
        (0..rows).map(value).collect()
    }

    #[test]
    fn neighbours_are_those_that_a_full_search_finds() {
        let mut steps = half_tied(300, "steps");
        steps.iter_mut().for_each(|value| *value = (*value * 4.0).floor());
        for (x, y) in [
            (half_tied(300, "x"), half_tied(300, "y")),
            (half_tied(300, "x"), steps.clone()),
            (steps.clone(), steps),
            (vec![1.0; 40], vec![2.0; 40]),
        ] {
            let (found, _) = Plane::new(&x, &y).distances::<3>();
            for at in 0..x.len() {
                let distance = |other: usize| (x[other] - x[at]).abs().max((y[other] - y[at]).abs());
                let mut all: Vec<f64> = (0..x.len()).filter(|other| *other != at).map(distance).collect();
                all.sort_by(f64::total_cmp);
                assert_eq!(found[at], all[2], "{at}");
            }
        }
    }

    #[test]
    fn equal_numbers_do_not_make_every_point_a_candidate() {
        let rows = 20_000;
        for (x, y) in [
            (half_tied(rows, "x"), half_tied(rows, "y")),
            (
                half_tied(rows, "x"),
                half_tied(rows, "y").iter().map(|v| v.round()).collect(),
            ),
            (vec![0.0; rows], vec![0.0; rows]),
        ] {
            let (_, seen) = Plane::new(&x, &y).distances::<3>();
            assert!(seen < rows * 200, "{seen} points were looked at");
        }
    }

    #[test]
    fn of_too_few_points_there_is_no_neighbour() {
        assert_eq!(
            Plane::new(&[1.0, 2.0], &[1.0, 2.0]).distances::<3>().0,
            [f64::INFINITY; 2]
        );
        assert!(Plane::new(&[], &[]).distances::<3>().0.is_empty());
    }
}
