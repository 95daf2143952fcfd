//! Jobs as they run, on standard error: a bar for each on a terminal, plain lines elsewhere, JSON lines on
//! standard output for programs.

mod bars;
mod lines;

use std::io::{self, IsTerminal};

use anyhow::Result;
use messages::v1::{JobEvent, TrainingJob};
use prost_types::Duration;

use crate::output::{Output, note};

pub(crate) use bars::Bars;
pub(crate) use lines::Lines;

/// Shows what happens to jobs, which are known by their place in a list.
pub(crate) trait Display {
    /// Something happened to the job at this place.
    fn event(&mut self, job: usize, event: &JobEvent) -> Result<()>;

    /// Something else is worth knowing.
    fn note(&mut self, text: &str) {
        note(text);
    }

    /// The least time between two reports of progress that is worth a report; all are if none is given.
    fn pace(&self) -> Option<Duration> {
        None
    }
}

/// The display that suits standard error.
pub(crate) fn for_people(jobs: &[TrainingJob]) -> Box<dyn Display> {
    if io::stderr().is_terminal() {
        Box::new(Bars::new(jobs))
    } else {
        Box::new(Lines::new(jobs))
    }
}

/// Every event as a line of JSON on standard output.
pub(crate) struct JsonLines<'a>(pub(crate) &'a mut Output);

impl Display for JsonLines<'_> {
    fn event(&mut self, _: usize, event: &JobEvent) -> Result<()> {
        self.0.json_line(&super::json::event(event))
    }
}
