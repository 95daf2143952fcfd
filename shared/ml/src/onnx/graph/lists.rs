//! Lists, tensors `[n]` whose length is known at run time only, and what is done along the first direction of a tensor.

use super::{Element, Graph, Value};
use crate::onnx::attribute::{int, text};

/// Beyond the end of any tensor.
const END: i64 = i64::MAX;

impl Graph {
    /// A whole number `[]`.
    pub(crate) fn scalar(&mut self, number: i64) -> Value {
        self.longs(&[], [number])
    }

    /// A list of one whole number.
    pub(crate) fn single(&mut self, number: i64) -> Value {
        self.longs(&[1], [number])
    }

    /// How long a tensor is in a direction, `[1]`.
    pub(crate) fn length(&mut self, value: &Value, axis: i64) -> Value {
        let directions = vec![int("start", axis), int("end", axis + 1)];
        self.op_with("Shape", &[value], directions)
    }

    /// What a list of one holds, `[]`.
    pub(crate) fn only(&mut self, list: &Value) -> Value {
        let axis = self.single(0);
        self.op("Squeeze", [list, &axis])
    }

    /// One list after the other, or any tensors in their first direction.
    pub(crate) fn chained<const N: usize>(&mut self, lists: [&Value; N]) -> Value {
        self.op_with("Concat", &lists, vec![int("axis", 0)])
    }

    /// 0, 1, … of a length `[1]`.
    pub(crate) fn counting(&mut self, length: &Value) -> Value {
        let [zero, one] = [0, 1].map(|number| self.scalar(number));
        let length = self.only(length);
        self.op("Range", [&zero, &length, &one])
    }

    /// A number over and over, of a length `[1]`.
    pub(crate) fn filled(&mut self, length: &Value, number: i64) -> Value {
        let number = self.single(number);
        self.op("Expand", [&number, length])
    }

    /// At each place the sum of the numbers up to it, its own included.
    pub(crate) fn sums(&mut self, list: &Value) -> Value {
        let axis = self.scalar(0);
        self.op("CumSum", [list, &axis])
    }

    /// At each place the sum of the numbers before it.
    pub(crate) fn sums_before(&mut self, list: &Value) -> Value {
        let sums = self.sums(list);
        self.op("Sub", [&sums, list])
    }

    /// The number, from 0, of the run that each place is in: what is true begins one. −1 before the first.
    pub(crate) fn runs(&mut self, begins: &Value) -> Value {
        let begins = self.cast(begins, Element::Long);
        let (count, one) = (self.sums(&begins), self.single(1));
        self.op("Sub", [&count, &one])
    }

    /// What a tensor holds where a list of truths holds.
    pub(crate) fn kept(&mut self, value: &Value, truths: &Value) -> Value {
        self.op_with("Compress", &[value, truths], vec![int("axis", 0)])
    }

    /// What a tensor holds from a place `[1]` to before another, in a direction.
    pub(crate) fn between(&mut self, value: &Value, from: &Value, to: &Value, axis: i64) -> Value {
        let axis = self.single(axis);
        self.op("Slice", [value, from, to, &axis])
    }

    /// What a tensor holds from a place `[1]` on.
    pub(crate) fn tail(&mut self, value: &Value, from: &Value) -> Value {
        let end = self.single(END);
        self.between(value, from, &end, 0)
    }

    /// What a tensor holds before a place `[1]`, from the end if that is negative.
    pub(crate) fn head(&mut self, value: &Value, to: &Value) -> Value {
        let start = self.single(0);
        self.between(value, &start, to, 0)
    }

    /// A list with other numbers at these places.
    pub(crate) fn put(&mut self, list: &Value, places: &Value, numbers: &Value) -> Value {
        self.op_with("ScatterElements", &[list, places, numbers], vec![int("axis", 0)])
    }

    /// A list of a length `[1]` with the sum of what belongs to each place.
    pub(crate) fn totals(&mut self, length: &Value, places: &Value, numbers: &Value) -> Value {
        let zeros = self.filled(length, 0);
        let add = vec![int("axis", 0), text("reduction", "add")];
        self.op_with("ScatterElements", &[&zeros, places, numbers], add)
    }

    /// The greatest of a list, `[1]`.
    pub(crate) fn greatest(&mut self, list: &Value) -> Value {
        let axis = self.single(0);
        self.op("ReduceMax", [list, &axis])
    }

    /// `[n]` becomes `[n, 1]`.
    pub(crate) fn upright(&mut self, list: &Value) -> Value {
        let axis = self.single(1);
        self.op("Unsqueeze", [list, &axis])
    }

    /// Any tensor's values as a list, row after row.
    pub(crate) fn listed(&mut self, value: &Value) -> Value {
        let all = self.single(-1);
        self.op("Reshape", [value, &all])
    }
}
