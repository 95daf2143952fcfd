//! Minima of functions of one number by Brent's method: parabolas through the three best points, golden sections
//! where a parabola would not help. Needs no derivative.
//!
//! Source: Brent, "Algorithms for Minimization Without Derivatives", 1973, chapter 5. Starts, tolerances and
//! constants are those of `scipy.optimize.brent` and `fminbound`, so that both stop at the same place.

/// Evaluations after which a search ends with what it has.
const MOST: usize = 500;
/// The golden ratio, by which a bracket grows.
const GOLDEN_RATIO: f64 = 1.618_034;

/// Where `f` is least, sought downhill from two points; none if no bracket of a minimum is found.
pub(super) fn downhill(f: impl Fn(f64) -> f64, first: f64, second: f64) -> Option<f64> {
    let f = |x| number(f(x));
    let [a, middle, b] = bracket(&f, first, second)?;
    let search = Search {
        low: a.min(b),
        high: a.max(b),
        start: middle,
        golden: 0.381_966,
        relative: 1.48e-8,
        absolute: 1e-11,
    };
    Some(search.run(f))
}

/// Where `f` is least between two bounds, `low` below `high`.
pub(super) fn bounded(f: impl Fn(f64) -> f64, low: f64, high: f64) -> f64 {
    let golden = 0.5 * (3.0 - 5.0_f64.sqrt());
    let search = Search {
        low,
        high,
        start: low + golden * (high - low),
        golden,
        relative: 2.2e-16_f64.sqrt(),
        absolute: 1.48e-8 / 3.0,
    };
    search.run(|x| number(f(x)))
}

/// Where a function turns from falling to rising, by its slope, close to where a search that compares values has
/// ended: that search cannot tell places apart whose values differ by rounding only, and so ends some `√ε` beside the
/// minimum. `near` itself where the slope does not change its sign close by.
pub(super) fn level(slope: impl Fn(f64) -> f64, near: f64) -> f64 {
    let reach = 1e-6 * near.abs().max(1.0);
    let (mut low, mut high) = (near - reach, near + reach);
    let (mut falling, mut rising) = (slope(low), slope(high));
    if !(falling < 0.0 && rising > 0.0 && (rising - falling).is_finite()) {
        return near;
    }
    let mut last = near;
    // So close by the slope is all but a straight line, and each round doubles the digits.
    for _ in 0..8 {
        let x = (low - falling * (high - low) / (rising - falling)).clamp(low, high);
        let here = slope(x);
        if here == 0.0 || (x - last).abs() <= f64::EPSILON * x.abs() || here.is_nan() {
            return x;
        }
        last = x;
        if here < 0.0 {
            (low, falling) = (x, here);
        } else {
            (high, rising) = (x, here);
        }
    }
    last
}

/// What is no number is no minimum.
fn number(value: f64) -> f64 {
    if value.is_nan() { f64::INFINITY } else { value }
}

struct Search {
    low: f64,
    high: f64,
    start: f64,
    /// The share of the longer side that a golden step goes.
    golden: f64,
    relative: f64,
    absolute: f64,
}

/// A place and what the function is there.
#[derive(Clone, Copy)]
struct Point {
    x: f64,
    f: f64,
}

impl Search {
    fn run(self, f: impl Fn(f64) -> f64) -> f64 {
        let (mut low, mut high) = (self.low, self.high);
        let mut best = at(&f, self.start);
        let (mut second, mut third) = (best, best);
        let (mut step, mut before) = (0.0_f64, 0.0_f64);
        for _ in 0..MOST {
            let near = self.relative * best.x.abs() + self.absolute;
            let middle = 0.5 * (low + high);
            if (best.x - middle).abs() <= 2.0 * near - 0.5 * (high - low) {
                break;
            }
            let parabola = (before.abs() > near)
                .then(|| parabola(best, second, third))
                .filter(|step| step.within(best.x, low, high, before));
            if let Some(parabola) = parabola {
                before = step;
                step = parabola.numerator / parabola.denominator;
                let x = best.x + step;
                if x - low < 2.0 * near || high - x < 2.0 * near {
                    step = near.copysign(if middle >= best.x { 1.0 } else { -1.0 });
                }
            } else {
                before = if best.x >= middle {
                    low - best.x
                } else {
                    high - best.x
                };
                step = self.golden * before;
            }
            let new = at(
                &f,
                best.x + step.abs().max(near).copysign(if step < 0.0 { -1.0 } else { 1.0 }),
            );
            if new.f <= best.f {
                *(if new.x >= best.x { &mut low } else { &mut high }) = best.x;
                (third, second, best) = (second, best, new);
            } else {
                *(if new.x < best.x { &mut low } else { &mut high }) = new.x;
                if new.f <= second.f || second.x == best.x {
                    (third, second) = (second, new);
                } else if new.f <= third.f || third.x == best.x || third.x == second.x {
                    third = new;
                }
            }
        }
        best.x
    }
}

