//! What a generated hypothesis can be made of: tensors that lie between others, attention, boxes.

use super::case::Case;
use super::random::Random;
use ansatz::hypothesis::Part;
use ansatz::model::{Node, Region, TensorId};
use std::collections::{BTreeMap, BTreeSet};

/// A weighted sum of values, by a pattern that a softmax gives.
#[derive(Debug, Clone)]
pub struct Attention {
    pub pattern: TensorId,
    pub values: Part,
    /// Values, queries and keys, as the operators that mix them read them.
    pub ports: Vec<Part>,
}

/// The choices of one case.
pub struct Choices<'a> {
    case: &'a Case,
    /// By tensor the tensors that it is computed from, near and far.
    above: BTreeMap<TensorId, BTreeSet<TensorId>>,
    attentions: Vec<Attention>,
}

impl<'a> Choices<'a> {
    pub fn new(case: &'a Case) -> Choices<'a> {
        let mut above: BTreeMap<TensorId, BTreeSet<TensorId>> = BTreeMap::new();
        for node in &case.graph.nodes {
            let mut found = BTreeSet::new();
            for input in node.inputs.iter().flatten().filter(|input| case.is_live(**input)) {
                found.insert(*input);
                found.extend(above.get(input).into_iter().flatten().copied());
            }
            for output in node.outputs.iter().flatten() {
                above.insert(*output, found.clone());
            }
        }
        let mut choices = Choices { case, above, attentions: Vec::new() };
        choices.attentions = case.graph.nodes.iter().filter_map(|node| choices.attention_of(node)).collect();
        choices
    }

    /// A product of what a softmax gives with something else, if the operator is one.
    fn attention_of(&self, node: &Node) -> Option<Attention> {
        let graph = &self.case.graph;
        let (pattern, values) = (node.input(0)?, node.input(1)?);
        let softmax = graph.producer(pattern).is_some_and(|producer| producer.op == "Softmax");
        let usable = self.is_usable(pattern) && self.is_usable(values) && self.case.shape(pattern).len() == 4;
        if node.op != "MatMul" || !softmax || !usable {
            return None;
        }
        let producers = self.above[&pattern].iter().rev().filter_map(|tensor| graph.producer(*tensor));
        let is_scores = |producer: &&Node| {
            producer.op == "MatMul" && producer.inputs.iter().flatten().all(|input| self.is_usable(*input))
        };
        let scores = producers.into_iter().find(is_scores);
        let mixed = scores.iter().flat_map(|scores| scores.inputs.iter().flatten());
        let ports = [values].into_iter().chain(mixed.copied()).map(|port| self.whole(port)).collect();
        Some(Attention { pattern, values: self.whole(values), ports })
    }

    /// Whether a region can lie in a tensor.
    fn is_usable(&self, tensor: TensorId) -> bool {
        self.case.is_live(tensor) && self.case.is_by_row(tensor)
    }

    pub fn whole(&self, tensor: TensorId) -> Part {
        Part { tensor, region: Region::whole(self.case.shape(tensor).len()) }
    }

    /// Whether some tensors are computed from one.
    pub fn is_above(&self, tensor: TensorId, below: &BTreeSet<TensorId>) -> bool {
        below.iter().any(|below| self.above.get(below).is_some_and(|above| above.contains(&tensor)))
    }

    /// A random box of a part, cut along one axis.
    pub fn cut(&self, part: &Part, random: &mut Random) -> Region {
        let shape = self.case.shape(part.tensor);
        if shape.len() < 2 {
            return part.region.clone();
        }
        let axis = 1 + random.below(shape.len() - 1);
        let (start, end) = part.region.range(axis, shape[axis]);
        let from = start + random.below(end - start);
        let to = from + 1 + random.below(end - from);
        part.region.clone().cut(axis, from, to, shape[axis])
    }

    /// All of a part, or one of its heads.
    pub fn head_of(&self, part: &Part, random: &mut Random) -> Part {
        let heads = self.case.shape(part.tensor)[1];
        if random.chance(0.4) {
            return part.clone();
        }
        let head = random.below(heads);
        Part { tensor: part.tensor, region: part.region.clone().cut(1, head, head + 1, heads) }
    }

    /// Tensors above others in which a region can lie.
    fn between(&self, below: &BTreeSet<TensorId>) -> Vec<TensorId> {
        self.case.graph.tensor_ids().filter(|tensor| self.is_usable(*tensor) && self.is_above(*tensor, below)).collect()
    }

    /// Gates of an arrow into some tensors: ports of attention, or anything above.
    pub fn gates(&self, below: &BTreeSet<TensorId>, random: &mut Random) -> Vec<Part> {
        let near = |one: &&Attention| one.ports.iter().any(|port| self.is_above(port.tensor, below));
        let attentions: Vec<&Attention> = self.attentions.iter().filter(near).collect();
        if !attentions.is_empty() && random.chance(0.6) {
            let mut ports = random.pick(&attentions).ports.clone();
            random.shuffle(&mut ports);
            ports.truncate(1 + random.below(2));
            return ports.iter().map(|port| self.head_of(port, random)).collect();
        }
        let count = 1 + random.below(2);
        self.boxes(&self.between(below), count, random)
    }

    /// Parts that an arrow's paths do not pass: components, or any boxes.
    pub fn exceptions(&self, below: &BTreeSet<TensorId>, random: &mut Random) -> Vec<Part> {
        if random.chance(0.6) {
            let component = random.pick(&self.case.components);
            return vec![Part { tensor: component.tensor, region: component.region.clone() }];
        }
        self.boxes(&self.between(below), 1, random)
    }

    /// Some boxes of some tensors.
    fn boxes(&self, tensors: &[TensorId], count: usize, random: &mut Random) -> Vec<Part> {
        if tensors.is_empty() {
            return Vec::new();
        }
        let mut found = BTreeSet::new();
        for _ in 0..count {
            let mut part = self.whole(*random.pick(tensors));
            if random.chance(0.4) {
                part.region = self.cut(&part, random);
            }
            found.insert(part);
        }
        found.into_iter().collect()
    }

    /// An attention sum above some tensors, or one of them.
    pub fn attention(&self, below: &BTreeSet<TensorId>, random: &mut Random) -> Option<&Attention> {
        let known: Vec<&Attention> = self.attentions.iter().filter(|one| self.is_above(one.pattern, below)).collect();
        (!known.is_empty()).then(|| *random.pick(&known))
    }

    /// A port of a node of some tensors: what it reads without passing a component, and never reads
    /// through one.
    pub fn port(&self, below: &BTreeSet<TensorId>, floats: bool, random: &mut Random) -> Option<Part> {
        let components: BTreeSet<TensorId> = self.case.components.iter().map(|component| component.tensor).collect();
        let behind: BTreeSet<TensorId> =
            components.iter().filter(|component| self.is_above(**component, below)).copied().collect();
        let fits = |tensor: &TensorId| {
            !components.contains(tensor)
                && !below.contains(tensor)
                && !self.is_above(*tensor, &behind)
                && (!floats || self.case.is_float(*tensor))
        };
        let known: Vec<TensorId> = self.between(below).into_iter().filter(fits).collect();
        let parts =
            |one: &Attention| [one.pattern].into_iter().chain(one.ports.iter().map(|port| port.tensor)).collect();
        let ports: Vec<TensorId> = self.attentions.iter().flat_map(|one| -> Vec<TensorId> { parts(one) }).collect();
        let ports: Vec<TensorId> = ports.into_iter().filter(|tensor| known.contains(tensor)).collect();
        let from = if ports.is_empty() || random.chance(0.4) { known } else { ports };
        self.boxes(&from, 1, random).pop()
    }
}
