//! The reference scrub: the recursion of causal scrubbing as DESIGN.md sections 2.3 to 2.5 write it,
//! as plainly as possible: one reference at a time, whole tensors, one operator after the other. It
//! shares nothing with the lowering but the model, the engine's operators and the draws, which an
//! oracle gives it.
//!
//! Draws are asked for by role, occurrence, positions and the reference's ordinal. An occurrence is
//! the chain of places from the root: the sorted names of the behaviour's outputs joined by ` + `,
//! then a step for each arrow walked (see [`step`]). Positions are the indices of the per-position
//! claims on the chain.

use super::case::{Case, Values, copy_box};
use super::estimates;
use super::numbers::{Block, copy_elements, put, zip};
use super::passage::{BySet, Meeting, Outcome, Passage, State};
use super::random::Random;
use super::scores::one_row;
use ansatz::engine::Value;
use ansatz::hypothesis::{
    Arrow, Computes, DataIx, DrawIx, End, EstimateIx, EstimateKind, FeatureIx, Hypothesis, Node, NodeIx, Part,
    PathKind, Rest, Scheme,
};
use ansatz::model::{NodeId, TensorId};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// What a draw is for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct DrawKey {
    /// `claim`, `unclaimed`, `apart`, `rest` or `named`.
    pub role: &'static str,
    pub occurrence: String,
    pub positions: Vec<usize>,
}

/// Gives the row of a draw for the reference of an ordinal; `None` for a draw that is not made.
pub type Oracle<'a> = dyn Fn(&DrawKey, usize) -> Option<u32> + 'a;

/// A hypothesis about a case, with draws from outside.
pub struct Scrub<'a> {
    pub(super) case: &'a Case,
    hypothesis: &'a Hypothesis,
    oracle: &'a Oracle<'a>,
    pairs: Vec<Option<Vec<u32>>>,
    pub(super) passages: BTreeMap<End, Passage<'a>>,
    estimates: BTreeMap<End, Passage<'a>>,
    asked: RefCell<BTreeSet<DrawKey>>,
}

/// Where on the walk from the root we are, for which reference.
#[derive(Debug, Clone)]
struct Walk {
    ordinal: usize,
    reference: u32,
    occurrence: String,
    positions: Vec<usize>,
}

/// One visit of an end that is recomputed.
pub(super) struct Visit<'s, 'a> {
    scrub: &'s Scrub<'a>,
    passage: &'s Passage<'a>,
    /// The end's own datum.
    datum: u32,
    walk: Walk,
    /// What fills the unclaimed, by scheme.
    fills: Vec<Filled>,
    pub(super) sources: RefCell<BTreeMap<usize, Values>>,
    read: RefCell<BTreeMap<(TensorId, Meeting), Value>>,
    operators: RefCell<BTreeMap<(NodeId, State), Values>>,
    /// Elements to which something is added where they are met in one way.
    pub(super) disturbed: Option<(TensorId, Meeting, Vec<bool>)>,
}

enum Filled {
    Row(u32),
    /// A draw for each component, by the occurrence that theirs begin with.
    Apart(String),
    Mean(Option<FeatureIx>),
    Constant(f64),
}

