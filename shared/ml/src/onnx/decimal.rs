//! Numbers with fractions written as texts: with the fewest digits that read back as the same number, and of those the
//! nearest to it, as [`texts`](crate::frame::texts) writes them. ONNX leaves open how its own cast writes them; here the
//! digits are found by whole numbers, which come out the same everywhere.
//!
//! The method is Raffaello Giulietti's ("The Schubfach way to render doubles", 2021). A number c·2^q is read back from all
//! between the points halfway to its neighbours. With 10^k the greatest power of ten that is no longer than this interval,
//! at least one multiple of 10^k lies in it, and at most one of 10^(k+1), which is then the shortest. Number and bounds
//! are taken in fourths of 10^k, whole but for a last bit that says whether there is a rest.

mod powers;

use super::{Element, Graph, Value, int};
use powers::{LEAST, LIMB_BITS, LIMBS, Powers};

/// The exponents of numbers whose significand has all its bits; numbers below have the least of them.
const EXPONENTS: [i32; 2] = [-1022, 1023];
/// The bits of a significand behind its first.
const FRACTION_BITS: i32 = 52;
/// The digits that are needed at most.
const MOST_DIGITS: u32 = 17;
/// The zeros that stand before the digits of the least number, at most.
const MOST_ZEROS: i64 = 340;
/// Zeros that are written at a time.
const ZEROS: i64 = 32;

impl Graph {
    /// Numbers as texts, both `[N, 1]`; empty where missing.
    pub(crate) fn spelled(&mut self, numbers: &Value) -> Value {
        let (missing, infinite) = (self.op("IsNaN", [numbers]), self.op("IsInf", [numbers]));
        let (zero, one) = (self.number(0.0), self.number(1.0));
        let is_zero = self.op("Equal", [numbers, &zero]);
        let plain = self.op("Or", [&missing, &infinite]);
        let plain = self.op("Or", [&plain, &is_zero]);
        let size = self.op("Abs", [numbers]);
        let size = self.choose(&plain, &one, &size);
        let (significands, exponents) = self.binary(&size);
        let (digits, powers) = self.shortest(&significands, &exponents);
        let text = self.positional(&digits, &powers);

        let [zeros, infinities, minus, nothing] =
            ["0", "inf", "-", ""].map(|text| self.texts(&[1, 1], [text]));
        let text = self.choose(&is_zero, &zeros, &text);
        let text = self.choose(&infinite, &infinities, &text);
        let inverse = self.op("Reciprocal", [numbers]);
        let [below, below_zero] = [numbers, &inverse].map(|value| self.op("Less", [value, &zero]));
        let negative = self.op("Or", [&below, &below_zero]);
        let sign = self.choose(&negative, &minus, &nothing);
        let text = self.op("StringConcat", [&sign, &text]);
        self.choose(&missing, &nothing, &text)
    }

    /// c and q of numbers above 0.
    fn binary(&mut self, size: &Value) -> (Value, Value) {
        let [least, greatest] = EXPONENTS;
        let scales = (least..=greatest).map(|exponent| 2_f64.powi(-exponent));
        let scales = self.doubles(&[(greatest - least + 1) as usize], scales);
        let [one, two] = [1.0, 2.0].map(|number| self.number(number));
        let scaled = |graph: &mut Self, exponent: &Value| {
            let place = graph.plus(exponent, -i64::from(least));
            let scale = graph.gather(&scales, &place);
            graph.op("Mul", [size, &scale])
        };
        let bounded = |graph: &mut Self, exponent: &Value| {
            let [least, greatest] = EXPONENTS.map(|bound| graph.whole(bound.into()));
            let bounded = graph.op("Max", [exponent, &least]);
            graph.op("Min", [&bounded, &greatest])
        };
        // The logarithm may be off by one.
        let (logarithm, unit) = (self.op("Log", [size]), self.number(std::f64::consts::LN_2));
        let exponent = self.op("Div", [&logarithm, &unit]);
        let exponent = self.op("Floor", [&exponent]);
        let exponent = self.cast(&exponent, Element::Long);
        let exponent = bounded(self, &exponent);
        let first = scaled(self, &exponent);
        let (high, low) = (
            self.op("GreaterOrEqual", [&first, &two]),
            self.op("Less", [&first, &one]),
        );
        let [high, low] = [high, low].map(|off| self.cast(&off, Element::Long));
        let exponent = self.op("Add", [&exponent, &high]);
        let exponent = self.op("Sub", [&exponent, &low]);
        let exponent = bounded(self, &exponent);
        let unit = self.number(2_f64.powi(FRACTION_BITS));
        let significand = scaled(self, &exponent);
        let significand = self.op("Mul", [&significand, &unit]);
        let significand = self.cast(&significand, Element::Long);
        (significand, self.plus(&exponent, -i64::from(FRACTION_BITS)))
    }

