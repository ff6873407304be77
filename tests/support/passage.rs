//! Which paths an end's arrows take: the walk of `val` from an end backwards over the model,
//! element by element, as DESIGN.md section 2.3 writes it, without any values.
//!
//! At an element, met on the way up in a state: arrows that wait for it as a gate open; a port's
//! scheme takes over; an open arrow whose source it lies in ends the walk there. Otherwise a
//! component there ends direct arrows, and what an arrow excepts ends that arrow; then the operator
//! that computes the element is evaluated, its inputs met in the state that is left.

use super::case::{Case, Component};
use ansatz::hypothesis::{Arrow, End, EstimateKind, Hypothesis, Part, PathKind, Scheme};
use ansatz::model::{NodeId, TensorId};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// How far an arrow's paths have come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// No path of it leads here.
    Dead,
    /// Its paths have to pass the attention sum whose terms it claims.
    Terms,
    /// Its paths have to pass a gate.
    Gate,
    Open,
}

/// What is known on the way up: the stage of each arrow, and the scheme of what none reaches (0 is
/// the end's own, the others those of its ports).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct State {
    pub arrows: Vec<Stage>,
    pub scheme: usize,
}

/// Where an element's value comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// An arrow's source, by the arrow's place among those into the end.
    Source(usize),
    /// A component, by its place in the case, that a scheme fills by itself.
    Component(usize, usize),
    /// The port that an estimate replaces.
    Replaced,
    /// The operator, its inputs met in a state.
    Operator(State),
}

/// Elements of a tensor by where their values come from; `None` for all of it.
pub type Cells = Vec<(Outcome, Option<Vec<bool>>)>;

/// How a tensor is met.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Meeting {
    /// As the end itself.
    Start,
    /// On the way up.
    Above(State),
}

/// What an operator reads term by term.
#[derive(Debug, Clone)]
pub struct BySet {
    /// The input that holds the pattern, and the one that holds the values.
    pub pattern: usize,
    pub values: usize,
    /// Disjoint sets of terms (by place within a row of the pattern), and how the values are read
    /// for them.
    pub sets: Vec<(Vec<bool>, State)>,
}

/// The walk of one end.
pub struct Passage<'a> {
    pub case: &'a Case,
    pub end: End,
    pub arrows: Vec<&'a Arrow>,
    /// The end's own scheme and those of its ports.
    pub schemes: Vec<(&'a [Part], Scheme)>,
    pub replaced: Option<&'a Part>,
    outputs: &'a [TensorId],
    cells: RefCell<BTreeMap<(TensorId, Meeting), Rc<Cells>>>,
    alive: RefCell<BTreeMap<(TensorId, State), bool>>,
}

