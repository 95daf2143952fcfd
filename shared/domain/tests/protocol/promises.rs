//! What every commit is held against: the promises that can be broken by it. The one that can be broken without a
//! commit, that everything ends, is for the search.

use domain::job::State;

use crate::{
    database::{Cause, Decided},
    rules::{Rules, Violation},
    world::{Checked, Told, World},
};

impl Rules {
    /// Holds a commit against what is promised, and notes what later ones are held against.
    pub(crate) fn check(&self, world: &mut World, cause: Cause, decided: &Decided) -> Checked {
        let (row, after) = (world.row, decided.after);
        let history = &mut world.history;
        if row.state.is_terminal() {
            return Err(Violation::EndedTwice);
        }
        if after.attempt < row.attempt {
            return Err(Violation::AttemptFell);
        }
        if after.event_no != history.events + u8::from(decided.entry) {
            return Err(Violation::EventNumber);
        }
        match cause {
            Cause::Claim(fence) if decided.entry => {
                if fence.attempt != row.attempt || ![0, fence.lease].contains(&history.granted) {
                    return Err(Violation::TwoLeases);
                }
                history.granted = fence.lease;
            }
            Cause::Told(telling) if telling.what == Told::Progress => {
                if std::mem::replace(&mut history.progress, true) {
                    return Err(Violation::ToldTwice);
                }
            }
            Cause::Told(telling) if after.state == State::Succeeded => {
                if telling.what != Told::Success || telling.fence != row.fence() {
                    return Err(Violation::ResultOfAnother);
                }
                if history.removed & 1 << telling.fence.lease != 0 {
                    return Err(Violation::ResultWithoutFiles);
                }
            }
            Cause::Expired(fence) => {
                let mut trainers = world.trainers.iter();
                if trainers.any(|trainer| trainer.fence == fence && trainer.is_well()) {
                    return Err(Violation::ExpiredAlive);
                }
            }
            Cause::Start | Cause::Claim(_) | Cause::Beat(_) | Cause::Told(_) => {}
            Cause::Deadline | Cause::Cancel => {}
        }
        if after.attempt != row.attempt {
            history.granted = 0;
            history.progress = false;
        }
        Ok(())
    }
}