    /// The digits and the power of ten behind them of numbers c·2^q.
    fn shortest(&mut self, significands: &Value, exponents: &Value) -> (Value, Value) {
        let first = self.whole(1 << FRACTION_BITS);
        let least = self.whole(i64::from(EXPONENTS[0] - FRACTION_BITS));
        // The next number below a power of two is half as far.
        let is_first = self.op("Equal", [significands, &first]);
        let has_closer = self.op("Greater", [exponents, &least]);
        let closer = self.op("And", [&is_first, &has_closer]);
        let closer = self.cast(&closer, Element::Long);
        let power = self.power(exponents, &closer);
        let (below, fourths, above) = self.fourths(significands, exponents, &closer, &power);

        // Numbers with an odd significand are not read back from the bounds themselves.
        let odd = self.rest(significands, 2);
        let (lower, upper) = (self.op("Add", [&below, &odd]), self.op("Sub", [&above, &odd]));
        let floor = self.over(&fourths, 4);
        let tens = self.over(&floor, 10);
        let (is_short, short) = self.only_one(&tens, 40, &lower, &upper);
        let long_enough = self.whole(10);
        let long_enough = self.op("GreaterOrEqual", [&floor, &long_enough]);
        let is_short = self.op("And", [&is_short, &long_enough]);
        let (is_clear, clear) = self.only_one(&floor, 4, &lower, &upper);
        let half = self.times(&floor, 4);
        let half = self.plus(&half, 2);
        let (is_above, is_half) = (
            self.op("Greater", [&fourths, &half]),
            self.op("Equal", [&fourths, &half]),
        );
        let floor_odd = self.rest(&floor, 2);
        let up = self.cast(&is_half, Element::Long);
        let up = self.op("Mul", [&up, &floor_odd]);
        let is_above = self.cast(&is_above, Element::Long);
        let up = self.op("Add", [&up, &is_above]);
        let nearest = self.op("Add", [&floor, &up]);
        let digits = self.choose(&is_clear, &clear, &nearest);
        let digits = self.choose(&is_short, &short, &digits);
        let more = self.cast(&is_short, Element::Long);
        let power = self.op("Add", [&power, &more]);
        self.without_zeros(digits, power)
    }

    /// k: the greatest with 10^k ≤ 2^q, or ≤ ¾·2^q where the next number below is closer. The factors are log₁₀ 2 and
    /// −log₁₀ ¾ in units of 2^−22, close enough for all exponents of doubles.
    fn power(&mut self, exponents: &Value, closer: &Value) -> Value {
        const ABOVE_ZERO: i64 = 400;
        let (two, closer) = (self.times(exponents, 1_262_611), self.times(closer, 524_031));
        let logarithm = self.op("Sub", [&two, &closer]);
        let logarithm = self.plus(&logarithm, ABOVE_ZERO << 22);
        let power = self.over(&logarithm, 1 << 22);
        self.plus(&power, -ABOVE_ZERO)
    }