impl<'a> Scrub<'a> {
    pub fn new(case: &'a Case, hypothesis: &'a Hypothesis, oracle: &'a Oracle<'a>) -> Scrub<'a> {
        let nodes = (0..hypothesis.nodes.len()).map(|node| End::Node(NodeIx(node)));
        let ends: Vec<End> = nodes.chain([End::Root]).collect();
        let passages = ends.iter().map(|end| (*end, Passage::new(case, hypothesis, *end))).collect();
        let estimates = ends.iter().map(|end| (*end, Passage::estimate(case, hypothesis, *end))).collect();
        let pairs = case.pairs(hypothesis);
        Scrub { case, hypothesis, oracle, pairs, passages, estimates, asked: RefCell::default() }
    }

    /// The scrubbed outputs for one reference, with a row axis of size 1.
    pub fn outputs(&self, ordinal: usize, reference: u32) -> Vec<Value> {
        let names = self.hypothesis.outputs.iter().map(|output| self.case.graph.tensor(*output).name.clone());
        let occurrence = names.collect::<BTreeSet<String>>().into_iter().collect::<Vec<String>>().join(" + ");
        let walk = Walk { ordinal, reference, occurrence, positions: Vec::new() };
        let visit = self.visit(End::Root, reference, walk);
        self.hypothesis.outputs.iter().map(|output| one_row(&visit.value(*output, &Meeting::Start))).collect()
    }

    /// Every draw that was asked for so far.
    pub fn asked(&self) -> BTreeSet<DrawKey> {
        self.asked.borrow().clone()
    }

    /// scrub(n, y) of a node as an arrow takes it: tensors whose values on the arrow's source are
    /// the scrubbed ones.
    fn scrub(&self, arrow: &Arrow, datum: u32, walk: &Walk) -> Values {
        let node = self.hypothesis.node(arrow.from);
        let tensors: BTreeSet<TensorId> = arrow.source.iter().map(|part| part.tensor).collect();
        let opened = self.hypothesis.arrows_into(End::Node(arrow.from)).next().is_some();
        let end = End::Node(arrow.from);
        match &node.estimate {
            None if !opened => {
                tensors.into_iter().map(|tensor| (tensor, self.case.clean(datum)[&tensor].clone())).collect()
            }
            None => {
                let visit = self.visit(end, datum, walk.clone());
                tensors.into_iter().map(|tensor| (tensor, visit.value(tensor, &Meeting::Start))).collect()
            }
            Some(estimate) => match &estimate.kind {
                EstimateKind::Expression(expression) => {
                    let rest = self.rest(estimate.rest, datum, None, walk);
                    self.estimated(node, *expression, datum, rest)
                }
                EstimateKind::Changed { .. } => self.changed(arrow.from, &tensors, estimate.rest, datum, walk),
            },
        }
    }

    /// estimate(y) + clean(z) - estimate(z), the estimate an expression.
    fn estimated(&self, node: &Node, expression: EstimateIx, datum: u32, rest: u32) -> Values {
        let Part { tensor, region } = &node.parts[0];
        let clean = |row: u32| Block::of(&self.case.clean(row)[tensor], region);
        let estimate = |row: u32| estimates::estimate(expression, row, &clean(row));
        let left = clean(rest).zip(&estimate(rest), |all, part| all - part);
        let mut value = self.case.clean(datum)[tensor].clone();
        put(&mut value, region, &estimate(datum).zip(&left, |estimate, left| estimate + left));
        Values::from([(*tensor, value)])
    }

    /// The node recomputed with its port replaced, plus what that leaves of its clean value on z.
    fn changed(&self, node: NodeIx, tensors: &BTreeSet<TensorId>, rest: Rest, datum: u32, walk: &Walk) -> Values {
        let end = End::Node(node);
        let without = |row: u32| Visit::new(self, &self.estimates[&end], row, walk.clone());
        let has_arrows = self.hypothesis.arrows_into(end).next().is_some();
        let visit = if has_arrows { self.visit(end, datum, walk.clone()) } else { without(datum) };
        let unclaimed = match visit.fills[0] {
            Filled::Row(row) if has_arrows => Some(row),
            _ => None,
        };
        let rest = self.rest(rest, datum, unclaimed, walk);
        let of_rest = without(rest);
        let one = |tensor: &TensorId| {
            let (value, part) = (visit.value(*tensor, &Meeting::Start), of_rest.value(*tensor, &Meeting::Start));
            let left = zip(&self.case.clean(rest)[tensor], &part, |all, part| all - part);
            (*tensor, zip(&value, &left, |value, left| value + left))
        };
        tensors.iter().map(one).collect()
    }

    /// The datum of an estimate's rest.
    fn rest(&self, rest: Rest, datum: u32, unclaimed: Option<u32>, walk: &Walk) -> u32 {
        match (rest, unclaimed) {
            (Rest::Exact, _) => datum,
            (Rest::Any, Some(row)) => row,
            (Rest::Any, None) => self.draw("rest", walk, DataIx(0)),
            (Rest::Agree(feature), _) => self.agreeing("rest", walk, (feature, None), datum, DataIx(0)),
        }
    }

    /// A visit of an end by itself, as if nothing led there.
    pub(super) fn lone_visit(&self, end: End, datum: u32) -> Visit<'_, 'a> {
        let walk = Walk { ordinal: 0, reference: datum, occurrence: String::new(), positions: Vec::new() };
        self.visit(end, datum, walk)
    }

    fn visit(&self, end: End, datum: u32, walk: Walk) -> Visit<'_, 'a> {
        Visit::new(self, &self.passages[&end], datum, walk)
    }

    fn draw(&self, role: &'static str, walk: &Walk, data: DataIx) -> u32 {
        self.made(role, walk, data).unwrap_or_else(|| self.any_row(walk, data))
    }

    /// A draw that agrees with a datum; that it does is checked where it is made.
    fn agreeing(
        &self,
        role: &'static str,
        walk: &Walk,
        (feature, element): (FeatureIx, Option<usize>),
        with: u32,
        data: DataIx,
    ) -> u32 {
        let Some(row) = self.made(role, walk, data) else { return self.any_row(walk, data) };
        let labels = self.case.features.labels(feature, element);
        assert!(labels.agree(row, with), "a draw outside its class: {walk:?}");
        row
    }

    fn made(&self, role: &'static str, walk: &Walk, data: DataIx) -> Option<u32> {
        let key = DrawKey { role, occurrence: walk.occurrence.clone(), positions: walk.positions.clone() };
        let row = (self.oracle)(&key, walk.ordinal);
        let rows = self.case.rows_of(data);
        assert!(row.is_none_or(|row| rows.contains(&row)), "a draw outside its dataset: {key:?}");
        self.asked.borrow_mut().insert(key);
        row
    }

    /// In the place of a draw that is not made, since it reaches nothing: any row will do.
    fn any_row(&self, walk: &Walk, data: DataIx) -> u32 {
        let mut random = Random::new((walk.ordinal * 31 + walk.occurrence.len()) as u64);
        let rows = self.case.rows_of(data);
        rows.start + u32::try_from(random.below(rows.len())).expect("few rows")
    }

    /// The draw of a name.
    fn named(&self, name: DrawIx, walk: &Walk) -> u32 {
        let draw = &self.hypothesis.draws[name.0];
        let occurrence = format!("draw {}", draw.name);
        let row = self.draw("named", &Walk { occurrence, positions: Vec::new(), ..walk.clone() }, draw.data);
        match &self.pairs[name.0] {
            None => row,
            Some(pairs) => pairs[walk.reference as usize],
        }
    }
}

