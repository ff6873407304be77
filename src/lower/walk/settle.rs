//! The second half of a walk, from the top downwards: what is alive, and which arrows conflict.

use super::Walk;
use crate::hypothesis::Part;
use crate::lower::state::{Cell, Conflict, Entry, Outcome, StateIx};
use crate::model::{NodeId, TensorId};

impl Walk<'_> {
    /// From the top downwards: what is alive; computed cells with nothing alive above are clean.
    pub(super) fn settle(&mut self) {
        let graph = self.ground.map.graph;
        let mut order: Vec<(Option<NodeId>, TensorId, Entry)> =
            self.met.keys().map(|(tensor, entry)| (graph.tensor(*tensor).producer, *tensor, *entry)).collect();
        order.sort_unstable();
        for (node, tensor, entry) in order {
            let Some(mut met) = self.met.remove(&(tensor, entry)) else { continue };
            for cell in &mut met.cells {
                let Outcome::Computed(state) = cell.outcome else { continue };
                let above = node.is_some_and(|node| self.is_alive_above(node, state));
                if !above {
                    let at = Part { tensor, region: cell.region.clone() };
                    let scheme = self.states[state.0].scheme;
                    let component = self.component(&at).filter(|_| entry != Entry::Start && self.by_component(scheme));
                    cell.outcome = component.map_or(Outcome::Clean(scheme), |part| Outcome::Component(part, scheme));
                }
            }
            // A value on another datum than the end's own is not what a clean tensor holds.
            let clean = |cell: &Cell| matches!(cell.outcome, Outcome::Clean(scheme) if scheme == self.scheme_of(entry));
            met.alive = !met.cells.iter().all(clean);
            self.met.insert((tensor, entry), met);
        }
        self.find_conflicts();
    }

    fn scheme_of(&self, entry: Entry) -> usize {
        match entry {
            Entry::Start => 0,
            Entry::In(state) => self.states[state.0].scheme,
        }
    }

    fn is_alive_above(&self, node: NodeId, state: StateIx) -> bool {
        let operator = self.ground.map.graph.node(node);
        operator.inputs.iter().enumerate().filter_map(|(at, input)| Some((at, (*input)?))).any(|(at, input)| {
            let readings = self.readings(node, at, state);
            readings.iter().any(|reading| self.is_alive(input, Entry::In(reading.state)))
        })
    }

    fn find_conflicts(&mut self) {
        for (arrow, other, at, alone) in std::mem::take(&mut self.ghosts) {
            let Some(node) = self.ground.map.graph.tensor(at.tensor).producer else { continue };
            let meets = self.alive_above_box(node, &at, alone);
            let known = |conflict: &Conflict| conflict.arrow == arrow && conflict.other == other;
            if meets && !self.conflicts.iter().any(known) {
                self.conflicts.push(Conflict { arrow, other, at });
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