    /// The bound below, the number, and the bound above, in fourths of 10^k: whole, and made odd where there is a rest.
    fn fourths(
        &mut self,
        significands: &Value,
        exponents: &Value,
        closer: &Value,
        power: &Value,
    ) -> (Value, Value, Value) {
        let Powers {
            limbs,
            exponents: shifts,
        } = Powers::all();
        let place = self.plus(power, -LEAST);
        let table = |graph: &mut Self, list: Vec<i64>| {
            let table = graph.longs(&[list.len()], list);
            graph.gather(&table, &place)
        };
        let limbs = limbs.map(|limb| table(self, limb));
        let shift = table(self, shifts);
        let shift = self.op("Add", [exponents, &shift]);
        let shift = self.plus(&shift, 1);
        let doublings = self.longs(&[5], (0..5).map(|bits| 1 << bits));
        let doublings = self.gather(&doublings, &shift);

        let (apart, raised) = (self.longs(&[1, 3], [-2, 0, 2]), self.longs(&[1, 3], [1, 0, 0]));
        let raised = self.op("Mul", [closer, &raised]);
        let three = self.times(significands, 4);
        let three = self.op("Add", [&three, &apart]);
        let three = self.op("Add", [&three, &raised]);
        let three = self.op("Mul", [&three, &doublings]);
        let factors = [
            self.rest(&three, 1 << LIMB_BITS),
            self.over(&three, 1 << LIMB_BITS),
        ];
        let product = self.high_product(&limbs, &factors);
        let mut at = |place: i64| {
            let place = self.longs(&[1], [place]);
            self.op_with("Gather", &[&product, &place], vec![int("axis", 1)])
        };
        (at(0), at(1), at(2))
    }

    /// The product of five parts by two, without its five lowest parts: made odd if there is anything in the upper three
    /// of them. What is in the lower two comes from the rounding of powers of ten.
    fn high_product(&mut self, limbs: &[Value; LIMBS], [low, high]: &[Value; 2]) -> Value {
        let mut carry = self.op("Mul", [&limbs[0], low]);
        let mut rest = self.whole(0);
        carry = self.over(&carry, 1 << LIMB_BITS);
        for place in 1..LIMBS {
            let (one, other) = (
                self.op("Mul", [&limbs[place], low]),
                self.op("Mul", [&limbs[place - 1], high]),
            );
            let sum = self.op("Add", [&one, &other]);
            let sum = self.op("Add", [&sum, &carry]);
            carry = self.over(&sum, 1 << LIMB_BITS);
            if place > 1 {
                let part = self.rest(&sum, 1 << LIMB_BITS);
                rest = self.op("Add", [&rest, &part]);
            }
        }
        let product = self.op("Mul", [&limbs[LIMBS - 1], high]);
        let product = self.op("Add", [&product, &carry]);
        let zero = self.whole(0);
        let is_inexact = self.op("Greater", [&rest, &zero]);
        let even = self.rest(&product, 2);
        let is_even = self.op("Equal", [&even, &zero]);
        let odd = self.op("And", [&is_inexact, &is_even]);
        let odd = self.cast(&odd, Element::Long);
        self.op("Add", [&product, &odd])
    }

    /// Of a number and the next, the one within bounds; and whether it is only one. The bounds are in so many parts of 1.
    fn only_one(&mut self, floor: &Value, parts: i64, lower: &Value, upper: &Value) -> (Value, Value) {
        let this = self.times(floor, parts);
        let next = self.plus(&this, parts);
        let (this, next) = (
            self.op("LessOrEqual", [lower, &this]),
            self.op("LessOrEqual", [&next, upper]),
        );
        let only = self.op("Xor", [&this, &next]);
        let next = self.cast(&next, Element::Long);
        (only, self.op("Add", [floor, &next]))
    }

