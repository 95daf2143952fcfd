//! The search: every world that can be reached from the first, breadth first, and whether each of them can still end
//! well. Breadth first, so that what goes wrong is shown in the fewest steps.

use std::{
    collections::{BTreeMap, HashMap, VecDeque, hash_map::Entry},
    rc::Rc,
};

use crate::{rules::Violation, world::World};

/// More worlds than any setting should need: past this the setting is wrong.
const LIMIT: usize = 3_000_000;

/// One thing that can happen next.
pub(crate) struct Next {
    pub(crate) step: &'static str,
    /// Whether it can be relied on to happen: no fault, and nobody's choice.
    pub(crate) fair: bool,
    pub(crate) to: Result<World, Violation>,
}

/// What a whole search found.
#[derive(Debug)]
pub(crate) struct Explored {
    pub(crate) states: usize,
    /// How often each step was taken.
    pub(crate) steps: BTreeMap<&'static str, usize>,
    /// How many worlds ended well, by the state of the job.
    pub(crate) ends: BTreeMap<&'static str, usize>,
    /// Whether one of them has no fault left.
    pub(crate) spent: bool,
}

/// What went wrong, and the way there.
#[derive(Debug)]
pub(crate) struct Counterexample {
    pub(crate) violation: Violation,
    pub(crate) trace: Vec<String>,
}

/// Explores everything behind `first`. `ended` tells the worlds in which nothing is left to do.
///
/// Fair steps alone must lead from every world to an ended one. As there are finitely many worlds, a run in which
/// every step that stays possible is taken some day then ends, whatever the order.
pub(crate) fn explore(
    first: World,
    next: impl Fn(&World) -> Vec<Next>,
    ended: impl Fn(&World) -> bool,
) -> Result<Explored, Box<Counterexample>> {
    let mut graph = Graph::default();
    graph.visit(first, (0, "begin"));
    let mut at = 0;
    while let Some(world) = graph.worlds.get(at).map(Rc::clone) {
        for Next { step, fair, to } in next(&world) {
            *graph.steps.entry(step).or_default() += 1;
            match to {
                Ok(to) => {
                    let to = graph.visit(to, (at, step));
                    if fair && to != at {
                        graph.fair.push((to, at));
                    }
                }
                Err(violation) => {
                    let mut trace = graph.trace(at);
                    trace.push(step.to_owned());
                    return Err(Box::new(Counterexample { violation, trace }));
                }
            }
        }
        at += 1;
    }
    graph.all_end(ended)
}

#[derive(Default)]
struct Graph {
    known: HashMap<Rc<World>, usize>,
    worlds: Vec<Rc<World>>,
    /// How each world was reached first.
    from: Vec<(usize, &'static str)>,
    /// Fair steps, backwards.
    fair: Vec<(usize, usize)>,
    steps: BTreeMap<&'static str, usize>,
}

impl Graph {
    fn visit(&mut self, world: World, from: (usize, &'static str)) -> usize {
        let number = self.worlds.len();
        match self.known.entry(Rc::new(world)) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(new) => {
                assert!(number < LIMIT, "more than {LIMIT} worlds");
                self.worlds.push(Rc::clone(new.key()));
                self.from.push(from);
                *new.insert(number)
            }
        }
    }

    fn trace(&self, mut at: usize) -> Vec<String> {
        let mut trace = Vec::new();
        while at != 0 {
            let (before, step) = self.from[at];
            trace.push(format!("{step}: {:?}", self.worlds[at]));
            at = before;
        }
        trace.reverse();
        trace
    }

    /// Goes backwards from the worlds that have ended; whoever is not met is stuck.
    fn all_end(mut self, ended: impl Fn(&World) -> bool) -> Result<Explored, Box<Counterexample>> {
        self.fair.sort_unstable();
        let (mut ends, mut spent) = (BTreeMap::new(), false);
        let mut good = vec![false; self.worlds.len()];
        let mut todo = VecDeque::new();
        for (number, world) in self.worlds.iter().enumerate().filter(|(_, world)| ended(world)) {
            *ends.entry(world.row.state.as_str()).or_default() += 1;
            spent |= world.left.is_spent();
            good[number] = true;
            todo.push_back(number);
        }
        while let Some(to) = todo.pop_front() {
            let first = self.fair.partition_point(|(end, _)| *end < to);
            for (_, from) in self.fair[first..].iter().take_while(|(end, _)| *end == to) {
                if !good[*from] {
                    good[*from] = true;
                    todo.push_back(*from);
                }
            }
        }
        match good.iter().position(|good| !good) {
            None => Ok(Explored {
                states: self.worlds.len(),
                steps: self.steps,
                ends,
                spent,
            }),
            Some(stuck) => Err(Box::new(Counterexample {
                violation: Violation::Stuck,
                trace: self.trace(stuck),
            })),
        }
    }
}
