//! The steps out of a world, as everybody in it adds theirs.

use crate::{
    rules::Fault,
    search::Next,
    world::{Checked, World},
};

/// Collects what can happen next.
pub(crate) struct Steps<'a> {
    pub(crate) world: &'a World,
    pub(crate) next: Vec<Next>,
}

impl Steps<'_> {
    /// A step that will be taken if it stays possible.
    pub(crate) fn fair(&mut self, step: &'static str, change: impl FnOnce(&mut World) -> Checked) {
        self.push(step, true, self.world.clone(), change);
    }

    /// A step that may be taken.
    pub(crate) fn free(&mut self, step: &'static str, change: impl FnOnce(&mut World) -> Checked) {
        self.push(step, false, self.world.clone(), change);
    }

    /// A step that may be taken as often as the fault may happen.
    pub(crate) fn fault(
        &mut self,
        fault: Fault,
        step: &'static str,
        change: impl FnOnce(&mut World) -> Checked,
    ) {
        if let Some(left) = self.world.left.take(fault) {
            let mut world = self.world.clone();
            world.left = left;
            self.push(step, false, world, change);
        }
    }

    fn push(
        &mut self,
        step: &'static str,
        fair: bool,
        mut to: World,
        change: impl FnOnce(&mut World) -> Checked,
    ) {
        let to = change(&mut to).map(|()| {
            to.canonical();
            to
        });
        self.next.push(Next { step, fair, to });
    }
}