    /// Digits without zeros at their end.
    fn without_zeros(&mut self, mut digits: Value, mut power: Value) -> (Value, Value) {
        let zero = self.whole(0);
        for count in [16, 8, 4, 2, 1] {
            let unit = 10_i64.pow(count);
            let rest = self.rest(&digits, unit);
            let divides = self.op("Equal", [&rest, &zero]);
            let fewer = self.over(&digits, unit);
            digits = self.choose(&divides, &fewer, &digits);
            let divides = self.cast(&divides, Element::Long);
            let more = self.times(&divides, count.into());
            power = self.op("Add", [&power, &more]);
        }
        (digits, power)
    }

    /// Digits times a power of ten, without an exponent.
    fn positional(&mut self, digits: &Value, power: &Value) -> Value {
        let (zero, most) = (self.whole(0), self.whole(i64::from(MOST_DIGITS) + 1));
        let behind = self.op("Neg", [power]);
        let behind = self.op("Max", [&behind, &zero]);
        let units = self.op("Min", [&behind, &most]);
        let table = self.longs(
            &[MOST_DIGITS as usize + 2],
            (0..=MOST_DIGITS + 1).map(|count| 10_i64.pow(count)),
        );
        let units = self.gather(&table, &units);
        let whole = self.op("Div", [digits, &units]);
        let fraction = self.op("Mul", [&whole, &units]);
        let fraction = self.op("Sub", [digits, &fraction]);

        let tens = self.longs(
            &[1, MOST_DIGITS as usize],
            (0..MOST_DIGITS).map(|count| 10_i64.pow(count)),
        );
        let reached = self.op("GreaterOrEqual", [&fraction, &tens]);
        let reached = self.cast(&reached, Element::Long);
        let length = self.reduce("ReduceSum", &reached);
        let before = self.op("Sub", [&behind, &length]);
        let after = self.op("Max", [power, &zero]);
        let zeros = self.op("Add", [&before, &after]);
        let zeros = self.zeros(&zeros);

        let is_whole = self.op("Equal", [&behind, &zero]);
        let [point, nothing] = [".", ""].map(|text| self.texts(&[1, 1], [text]));
        let point = self.choose(&is_whole, &nothing, &point);
        let fraction = self.cast(&fraction, Element::Text);
        let fraction = self.choose(&is_whole, &nothing, &fraction);
        let whole = self.cast(&whole, Element::Text);
        [point, zeros, fraction]
            .iter()
            .fold(whole, |text, next| self.op("StringConcat", [&text, next]))
    }

    /// So many zeros.
    fn zeros(&mut self, count: &Value) -> Value {
        let written = |graph: &mut Self, unit: i64, most: i64, count: Value| {
            let texts = (0..=most).map(|count| "0".repeat((count * unit) as usize));
            let table = graph.texts(&[most as usize + 1], texts);
            graph.gather(&table, &count)
        };
        let (blocks, rest) = (self.over(count, ZEROS), self.rest(count, ZEROS));
        let blocks = written(self, ZEROS, MOST_ZEROS / ZEROS, blocks);
        let rest = written(self, 1, ZEROS - 1, rest);
        self.op("StringConcat", [&blocks, &rest])
    }

    /// A whole number that goes with every row, `[1, 1]`.
    fn whole(&mut self, number: i64) -> Value {
        self.longs(&[1, 1], [number])
    }

    fn with_whole(&mut self, op: &str, value: &Value, number: i64) -> Value {
        let number = self.whole(number);
        self.op(op, [value, &number])
    }

    fn plus(&mut self, value: &Value, number: i64) -> Value {
        self.with_whole("Add", value, number)
    }

    fn times(&mut self, value: &Value, number: i64) -> Value {
        self.with_whole("Mul", value, number)
    }

    /// A quotient's whole part, of numbers that are not negative.
    fn over(&mut self, value: &Value, number: i64) -> Value {
        self.with_whole("Div", value, number)
    }

    /// What a division leaves, likewise.
    fn rest(&mut self, value: &Value, number: i64) -> Value {
        self.with_whole("Mod", value, number)
    }
}