impl<'s, 'a> Visit<'s, 'a> {
    fn new(scrub: &'s Scrub<'a>, passage: &'s Passage<'a>, datum: u32, walk: Walk) -> Visit<'s, 'a> {
        let fill = |(through, scheme): &(&[Part], Scheme)| {
            let mut walk = walk.clone();
            if !through.is_empty() {
                let _ = write!(walk.occurrence, " through {}", parts(scrub.case, through));
            }
            match scheme {
                Scheme::Any => Filled::Row(scrub.draw("unclaimed", &walk, DataIx(0))),
                Scheme::Exact => Filled::Row(datum),
                Scheme::Named(name) => Filled::Row(scrub.named(*name, &walk)),
                Scheme::Apart => Filled::Apart(walk.occurrence),
                Scheme::Mean(over) => Filled::Mean(*over),
                Scheme::Constant(number) => Filled::Constant(*number),
            }
        };
        let fills = passage.schemes.iter().map(fill).collect();
        Visit {
            scrub,
            passage,
            datum,
            walk,
            fills,
            sources: RefCell::default(),
            read: RefCell::default(),
            operators: RefCell::default(),
            disturbed: None,
        }
    }

    /// `val` of a tensor.
    pub(super) fn value(&self, tensor: TensorId, meeting: &Meeting) -> Value {
        let key = (tensor, meeting.clone());
        if let Some(known) = self.read.borrow().get(&key) {
            return known.clone();
        }
        let mut found: Option<Value> = None;
        for (outcome, chosen) in self.passage.cells(tensor, meeting).iter() {
            let value = self.outcome(tensor, outcome);
            match (&mut found, chosen) {
                (Some(found), Some(chosen)) => copy_elements(found, &value, chosen),
                _ => found = Some(value),
            }
        }
        let mut found = found.expect("a tensor has elements");
        if let Some((_, _, chosen)) = self.disturbed.as_ref().filter(|(at, how, _)| (at, how) == (&tensor, meeting)) {
            let other = zip(&found, &found, |number, _| number + 0.37 + 0.21 * number.sin());
            copy_elements(&mut found, &other, chosen);
        }
        self.read.borrow_mut().insert(key, found.clone());
        found
    }

