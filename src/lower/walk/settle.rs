//! The second half of a walk, from the top downwards: what is alive, and which arrows conflict.

use super::{Met, Walk};
use crate::hypothesis::Part;
use crate::lower::state::{Cell, Conflict, Entry, Outcome, StateIx};
use crate::model::{NodeId, TensorId};
use std::collections::BTreeSet;

impl Walk<'_> {
    /// From the top downwards: what is alive; computed cells with nothing alive above are clean.
    pub(super) fn settle(&mut self) {
        let graph = self.ground.map.graph;
        let mut order: Vec<(Option<NodeId>, TensorId, Entry)> =
            self.met.keys().map(|(tensor, entry)| (graph.tensor(*tensor).producer, *tensor, *entry)).collect();
        order.sort_unstable();
        for (node, tensor, entry) in order {
            let Some(mut met) = self.met.remove(&(tensor, entry)) else { continue };
            let own = self.scheme_of(entry);
            for cell in &mut met.cells {
                let Outcome::Computed(state) = cell.outcome else { continue };
                let alive = node.is_some_and(|node| self.is_above(node, state, &|met| met.alive));
                let claimed = node.is_some_and(|node| self.is_above(node, state, &|met| met.claimed));
                let at = Part { tensor, region: cell.region.clone() };
                let scheme = self.states[state.0].scheme;
                let component = self.component(&at).filter(|_| entry != Entry::Start && self.by_component(scheme));
                match component {
                    // Off every claimed path a scheme fills a component, whatever is filled above it.
                    Some(part) if !claimed => cell.outcome = Outcome::Component(part, scheme),
                    _ if !alive => cell.outcome = Outcome::Clean(scheme),
                    _ => met.claimed |= claimed || scheme != own,
                }
            }
            // A value on another datum than the end's own is not what a clean tensor holds.
            let clean = |cell: &Cell| matches!(cell.outcome, Outcome::Clean(scheme) if scheme == own);
            met.alive = !met.cells.iter().all(clean);
            met.claimed |= met.cells.iter().any(|cell| match cell.outcome {
                Outcome::Source(_) | Outcome::Replaced => true,
                Outcome::Clean(scheme) | Outcome::Component(_, scheme) => scheme != own,
                Outcome::Computed(_) => false,
            });
            self.met.insert((tensor, entry), met);
        }
        self.find_conflicts();
        self.forget();
    }

    /// Forgets what is met only above values that turned out not to be computed.
    fn forget(&mut self) {
        let mut needed: BTreeSet<(TensorId, Entry)> = BTreeSet::new();
        let mut open: Vec<(TensorId, Entry)> = self.start.iter().map(|part| (part.tensor, Entry::Start)).collect();
        while let Some((tensor, entry)) = open.pop() {
            let Some(met) = self.met.get(&(tensor, entry)).filter(|_| needed.insert((tensor, entry))) else { continue };
            let Some(node) = self.ground.map.graph.tensor(tensor).producer else { continue };
            for cell in &met.cells {
                let Outcome::Computed(state) = cell.outcome else { continue };
                for (at, input) in self.ground.map.graph.node(node).inputs.iter().enumerate() {
                    let readings = self.readings(node, at, state);
                    let read = |input: TensorId| readings.iter().map(move |reading| (input, Entry::In(reading.state)));
                    open.extend(input.iter().flat_map(|input| read(*input)));
                }
            }
        }
        self.met.retain(|key, _| needed.contains(key));
    }

    fn scheme_of(&self, entry: Entry) -> usize {
        match entry {
            Entry::Start => 0,
            Entry::In(state) => self.states[state.0].scheme,
        }
    }

    /// Whether anything that an operator reads in a state is so.
    fn is_above(&self, node: NodeId, state: StateIx, so: &dyn Fn(&Met) -> bool) -> bool {
        let operator = self.ground.map.graph.node(node);
        operator.inputs.iter().enumerate().filter_map(|(at, input)| Some((at, (*input)?))).any(|(at, input)| {
            let readings = self.readings(node, at, state);
            readings.iter().any(|reading| self.met.get(&(input, Entry::In(reading.state))).is_some_and(so))
        })
    }

    fn find_conflicts(&mut self) {
        for (arrow, other, at, alone) in std::mem::take(&mut self.ghosts) {
            let Some(node) = self.ground.map.graph.tensor(at.tensor).producer else { continue };
            let meets = self.alive_above_box(node, &at, alone);
            let conflict = Conflict { arrow, other, at };
            if meets && !self.conflicts.contains(&conflict) {
                self.conflicts.push(conflict);
            }
        }
    }

    fn alive_above_box(&self, node: NodeId, at: &Part, state: StateIx) -> bool {
        let read = self.above(node, at.tensor, &at.region, &self.states[state.0]);
        read.into_iter().any(|(input, state, _)| {
            self.by_state.get(&state).is_some_and(|state| self.is_alive(input, Entry::In(*state)))
        })
    }
}
