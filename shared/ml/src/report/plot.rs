//! A figure in two dimensions: axes, lines, dots and bars as SVG.

use std::fmt::Write as _;

use super::text::{count, escape};

const WIDTH: f64 = 330.0;
const HEIGHT: f64 = 270.0;
const LEFT: f64 = 52.0;
const RIGHT: f64 = 10.0;
const TOP: f64 = 8.0;
const BOTTOM: f64 = 38.0;

/// How many colours the style has for series.
pub(super) const COLOURS: usize = 8;

/// A direction.
pub(super) struct Axis<'a> {
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) label: &'a str,
}

impl<'a> Axis<'a> {
    /// From 0 to 1.
    pub(super) fn share(label: &'a str) -> Self {
        Self {
            low: 0.0,
            high: 1.0,
            label,
        }
    }

    /// One that holds these values, with some room beyond them.
    pub(super) fn holding(label: &'a str, values: impl Iterator<Item = f64>) -> Self {
        let around = |(low, high): (f64, f64), value: f64| (low.min(value), high.max(value));
        let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), around);
        let room = match (high - low) * 0.04 {
            room if room.is_finite() && room > 0.0 => room,
            _ if low.is_finite() => low.abs().max(1.0) * 0.5,
            _ => return Self::share(label),
        };
        Self {
            low: low - room,
            high: high + room,
            label,
        }
    }

    fn place(&self, value: f64) -> f64 {
        (value - self.low) / (self.high - self.low)
    }

    /// The step between ticks: 1, 2 or 5 times a power of ten, so that there are about five.
    fn step(&self) -> f64 {
        let rough = (self.high - self.low) / 5.0;
        let power = 10f64.powf(rough.log10().floor());
        let steps = [1.0, 2.0, 5.0, 10.0].map(|step| step * power);
        steps
            .into_iter()
            .find(|step| *step >= rough * 0.999)
            .unwrap_or(rough)
    }

    fn ticks(&self) -> Vec<(f64, String)> {
        let step = self.step();
        let decimals = (-step.log10().floor()).clamp(0.0, 12.0) as usize;
        let largest = self.low.abs().max(self.high.abs());
        let (first, last) = ((self.low / step).ceil(), (self.high / step + 1e-9).floor());
        let shown = |value: f64| match largest {
            wide if !(1e-4..1e6).contains(&wide) => format!("{value:.1e}").replace('-', "−"),
            thousands if thousands >= 1e4 => count(value),
            _ if value == 0.0 => "0".to_owned(),
            _ => format!("{value:.decimals$}").replace('-', "−"),
        };
        let number = ((last - first).clamp(0.0, 20.0) as u32) + 1;
        let tick = |at: u32| (first + f64::from(at)) * step;
        (0..number).map(tick).map(|value| (value, shown(value))).collect()
    }
}

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
        for (value, shown) in self.y.ticks() {
            let y = self.at(self.x.low, value).1;
            _ = write!(
                self.body,
                "<path class=\"grid\" d=\"M{left} {y:.1}H{right}\"/><text x=\"{:.0}\" y=\"{:.1}\" text-anchor=\"end\">{shown}</text>",
                left - 6.0,
                y + 3.5
            );
        }
        for (value, shown) in self.x.ticks() {
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
            escape(self.x.label),
            (TOP + bottom) / 2.0,
            escape(self.y.label),
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