    fn outcome(&self, tensor: TensorId, outcome: &Outcome) -> Value {
        match outcome {
            Outcome::Source(arrow) => self.source(*arrow)[&tensor].clone(),
            Outcome::Component(component, scheme) => self.component(*component, *scheme),
            Outcome::Replaced => {
                let port = self.passage.replaced.expect("a port is replaced");
                let node = self.passage.end.node().expect("estimates are of nodes");
                let estimate = self.scrub.hypothesis.node(node).estimate.as_ref().expect("it has an estimate");
                let EstimateKind::Changed { value, .. } = &estimate.kind else { unreachable!("a port is replaced") };
                let mut found = self.scrub.case.clean(self.datum)[&tensor].clone();
                let numbers = value.iter().map(|number| f64::from(*number)).collect();
                put(&mut found, &port.region, &Block { shape: Vec::new(), numbers });
                found
            }
            Outcome::Operator(state) => self.operator(tensor, state),
        }
    }

    /// The value of a tensor's operator, its inputs met in a state.
    pub(super) fn operator(&self, tensor: TensorId, state: &State) -> Value {
        let (case, passage) = (self.scrub.case, self.passage);
        if let Filled::Row(row) = self.fills[state.scheme]
            && !passage.is_alive(tensor, state)
        {
            return case.clean(row)[&tensor].clone();
        }
        let node = case.graph.tensor(tensor).producer.expect("graph inputs are components");
        let key = (node, state.clone());
        if let Some(known) = self.operators.borrow().get(&key) {
            return known[&tensor].clone();
        }
        let found = match passage.by_set(node, state) {
            Some(by_set) => self.by_set(node, state, &by_set),
            None => case.operator(node, &|input| self.value(input, &Meeting::Above(state.clone()))),
        };
        let value = found[&tensor].clone();
        self.operators.borrow_mut().insert(key, found);
        value
    }

    /// An attention sum, the terms of each set by themselves.
    fn by_set(&self, node: NodeId, state: &State, by_set: &BySet) -> Values {
        let case = self.scrub.case;
        let inputs = &case.graph.node(node).inputs;
        let (pattern, values) = (inputs[by_set.pattern].expect("a pattern"), inputs[by_set.values].expect("values"));
        let whole = self.value(pattern, &Meeting::Above(state.clone()));
        let mut sum: Option<Values> = None;
        for (terms, state) in &by_set.sets {
            let mut masked = zip(&whole, &whole, |_, _| 0.0);
            copy_elements(&mut masked, &whole, terms);
            let own = case.operator(node, &|input| match input {
                input if input == pattern => masked.clone(),
                input if input == values => self.value(values, &Meeting::Above(state.clone())),
                _ => unreachable!("a product has two operands"),
            });
            sum = Some(match sum {
                None => own,
                Some(sum) => sum.iter().map(|(tensor, sum)| (*tensor, zip(sum, &own[tensor], |a, b| a + b))).collect(),
            });
        }
        sum.expect("there are terms")
    }

    /// A component that a scheme fills by itself.
    fn component(&self, component: usize, scheme: usize) -> Value {
        let case = self.scrub.case;
        let component = &case.components[component];
        let clean = |row: u32| case.clean(row)[&component.tensor].clone();
        match &self.fills[scheme] {
            Filled::Row(row) => clean(*row),
            Filled::Apart(occurrence) => {
                let part = Part { tensor: component.tensor, region: component.region.clone() };
                let occurrence = format!("{occurrence}, {}", parts(case, &[part]));
                clean(self.scrub.draw("apart", &Walk { occurrence, ..self.walk.clone() }, DataIx(0)))
            }
            Filled::Mean(over) => {
                let over = over.map(|feature| (feature, self.datum));
                case.mean(component.tensor, &component.region, over, None)
            }
            Filled::Constant(number) => {
                let value = clean(self.datum);
                zip(&value, &value, |_, _| *number)
            }
        }
    }

    /// The scrubbed values of an arrow's source.
    fn source(&self, at: usize) -> Values {
        if let Some(known) = self.sources.borrow().get(&at) {
            return known.clone();
        }
        let found = self.source_anew(self.passage.arrows[at]);
        self.sources.borrow_mut().insert(at, found.clone());
        found
    }

