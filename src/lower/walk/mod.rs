//! The walk backwards from an end: which tensors it meets, in which state of its arrows, and what
//! each part of them is there. This is `val` of docs/language.md without values; lowering, the
//! unfolding and the checker all read from it, so that they cannot disagree.

mod settle;

use crate::hypothesis::{Arrow, End, EstimateKind, Hypothesis, Part, PathKind, Scheme};
use crate::lower::cells::{self, Bounds, Passing, add};
use crate::lower::map::row_shape;
use crate::lower::state::{Cell, Conflict, Entry, Ground, Live, Outcome, Reading, State, StateIx};
use crate::model::{NodeId, Region, TensorId};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The scheme of states that only look for conflicts.
const NOWHERE: usize = usize::MAX;

/// What is to be met, by the place of the producer.
type Waiting = BTreeMap<(Option<NodeId>, TensorId), Vec<(Entry, Region)>>;

/// What the walk knows of one tensor met in one way.
#[derive(Debug, Clone)]
struct Met {
    /// The box that is read.
    region: Region,
    cells: Vec<Cell>,
    /// Whether anything here or above is other than clean.
    alive: bool,
    /// Whether an arrow matches, a port is passed or a part is replaced here or above.
    claimed: bool,
}

/// The walk of one end.
#[derive(Debug)]
pub struct Walk<'a> {
    ground: Ground<'a>,
    pub arrows: Vec<&'a Arrow>,
    start: Vec<Part>,
    is_root: bool,
    schemes: Vec<Scheme>,
    ports: Vec<&'a [Part]>,
    replaced: Option<&'a Part>,
    /// By operator: the arrows whose terms it sums, and which of its inputs is the pattern.
    sums: BTreeMap<NodeId, Vec<(usize, usize)>>,
    states: Vec<State>,
    by_state: BTreeMap<State, StateIx>,
    met: BTreeMap<(TensorId, Entry), Met>,
    /// Where an arrow matched while another lived on.
    ghosts: Vec<(usize, usize, Part, StateIx)>,
    conflicts: Vec<Conflict>,
}