impl<'a> Passage<'a> {
    pub fn new(case: &'a Case, hypothesis: &'a Hypothesis, end: End) -> Passage<'a> {
        let node = end.node().map(|node| hypothesis.node(node));
        let mut schemes: Vec<(&[Part], Scheme)> = vec![(&[], hypothesis.scheme(end))];
        for (parts, scheme) in node.into_iter().flat_map(|node| &node.ports) {
            schemes.push((parts, *scheme));
        }
        let replaced = node.and_then(|node| node.estimate.as_ref()).and_then(|estimate| match &estimate.kind {
            EstimateKind::Changed { port, .. } => Some(port),
            EstimateKind::Expression(_) => None,
        });
        Passage {
            case,
            end,
            arrows: hypothesis.arrows_into(end).collect(),
            schemes,
            replaced,
            outputs: &hypothesis.outputs,
            cells: RefCell::default(),
            alive: RefCell::default(),
        }
    }

    /// The same without arrows, all else on the end's own datum: an estimate.
    pub fn estimate(case: &'a Case, hypothesis: &'a Hypothesis, end: End) -> Passage<'a> {
        let with = Passage::new(case, hypothesis, end);
        Passage { arrows: Vec::new(), schemes: vec![(&[], Scheme::Exact)], ..with }
    }

    /// The elements of a tensor by where their values come from.
    pub fn cells(&self, tensor: TensorId, meeting: &Meeting) -> Rc<Cells> {
        let key = (tensor, meeting.clone());
        if let Some(known) = self.cells.borrow().get(&key) {
            return known.clone();
        }
        let found = Rc::new(self.cells_anew(tensor, meeting));
        self.cells.borrow_mut().insert(key, found.clone());
        found
    }

    fn cells_anew(&self, tensor: TensorId, meeting: &Meeting) -> Cells {
        if !self.case.is_by_row(tensor) {
            let Meeting::Above(state) = meeting else { unreachable!("ends have their rows along axis 0") };
            return vec![(Outcome::Operator(self.settled(tensor, state.clone())), None)];
        }
        let shape = self.case.shape(tensor);
        let size: usize = shape.iter().skip(1).product();
        let mut found: BTreeMap<Outcome, Vec<bool>> = BTreeMap::new();
        for place in 0..size {
            let outcome = match meeting {
                Meeting::Start => self.start(tensor, &index(&shape, place)),
                Meeting::Above(state) => self.above(tensor, &index(&shape, place), state),
            };
            found.entry(outcome).or_insert_with(|| vec![false; size])[place] = true;
        }
        let all = found.len() == 1;
        found.into_iter().map(|(outcome, places)| (outcome, if all { None } else { Some(places) })).collect()
    }

    /// An element of the end itself.
    fn start(&self, tensor: TensorId, at: &[usize]) -> Outcome {
        let state = self.first_state(tensor, at);
        let state = match self.end {
            End::Node(_) => state,
            End::Root => match self.passed(tensor, at, &state) {
                Err(outcome) => return outcome,
                Ok(state) => state,
            },
        };
        Outcome::Operator(self.settled(tensor, state))
    }

    /// The state at an element of the end, before anything is passed.
    pub(super) fn first_state(&self, tensor: TensorId, at: &[usize]) -> State {
        let first = |arrow: &&Arrow| match (arrow.terms.is_some(), arrow.gates.is_empty()) {
            _ if !arrow.target.is_empty() && !holds(&arrow.target, tensor, at) => Stage::Dead,
            (true, _) => Stage::Terms,
            (false, false) => Stage::Gate,
            (false, true) => Stage::Open,
        };
        State { arrows: self.arrows.iter().map(first).collect(), scheme: 0 }
    }

    /// An element on the way up.
    fn above(&self, tensor: TensorId, at: &[usize], state: &State) -> Outcome {
        let state = match self.passed(tensor, at, state) {
            Err(outcome) => return outcome,
            Ok(state) => state,
        };
        let state = self.settled(tensor, self.entered(tensor, at, state));
        match self.component(tensor, at) {
            Some(component) if self.fills(state.scheme) && !self.is_alive(tensor, &state) => {
                Outcome::Component(component, state.scheme)
            }
            _ => Outcome::Operator(state),
        }
    }

    /// The component that an element lies in.
    pub fn component(&self, tensor: TensorId, at: &[usize]) -> Option<usize> {
        let own = |component: &Component| component.tensor == tensor && inside(&component.region, at);
        self.case.components.iter().position(own)
    }

    /// Entering a component ends direct arrows; what an arrow excepts ends it.
    pub(super) fn entered(&self, tensor: TensorId, at: &[usize], mut state: State) -> State {
        let component = self.component(tensor, at);
        for (stage, arrow) in state.arrows.iter_mut().zip(&self.arrows) {
            let stopped = component.is_some() && arrow.paths == PathKind::Direct;
            if stopped || holds(&arrow.except, tensor, at) {
                *stage = Stage::Dead;
            }
        }
        state
    }

    /// Gates, ports and sources at an element.
    fn passed(&self, tensor: TensorId, at: &[usize], state: &State) -> Result<State, Outcome> {
        let mut state = self.gated(tensor, at, state);
        if let Some(port) = self.schemes.iter().position(|(parts, _)| holds(parts, tensor, at)) {
            state.scheme = port;
        }
        if self.replaced.is_some_and(|port| port.tensor == tensor && inside(&port.region, at)) {
            return Err(Outcome::Replaced);
        }
        match self.matched(tensor, at, &state).first() {
            Some(arrow) => Err(Outcome::Source(*arrow)),
            None => Ok(state),
        }
    }

    /// Arrows that wait for an element as a gate open.
    pub(super) fn gated(&self, tensor: TensorId, at: &[usize], state: &State) -> State {
        let mut state = state.clone();
        for (stage, arrow) in state.arrows.iter_mut().zip(&self.arrows) {
            if *stage == Stage::Gate && holds(&arrow.gates, tensor, at) {
                *stage = Stage::Open;
            }
        }
        state
    }

    /// The open arrows whose source an element lies in.
    pub(super) fn matched(&self, tensor: TensorId, at: &[usize], state: &State) -> Vec<usize> {
        let own = |arrow: &usize| state.arrows[*arrow] == Stage::Open && holds(&self.arrows[*arrow].source, tensor, at);
        (0..self.arrows.len()).filter(own).collect()
    }

    /// Whether a scheme fills components one by one.
    pub fn fills(&self, scheme: usize) -> bool {
        matches!(self.schemes[scheme].1, Scheme::Apart | Scheme::Mean(_) | Scheme::Constant(_))
    }

    /// A state with its arrows dead if none of them can match above.
    fn settled(&self, tensor: TensorId, state: State) -> State {
        if self.is_alive(tensor, &state) {
            return state;
        }
        State { arrows: vec![Stage::Dead; state.arrows.len()], ..state }
    }

    /// Whether an arrow can match, a port is passed, or something is replaced above a tensor.
    pub fn is_alive(&self, tensor: TensorId, state: &State) -> bool {
        let key = (tensor, state.clone());
        if let Some(known) = self.alive.borrow().get(&key) {
            return *known;
        }
        let found = self.is_alive_anew(tensor, state);
        self.alive.borrow_mut().insert(key, found);
        found
    }

    fn is_alive_anew(&self, tensor: TensorId, state: &State) -> bool {
        if state.arrows.iter().all(|stage| *stage == Stage::Dead) && self.schemes.len() == 1 && self.replaced.is_none()
        {
            return false;
        }
        let Some(node) = self.case.graph.tensor(tensor).producer else { return false };
        self.read(node, state).into_iter().any(|(input, state)| {
            self.cells(input, &Meeting::Above(state.clone())).iter().any(|(outcome, _)| match outcome {
                Outcome::Source(_) | Outcome::Replaced => true,
                Outcome::Component(_, scheme) => *scheme != state.scheme,
                Outcome::Operator(above) => above.scheme != state.scheme || self.is_alive(input, above),
            })
        })
    }

    /// The inputs of an operator that depend on data, with the states they are met in.
    pub fn read(&self, node: NodeId, state: &State) -> Vec<(TensorId, State)> {
        let by_set = self.by_set(node, state);
        let mut found = Vec::new();
        for (at, input) in self.case.graph.node(node).inputs.iter().enumerate() {
            let Some(input) = input.filter(|input| self.case.is_live(*input)) else { continue };
            match &by_set {
                Some(by_set) if by_set.values == at => {
                    found.extend(by_set.sets.iter().map(|(_, state)| (input, state.clone())));
                }
                _ => found.push((input, state.clone())),
            }
        }
        found
    }

    /// How an operator is split into terms, if arrows that claim some wait for it.
    pub fn by_set(&self, node: NodeId, state: &State) -> Option<BySet> {
        let node = self.case.graph.node(node);
        if !matches!(node.op.as_str(), "MatMul" | "Einsum") {
            return None;
        }
        let origins: Vec<TensorId> = node.inputs.iter().flatten().map(|input| self.origin(*input)).collect();
        let waiting = |(stage, arrow): (&Stage, &&'a Arrow)| {
            let terms = arrow.terms.as_ref().filter(|_| *stage == Stage::Terms)?;
            origins.contains(&terms.pattern).then_some(terms)
        };
        let terms: Vec<_> = state.arrows.iter().zip(&self.arrows).map(waiting).collect();
        let first = terms.iter().flatten().next()?;
        let pattern = origins.iter().position(|origin| *origin == first.pattern)?;
        let shape = self.case.shape(first.pattern);
        let mut sets: BTreeMap<Vec<bool>, Vec<bool>> = BTreeMap::new();
        let size: usize = shape.iter().skip(1).product();
        for place in 0..size {
            let at = index(&shape, place);
            let term = at[first.query] * shape[first.key] + at[first.key];
            let set: Vec<bool> = terms.iter().map(|terms| terms.is_some_and(|terms| terms.claimed[term])).collect();
            sets.entry(set).or_insert_with(|| vec![false; size])[place] = true;
        }
        let moved = |set: Vec<bool>| {
            let stages =
                state.arrows.iter().zip(&terms).zip(set).map(|((stage, terms), claimed)| match (terms, claimed) {
                    (None, _) => *stage,
                    (Some(_), true) => Stage::Gate,
                    (Some(_), false) => Stage::Dead,
                });
            State { arrows: stages.collect(), scheme: state.scheme }
        };
        let sets = sets.into_iter().map(|(set, places)| (places, moved(set))).collect();
        Some(BySet { pattern, values: 1 - pattern, sets })
    }

    /// The tensor behind operators that hand their input on.
    fn origin(&self, tensor: TensorId) -> TensorId {
        match self.case.graph.producer(tensor) {
            Some(node) if matches!(node.op.as_str(), "Identity" | "Cast" | "Dropout") => {
                node.input(0).map_or(tensor, |input| self.origin(input))
            }
            // Constants in some places.
            Some(node) if node.op == "Where" => match [node.input(1), node.input(2)] {
                [Some(kept), Some(other)] | [Some(other), Some(kept)]
                    if !self.case.is_live(other) && self.case.shape(kept) == self.case.shape(tensor) =>
                {
                    self.origin(kept)
                }
                _ => tensor,
            },
            _ => tensor,
        }
    }

    /// Every tensor and meeting on the walk from some tensors, with its cells.
    pub fn everything(&self, start: &BTreeSet<TensorId>) -> Vec<(TensorId, Meeting, Rc<Cells>)> {
        let mut seen: BTreeSet<(TensorId, Meeting)> = BTreeSet::new();
        let mut open: Vec<(TensorId, Meeting)> = start.iter().map(|tensor| (*tensor, Meeting::Start)).collect();
        let mut found = Vec::new();
        while let Some((tensor, meeting)) = open.pop() {
            if !self.case.is_live(tensor) || !seen.insert((tensor, meeting.clone())) {
                continue;
            }
            let cells = self.cells(tensor, &meeting);
            for (outcome, _) in cells.iter() {
                let Outcome::Operator(state) = outcome else { continue };
                let Some(node) = self.case.graph.tensor(tensor).producer else { continue };
                open.extend(self.read(node, state).into_iter().map(|(input, state)| (input, Meeting::Above(state))));
            }
            found.push((tensor, meeting, cells));
        }
        found
    }

    /// The tensors that the end begins at; for a node those of its parts.
    pub fn start_tensors(&self, hypothesis: &Hypothesis) -> BTreeSet<TensorId> {
        match self.end {
            End::Root => self.outputs.iter().copied().collect(),
            End::Node(node) => hypothesis.node(node).parts.iter().map(|part| part.tensor).collect(),
        }
    }
}

/// Whether an element lies in a region.
pub fn inside(region: &ansatz::model::Region, at: &[usize]) -> bool {
    region.cuts().all(|(axis, start, end)| (start..end).contains(&at[axis]))
}

/// Whether an element of a tensor lies in one of some parts.
pub fn holds(parts: &[Part], tensor: TensorId, at: &[usize]) -> bool {
    parts.iter().any(|part| part.tensor == tensor && inside(&part.region, at))
}

/// The index of a place within a row; 0 along the rows.
pub fn index(shape: &[usize], place: usize) -> Vec<usize> {
    let mut index = vec![0; shape.len()];
    let mut rest = place;
    for axis in (1..shape.len()).rev() {
        index[axis] = rest % shape[axis];
        rest /= shape[axis];
    }
    index
}