fn at(f: &impl Fn(f64) -> f64, x: f64) -> Point {
    Point { x, f: f(x) }
}

/// The step from the best point to the least of the parabola through three.
struct Parabola {
    numerator: f64,
    denominator: f64,
}

fn parabola(best: Point, second: Point, third: Point) -> Parabola {
    let r = (best.x - second.x) * (best.f - third.f);
    let q = (best.x - third.x) * (best.f - second.f);
    let numerator = (best.x - third.x) * q - (best.x - second.x) * r;
    let denominator = 2.0 * (q - r);
    Parabola {
        numerator: if denominator > 0.0 { -numerator } else { numerator },
        denominator: denominator.abs(),
    }
}

impl Parabola {
    /// Whether the step stays inside and is less than half the one before the last.
    fn within(&self, x: f64, low: f64, high: f64, before: f64) -> bool {
        self.numerator.abs() < (0.5 * self.denominator * before).abs()
            && self.numerator > self.denominator * (low - x)
            && self.numerator < self.denominator * (high - x)
    }
}

/// Three points of which the middle one is the least, found by steps that grow downhill.
fn bracket(f: &impl Fn(f64) -> f64, first: f64, second: f64) -> Option<[f64; 3]> {
    let (mut a, mut b) = (at(f, first), at(f, second));
    if a.f < b.f {
        (a, b) = (b, a);
    }
    let mut c = at(f, b.x + GOLDEN_RATIO * (b.x - a.x));
    for _ in 0..MOST {
        if c.f >= b.f {
            break;
        }
        let (left, right) = ((b.x - a.x) * (b.f - c.f), (b.x - c.x) * (b.f - a.f));
        let denominator = if (right - left).abs() < 1e-21 {
            2e-21
        } else {
            2.0 * (right - left)
        };
        let x = b.x - ((b.x - c.x) * right - (b.x - a.x) * left) / denominator;
        let farthest = b.x + 110.0 * (c.x - b.x);
        let mut new;
        if (x - c.x) * (b.x - x) > 0.0 {
            new = at(f, x);
            if new.f < c.f {
                (a, b) = (b, new);
                break;
            } else if new.f > b.f {
                c = new;
                break;
            }
            new = at(f, c.x + GOLDEN_RATIO * (c.x - b.x));
        } else if (x - farthest) * (farthest - c.x) >= 0.0 {
            new = at(f, farthest);
        } else if (x - farthest) * (c.x - x) > 0.0 {
            new = at(f, x);
            if new.f < c.f {
                (b, c) = (c, new);
                new = at(f, c.x + GOLDEN_RATIO * (c.x - b.x));
            }
        } else {
            new = at(f, c.x + GOLDEN_RATIO * (c.x - b.x));
        }
        (a, b, c) = (b, c, new);
    }
    let least = (b.f < c.f && b.f <= a.f) || (b.f < a.f && b.f <= c.f);
    let between = (a.x < b.x && b.x < c.x) || (c.x < b.x && b.x < a.x);
    let finite = [a.x, b.x, c.x].iter().all(|x| x.is_finite());
    (least && between && finite).then_some([a.x, b.x, c.x])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_of_a_parabola_is_found_from_far_away() {
        let x = downhill(|x| (x - 30.0).powi(2), -2.0, 2.0).unwrap();
        assert!((x - 30.0).abs() < 1e-6, "{x}");
        let x = bounded(|x| (x - 0.3).powi(2), -40.0, 40.0);
        assert!((x - 0.3).abs() < 1e-7, "{x}");
    }

    #[test]
    fn the_slope_tells_the_minimum_to_the_last_digits() {
        let slope = |x: f64| 2.0 * (x - 0.3) + (x - 0.3).powi(2);
        let found = level(slope, 0.3 + 3e-8);
        assert!((found - 0.3).abs() < 1e-16, "{found:e}");
        for none in [|_| 1.0, |_| f64::NAN, |x: f64| 0.3 - x] {
            assert_eq!(level(none, 0.3), 0.3);
        }
    }

    #[test]
    fn what_is_no_number_is_no_minimum_and_a_flat_function_has_none() {
        let x = bounded(|x| if x < 1.0 { f64::NAN } else { x.exp() }, -4.0, 4.0);
        assert!((1.0..1.001).contains(&x), "{x}");
        assert_eq!(downhill(|_| 1.0, -2.0, 2.0), None);
        assert_eq!(downhill(|x| -x, -2.0, 2.0), None);
    }

    /// `scipy.optimize.brent(f, brack=(-2, 2))` and `fminbound(f, -5, 5, xtol=1.48e-8)` of scipy 1.17.
    #[test]
    fn searches_end_where_those_of_scipy_do() {
        let f = |x: f64| (x - 0.7).cosh() + 0.1 * (3.0 * x).sin();
        assert!((downhill(f, -2.0, 2.0).unwrap() - 0.991696911357333).abs() < 1e-9);
        assert!((bounded(f, -5.0, 5.0) - 0.9916969249041276).abs() < 1e-9);
    }
}
