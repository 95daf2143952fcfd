//! The job protocol, every interleaving of it: the real state machine in a model of everything around it, searched
//! to the end. What the search shows is only worth as much as what it would find, so each mechanism is also taken
//! out once, and must be missed.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod database;
mod decisions;
mod mutants;
mod nats;
mod promises;
mod row;
mod rules;
mod search;
mod service;
mod settings;
mod steps;
mod trainers;
mod world;

use rules::{Mutant, Rules, Setting};
use search::{Counterexample, Explored};
use steps::Steps;
use world::World;

/// Explores a setting, with one mechanism taken out or none.
fn search(setting: Setting, mutant: Option<Mutant>) -> Result<Explored, Box<Counterexample>> {
    let rules = Rules::new(setting, mutant);
    let next = |world: &World| {
        let mut steps = Steps {
            world,
            next: Vec::new(),
        };
        database::steps(&rules, &mut steps);
        nats::steps(&rules, &mut steps);
        service::steps(&rules, &mut steps);
        trainers::steps(&rules, &mut steps);
        steps.next
    };
    search::explore(World::first(&rules), next, World::has_ended)
}