    fn source_anew(&self, arrow: &Arrow) -> Values {
        let (scrub, case) = (self.scrub, self.scrub.case);
        let node = scrub.hypothesis.node(arrow.from);
        let walk = Walk { occurrence: step(case, &self.walk.occurrence, arrow), ..self.walk.clone() };
        match &node.computes {
            Computes::Exact => scrub.scrub(arrow, self.datum, &walk),
            Computes::Any => scrub.scrub(arrow, scrub.draw("claim", &walk, node.data), &walk),
            Computes::Feature(feature) => {
                let datum = scrub.agreeing("claim", &walk, (*feature, None), self.datum, node.data);
                scrub.scrub(arrow, datum, &walk)
            }
            Computes::Elementwise { feature, axes } => self.elementwise(arrow, *feature, axes, &walk),
            Computes::Mean { over, along } => {
                let over = over.map(|feature| (feature, self.datum));
                let means = node.parts.iter().zip(along);
                self.together(means.map(|(part, along)| (part, case.mean(part.tensor, &part.region, over, *along))))
            }
            Computes::Constant(number) => self.together(node.parts.iter().map(|part| {
                let value = &case.clean(self.datum)[&part.tensor];
                (part, zip(value, value, |_, _| *number))
            })),
        }
    }

    /// A node for each position, of which its own element is used.
    fn elementwise(&self, arrow: &Arrow, feature: FeatureIx, axes: &[usize], walk: &Walk) -> Values {
        let (scrub, case) = (self.scrub, self.scrub.case);
        let data = scrub.hypothesis.node(arrow.from).data;
        let ranges: Vec<(usize, usize)> = arrow
            .source
            .iter()
            .zip(axes)
            .map(|(part, axis)| part.region.range(*axis, case.shape(part.tensor)[*axis]))
            .collect();
        let positions: BTreeSet<usize> = ranges.iter().flat_map(|(start, end)| *start..*end).collect();
        let mut found =
            self.together(arrow.source.iter().map(|part| (part, case.clean(self.datum)[&part.tensor].clone())));
        for position in positions {
            let mut walk = walk.clone();
            walk.positions.push(position);
            let datum = scrub.agreeing("claim", &walk, (feature, Some(position)), self.datum, data);
            let values = scrub.scrub(arrow, datum, &walk);
            for ((part, axis), (start, end)) in arrow.source.iter().zip(axes).zip(&ranges) {
                if !(*start..*end).contains(&position) {
                    continue;
                }
                let size = case.shape(part.tensor)[*axis];
                let own = part.region.clone().cut(*axis, position, position + 1, size);
                let tensor = found.get_mut(&part.tensor).expect("every part has its tensor");
                copy_box(tensor, &values[&part.tensor], &own);
            }
        }
        found
    }

    /// Values of regions, put together by tensor.
    fn together<'p>(&self, regions: impl Iterator<Item = (&'p Part, Value)>) -> Values {
        let mut found = Values::new();
        for (part, value) in regions {
            match found.get_mut(&part.tensor) {
                Some(known) => copy_box(known, &value, &part.region),
                None => drop(found.insert(part.tensor, value)),
            }
        }
        found
    }
}

/// One step of an occurrence: what of the target the arrow's paths end in, the arrow's source, its
/// kind, its gates, exceptions and terms.
fn step(case: &Case, target: &str, arrow: &Arrow) -> String {
    let mut text = target.to_owned();
    if !arrow.target.is_empty() {
        let _ = write!(text, " at {}", parts(case, &arrow.target));
    }
    let kind = if arrow.paths == PathKind::Direct { "direct" } else { "all" };
    let _ = write!(text, " <- {} ({kind}", parts(case, &arrow.source));
    if !arrow.gates.is_empty() {
        let _ = write!(text, " through {}", parts(case, &arrow.gates));
    }
    if !arrow.except.is_empty() {
        let _ = write!(text, " except {}", parts(case, &arrow.except));
    }
    if let Some(terms) = &arrow.terms {
        let bits: Vec<u8> = terms.claimed.iter().map(|claimed| u8::from(*claimed)).collect();
        let _ = write!(text, " terms {}", &blake3::hash(&bits).to_hex()[..16]);
    }
    text.push(')');
    text
}

/// Parts by tensor and region (`[:, 0, 1..3]`, left out if it is all of the tensor), sorted.
fn parts(case: &Case, parts: &[Part]) -> String {
    let name = |part: &Part| format!("{}{}", case.graph.tensor(part.tensor).name, part.region);
    parts.iter().map(name).collect::<BTreeSet<String>>().into_iter().collect::<Vec<String>>().join(" + ")
}