impl<'a> Walk<'a> {
    /// The walk of an end of a hypothesis, from all of its parts.
    #[must_use]
    pub fn of(ground: Ground<'a>, hypothesis: &'a Hypothesis, end: End) -> Walk<'a> {
        let start = match end.node() {
            Some(node) => hypothesis.node(node).parts.clone(),
            None => {
                let rank = |tensor: &TensorId| ground.map.dims[tensor.0 as usize].len();
                let whole = |tensor: &TensorId| Part { tensor: *tensor, region: Region::whole(rank(tensor)) };
                hypothesis.outputs.iter().map(whole).collect()
            }
        };
        Walk::from(ground, hypothesis, end, &start)
    }

    /// The same from some parts of it.
    #[must_use]
    pub fn from(ground: Ground<'a>, hypothesis: &'a Hypothesis, end: End, start: &[Part]) -> Walk<'a> {
        let node = end.node().map(|node| hypothesis.node(node));
        let ports = node.map_or(&[][..], |node| &node.ports);
        let estimate = node.and_then(|node| node.estimate.as_ref()).map(|estimate| &estimate.kind);
        let mut walk = Walk {
            ground,
            arrows: hypothesis.arrows_into(end).collect(),
            start: start.to_vec(),
            is_root: node.is_none(),
            schemes: std::iter::once(hypothesis.scheme(end)).chain(ports.iter().map(|(_, scheme)| *scheme)).collect(),
            ports: ports.iter().map(|(parts, _)| parts.as_slice()).collect(),
            replaced: match estimate {
                Some(EstimateKind::Changed { port, .. }) => Some(port),
                _ => None,
            },
            sums: BTreeMap::new(),
            states: Vec::new(),
            by_state: BTreeMap::new(),
            met: BTreeMap::new(),
            ghosts: Vec::new(),
            conflicts: Vec::new(),
        };
        walk.find_sums();
        walk.explore();
        walk.settle();
        walk
    }

    /// The walk of an estimate's own inputs: a node without arrows, one of whose ports is replaced.
    #[must_use]
    pub fn without_arrows(ground: Ground<'a>, hypothesis: &'a Hypothesis, end: End) -> Walk<'a> {
        let mut walk = Walk::of(ground, hypothesis, end);
        walk.arrows.clear();
        walk.ports.clear();
        walk.schemes = vec![Scheme::Any];
        walk.sums.clear();
        (walk.states, walk.by_state, walk.met) = (Vec::new(), BTreeMap::new(), BTreeMap::new());
        (walk.ghosts, walk.conflicts) = (Vec::new(), Vec::new());
        walk.explore();
        walk.settle();
        walk
    }

    /// What the walk begins at.
    #[must_use]
    pub fn start_parts(&self) -> Vec<Part> {
        self.start.clone()
    }

    #[must_use]
    pub fn state(&self, index: StateIx) -> &State {
        &self.states[index.0]
    }

    /// The cells of a tensor met in some way; empty if it is not met.
    #[must_use]
    pub fn cells(&self, tensor: TensorId, entry: Entry) -> &[Cell] {
        self.met.get(&(tensor, entry)).map_or(&[], |met| &met.cells)
    }

    /// The box of a tensor that is read there; `None` if it is not met.
    #[must_use]
    pub fn read(&self, tensor: TensorId, entry: Entry) -> Option<&Region> {
        self.met.get(&(tensor, entry)).map(|met| &met.region)
    }

    /// Whether anything at a tensor or above it is other than clean.
    #[must_use]
    pub fn is_alive(&self, tensor: TensorId, entry: Entry) -> bool {
        self.met.get(&(tensor, entry)).is_some_and(|met| met.alive)
    }

    /// What is alive below some operator's output, each before what reads it.
    #[must_use]
    pub fn alive_above(&self, node: Option<NodeId>) -> Vec<(TensorId, Entry)> {
        let producer = |tensor: TensorId| self.ground.map.graph.tensor(tensor).producer;
        let own = |entry: Entry| matches!(entry, Entry::In(state) if self.states[state.0].scheme != NOWHERE);
        let mut found: Vec<(TensorId, Entry)> = self
            .met
            .iter()
            .filter(|((tensor, entry), met)| met.alive && own(*entry) && producer(*tensor) < node)
            .map(|(key, _)| *key)
            .collect();
        found.sort_unstable_by_key(|(tensor, entry)| (producer(*tensor), *tensor, *entry));
        found
    }

    /// What an arrow's paths read of its source: boxes, which may overlap.
    pub fn sources(&self, arrow: usize) -> impl Iterator<Item = Part> + '_ {
        self.met.iter().flat_map(move |((tensor, _), met)| {
            let own = met.cells.iter().filter(move |cell| cell.outcome == Outcome::Source(arrow));
            own.map(|cell| Part { tensor: *tensor, region: cell.region.clone() })
        })
    }

    /// The components that schemes fill, each once for each scheme.
    #[must_use]
    pub fn components(&self) -> Vec<(Part, usize)> {
        let mut found: Vec<(Part, usize)> = Vec::new();
        for cell in self.met.values().filter(|met| met.alive).flat_map(|met| &met.cells) {
            if let Outcome::Component(part, scheme) = &cell.outcome
                && !found.contains(&(part.clone(), *scheme))
            {
                found.push((part.clone(), *scheme));
            }
        }
        found.sort();
        found
    }

    /// Arrows that claim the same path.
    #[must_use]
    pub fn conflicts(&self) -> &[Conflict] {
        &self.conflicts
    }

    /// How an operator's input is read when the operator is evaluated in a state: in one state, or
    /// term by term of an attention sum in several.
    #[must_use]
    pub fn readings(&self, node: NodeId, at: usize, state: StateIx) -> Vec<Reading> {
        self.reading_states(node, at, &self.states[state.0])
            .into_iter()
            .filter_map(|(state, terms)| Some(Reading { state: *self.by_state.get(&state)?, terms }))
            .collect()
    }

    /// The arrows whose terms an operator sums in a state, with the place of the pattern.
    fn summed(&self, node: NodeId, state: &State) -> Vec<(usize, usize)> {
        let all = self.sums.get(&node).map_or(&[][..], Vec::as_slice);
        all.iter().copied().filter(|(arrow, _)| state.arrows[*arrow] == Live::AtSum).collect()
    }

    fn reading_states(&self, node: NodeId, at: usize, state: &State) -> Vec<(State, Option<Arc<Vec<bool>>>)> {
        let summed = self.summed(node, state);
        let Some((_, pattern)) = summed.first() else { return vec![(state.clone(), None)] };
        let mut none = state.clone();
        summed.iter().for_each(|(arrow, _)| none.arrows[*arrow] = Live::Dead);
        if at == *pattern {
            return vec![(none, None)];
        }
        let mut found = Vec::new();
        for (subset, mask) in cells::subsets(&self.arrows, &summed) {
            let mut inside = none.clone();
            for arrow in subset {
                let gated = !self.arrows[arrow].gates.is_empty();
                inside.arrows[arrow] = if gated { Live::AtGate } else { Live::Open };
            }
            found.push((inside, Some(Arc::new(mask))));
        }
        found
    }

    fn find_sums(&mut self) {
        for (index, arrow) in self.arrows.iter().enumerate() {
            let Some(terms) = &arrow.terms else { continue };
            for (node, at) in cells::sums_of(self.ground.map, terms.pattern) {
                self.sums.entry(node).or_default().push((index, at));
            }
        }
    }

    fn intern(&mut self, state: State) -> StateIx {
        if let Some(known) = self.by_state.get(&state) {
            return *known;
        }
        let index = StateIx(self.states.len());
        self.states.push(state.clone());
        self.by_state.insert(state, index);
        index
    }

    /// Whether a scheme fills component by component.
    fn by_component(&self, scheme: usize) -> bool {
        matches!(self.schemes.get(scheme), Some(Scheme::Apart | Scheme::Mean(_) | Scheme::Constant(_)))
    }

    /// Whether a walk in this state has anything to look for above.
    fn looks_on(&self, state: &State) -> bool {
        let arrows = state.arrows.iter().any(|live| *live != Live::Dead);
        arrows || state.scheme != NOWHERE && (!self.ports.is_empty() || self.replaced.is_some())
    }

    /// Meets every tensor, from the end upwards.
    fn explore(&mut self) {
        // By the place of the producer, so that all readers of a tensor come before it.
        let mut open: Waiting = BTreeMap::new();
        let producer = |tensor: TensorId| self.ground.map.graph.tensor(tensor).producer;
        for part in &self.start {
            let entries = open.entry((producer(part.tensor), part.tensor)).or_default();
            add(entries, Entry::Start, part.region.clone());
        }
        while let Some(((node, tensor), entries)) = open.pop_last() {
            for (entry, region) in entries {
                for (input, state, part) in self.meet(node, tensor, entry, region) {
                    let above = self.ground.map.graph.tensor(input).producer;
                    add(open.entry((above, input)).or_default(), Entry::In(state), part);
                }
            }
        }
    }

    /// Takes a tensor in, and gives what is to be met above it.
    fn meet(
        &mut self,
        node: Option<NodeId>,
        tensor: TensorId,
        entry: Entry,
        region: Region,
    ) -> Vec<(TensorId, StateIx, Region)> {
        let mut above = Vec::new();
        let mut cells = Vec::new();
        let shape = row_shape(self.ground.map, tensor);
        // The hull of what several operators read may be all of an axis.
        let region = region.normal(&shape);
        for piece in cells::split(&region, &self.boundaries(tensor, entry), &shape) {
            let at = Part { tensor, region: piece.clone() };
            let (outcome, on) = self.cell(&at, entry);
            for state in on {
                above.extend(node.into_iter().flat_map(|node| self.above(node, tensor, &piece, &state)));
            }
            let outcome = match outcome {
                Passing::Outcome(outcome) => outcome,
                Passing::On(state) => Outcome::Computed(self.intern(state)),
            };
            cells.push(Cell { region: piece, outcome });
        }
        self.met.insert((tensor, entry), Met { region, cells, alive: false, claimed: false });
        above.into_iter().map(|(input, state, part)| (input, self.intern(state), part)).collect()
    }

    /// What an operator reads to compute a box of its output in a state.
    fn above(&self, node: NodeId, tensor: TensorId, piece: &Region, state: &State) -> Vec<(TensorId, State, Region)> {
        let mut found = Vec::new();
        let operator = self.ground.map.graph.node(node);
        for (at, input) in operator.inputs.iter().enumerate() {
            let Some(input) = input.filter(|input| self.ground.map.live[input.0 as usize]) else { continue };
            let Some(part) = self.ground.dependence.input(node, tensor, piece, at) else { continue };
            let readings = self.reading_states(node, at, state);
            found.extend(readings.into_iter().map(|(state, _)| (input, state, part.clone())));
        }
        found
    }

    /// Every box along whose border outcomes can change.
    fn boundaries(&self, tensor: TensorId, entry: Entry) -> Vec<Region> {
        let mut found = Bounds::new(tensor);
        let state = match entry {
            Entry::Start => self.first_state(),
            Entry::In(state) => self.states[state.0].clone(),
        };
        for (arrow, _) in self.arrows.iter().zip(&state.arrows).filter(|(_, live)| **live != Live::Dead) {
            if entry == Entry::Start {
                found.extend(&arrow.target);
            }
            found.extend(&arrow.source);
            found.extend(&arrow.gates);
            found.extend(&arrow.except);
        }
        if state.scheme != NOWHERE {
            self.ports.iter().for_each(|parts| found.extend(parts));
        }
        found.extend(self.replaced.into_iter().cloned().collect::<Vec<_>>().as_slice());
        for region in self.ground.map.components.get(&tensor).into_iter().flatten() {
            found.push(region.clone());
        }
        found.into_regions()
    }

    fn first_state(&self) -> State {
        let first = |arrow: &&Arrow| match (&arrow.terms, arrow.gates.is_empty()) {
            (Some(_), _) => Live::AtSum,
            (None, false) => Live::AtGate,
            (None, true) => Live::Open,
        };
        State { arrows: self.arrows.iter().map(first).collect(), scheme: 0 }
    }

    /// What a piece is, and the states in which the walk goes on above it: its own, and for the
    /// arrows that a match ends, one each to see whether they would have found anything.
    fn cell(&mut self, at: &Part, entry: Entry) -> (Passing, Vec<State>) {
        let mut state = match entry {
            Entry::Start => self.first_state(),
            Entry::In(state) => self.states[state.0].clone(),
        };
        if entry == Entry::Start {
            self.enter_target(at, &mut state);
            if !self.is_root {
                return self.pass_on(at, state, false);
            }
        }
        if self.replaced.is_some_and(|port| port.tensor == at.tensor && port.region.contains(&at.region)) {
            return (Passing::Outcome(Outcome::Replaced), Vec::new());
        }
        self.pass_gates(at, &mut state);
        let found: Vec<usize> = (0..self.arrows.len())
            .filter(|arrow| state.arrows[*arrow] == Live::Open && cells::holds(&self.arrows[*arrow].source, at))
            .collect();
        let is_component = self.component(at).is_some() && entry != Entry::Start;
        if let Some(first) = found.first() {
            return self.matched(at, *first, &found, state, is_component);
        }
        self.kill(at, &mut state, is_component);
        self.pass_on(at, state, is_component)
    }

    /// Arrows into other parts of the target do not begin here.
    fn enter_target(&self, at: &Part, state: &mut State) {
        for (arrow, live) in self.arrows.iter().zip(&mut state.arrows) {
            if !arrow.target.is_empty() && !cells::holds(&arrow.target, at) {
                *live = Live::Dead;
            }
        }
    }

    fn pass_gates(&self, at: &Part, state: &mut State) {
        for (arrow, live) in self.arrows.iter().zip(&mut state.arrows) {
            if *live == Live::AtGate && cells::holds(&arrow.gates, at) {
                *live = Live::Open;
            }
        }
        // Of two ports on one path the one that is nearer to the inputs decides.
        if state.scheme != NOWHERE
            && let Some(port) = self.ports.iter().position(|parts| cells::holds(parts, at))
        {
            state.scheme = port + 1;
        }
    }

    /// Entering a component ends direct arrows, and every arrow that excludes it.
    fn kill(&self, at: &Part, state: &mut State, is_component: bool) {
        for (arrow, live) in self.arrows.iter().zip(&mut state.arrows) {
            let closed = is_component && arrow.paths == PathKind::Direct;
            if closed || cells::holds(&arrow.except, at) {
                *live = Live::Dead;
            }
        }
    }

    fn matched(
        &mut self,
        at: &Part,
        first: usize,
        found: &[usize],
        mut state: State,
        is_component: bool,
    ) -> (Passing, Vec<State>) {
        if state.scheme == NOWHERE {
            return (Passing::Outcome(Outcome::Source(first)), Vec::new());
        }
        for other in found.iter().skip(1) {
            self.conflicts.push(Conflict { arrow: first, other: *other, at: at.clone() });
        }
        self.kill(at, &mut state, is_component);
        let mut on = Vec::new();
        for other in (0..self.arrows.len()).filter(|other| *other != first && !found.contains(other)) {
            if state.arrows[other] != Live::Dead {
                let mut alone = State { arrows: vec![Live::Dead; self.arrows.len()], scheme: NOWHERE };
                alone.arrows[other] = state.arrows[other];
                let index = self.intern(alone.clone());
                on.push(alone);
                self.ghosts.push((first, other, at.clone(), index));
            }
        }
        (Passing::Outcome(Outcome::Source(first)), on)
    }

    fn pass_on(&self, at: &Part, state: State, is_component: bool) -> (Passing, Vec<State>) {
        let on = self.looks_on(&state);
        let by_component = self.by_component(state.scheme);
        if by_component
            && is_component
            && !on
            && let Some(part) = self.component(at)
        {
            return (Passing::Outcome(Outcome::Component(part, state.scheme)), Vec::new());
        }
        if on || by_component {
            return (Passing::On(state.clone()), vec![state]);
        }
        (Passing::Outcome(Outcome::Clean(state.scheme)), Vec::new())
    }

    /// The component that a piece lies in; pieces never cross its border.
    fn component(&self, at: &Part) -> Option<Part> {
        let regions = self.ground.map.components.get(&at.tensor)?;
        let region = regions.iter().find(|region| region.contains(&at.region))?;
        Some(Part { tensor: at.tensor, region: region.clone() })
    }
}
