//! A figure in two dimensions: axes, lines, dots and bars as SVG.

use std::fmt::Write as _;

use super::{axis::Axis, text::escape};

const WIDTH: f64 = 330.0;
const HEIGHT: f64 = 270.0;
const LEFT: f64 = 52.0;
const RIGHT: f64 = 10.0;
const TOP: f64 = 8.0;
const BOTTOM: f64 = 38.0;

/// How many colours the style has for series.
pub(super) const COLOURS: usize = 8;

/// A figure that is being drawn.
pub(super) struct Plot<'a> {
    x: Axis<'a>,
    y: Axis<'a>,
    body: String,
}

impl<'a> Plot<'a> {
    /// One with nothing in it but its axes.
    pub(super) fn new(x: Axis<'a>, y: Axis<'a>) -> Self {
        let mut plot = Self {
            x,
            y,
            body: String::new(),
        };
        plot.axes();
        plot
    }

    fn at(&self, x: f64, y: f64) -> (f64, f64) {
        (
            LEFT + self.x.place(x) * (WIDTH - LEFT - RIGHT),
            HEIGHT - BOTTOM - self.y.place(y) * (HEIGHT - TOP - BOTTOM),
        )
    }

    fn axes(&mut self) {
        let (left, right, bottom) = (LEFT, WIDTH - RIGHT, HEIGHT - BOTTOM);
        let [across, up] = [&self.x, &self.y].map(Axis::ticks);
        for (value, shown) in up.places {
            let y = self.at(self.x.low, value).1;
            _ = write!(
                self.body,
                "<path class=\"grid\" d=\"M{left} {y:.1}H{right}\"/><text x=\"{:.0}\" y=\"{:.1}\" text-anchor=\"end\">{shown}</text>",
                left - 6.0,
                y + 3.5
            );
        }
        for (value, shown) in across.places {
            let x = self.at(value, self.y.low).0;
            _ = write!(
                self.body,
                "<path class=\"grid\" d=\"M{x:.1} {TOP}V{bottom}\"/><text x=\"{x:.1}\" y=\"{:.0}\" text-anchor=\"middle\">{shown}</text>",
                bottom + 14.0
            );
        }
        _ = write!(
            self.body,
            "<text class=\"axis\" x=\"{:.0}\" y=\"{:.0}\" text-anchor=\"middle\">{}</text>\
             <text class=\"axis\" transform=\"translate(11 {:.0})rotate(-90)\" text-anchor=\"middle\">{}</text>",
            (left + right) / 2.0,
            HEIGHT - 6.0,
            escape(&across.label),
            (TOP + bottom) / 2.0,
            escape(&up.label),
        );
    }

    /// A line through points; those that fall on the one before are left out.
    pub(super) fn line(&mut self, class: &str, points: impl IntoIterator<Item = (f64, f64)>) {
        let mut path = String::new();
        let mut before = String::new();
        for (x, y) in points {
            let (x, y) = self.at(x, y);
            let point = format!("{x:.1} {y:.1}");
            if point != before {
                path.push(if path.is_empty() { 'M' } else { 'L' });
                path += &point;
                before = point;
            }
        }
        _ = write!(self.body, "<path class=\"{class}\" d=\"{path}\"/>");
    }

    /// A dot of a radius at each point.
    pub(super) fn dots(&mut self, class: &str, points: impl IntoIterator<Item = (f64, f64, f64)>) {
        _ = write!(self.body, "<g class=\"{class}\">");
        for (x, y, radius) in points {
            let (x, y) = self.at(x, y);
            _ = write!(
                self.body,
                "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius:.1}\"/>"
            );
        }
        self.body += "</g>";
    }

    /// Bars from 0 up, each from an x to another.
    pub(super) fn columns(&mut self, class: &str, columns: impl IntoIterator<Item = (f64, f64, f64)>) {
        _ = write!(self.body, "<g class=\"{class}\">");
        for (from, to, y) in columns {
            let ((left, top), (right, bottom)) = (self.at(from, y), self.at(to, 0.0));
            let (width, height) = ((right - left - 0.6).max(0.4), bottom - top);
            _ = write!(
                self.body,
                "<rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{height:.1}\"/>"
            );
        }
        self.body += "</g>";
    }

    /// The figure with its title, what it says to those who do not see it, and what is to be read below it.
    pub(super) fn figure(self, title: &str, below: &str) -> String {
        format!(
            "<figure>\n<figcaption>{title}</figcaption>\n<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{title}\">{}</svg>\n{below}</figure>\n",
            self.body
        )
    }
}
