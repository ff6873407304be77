//! Dependence: which part of each input an operator reads to compute a part of its output. Boxes go
//! in, boxes come out, never too small: an operator that is not known reads all of its inputs.
//!
//! Read backwards over a graph ([`reads`]) this is demand; asked axis by axis
//! ([`Dependence::along`]) it says where positions mix.

mod constants;
mod elementwise;
mod fold;
mod generate;
mod known;
mod layout;
mod mask;
mod products;
mod question;
mod select;
mod veiled;

use super::graph::{Graph, Node, NodeId, TensorId};
use super::paths::carries_values;
use super::region::Region;
use super::supported::STANDARD_DOMAIN;
use constants::Constants;
pub use generate::READS_EVERYTHING;
use known::Known;
use question::{Part, Question, Rule};
use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// Gives the sizes of a tensor's axes for one row (axis 0 may also have any other number of rows);
/// `None` if they are not known.
pub type Shape<'a> = dyn Fn(TensorId) -> Option<Vec<usize>> + 'a;

/// How the elements of an output along one of its axes read an input.
///
/// An input that is the same for all of them, whatever it is, never makes them differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Along {
    /// Element j reads only index j of this axis of the input, and the same box of the other axes
    /// for all j.
    Same(usize),
    /// Every element reads the same box of the input, so that no axis of the input runs along with
    /// this one: weights, what is spread, an axis that is summed over. So it is where an axis of the
    /// output has size 1.
    Absent,
    /// Anything else, or not known.
    Mixed,
}

/// What the shapes are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rows {
    /// One example: its dependence is the same as that of any other, so that no axis is special.
    One,
    /// Any number of them.
    Any,
}

/// The rules of all operators that have one, by name.
static RULES: LazyLock<BTreeMap<&'static str, Rule>> = LazyLock::new(|| {
    let families = [elementwise::RULES, fold::RULES, generate::RULES, layout::RULES, products::RULES, select::RULES];
    families.into_iter().flatten().copied().collect()
});

/// True for operators with a rule; all others read everything.
#[must_use]
pub fn has_rule(op: &str) -> bool {
    RULES.contains_key(op)
}

/// The dependence of one graph's operators.
///
/// Axis 0 of a tensor that depends on data is that of the examples, and always whole. Constant
/// masks count: of an attention's keys and values, a query reads those between the first and the
/// last that its mask leaves. Scores are taken to be finite and smaller than what hides them.
pub struct Dependence<'a> {
    graph: &'a Graph,
    replaced: BTreeSet<TensorId>,
    masks: bool,
    constants: Constants<'a>,
    known: OnceCell<Known>,
}

impl std::fmt::Debug for Dependence<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Dependence").field("constants", &self.constants).finish_non_exhaustive()
    }
}

impl<'a> Dependence<'a> {
    #[must_use]
    pub fn new(graph: &'a Graph, shape: &'a Shape<'a>) -> Self {
        Dependence::replacing(graph, shape, BTreeSet::new())
    }

    /// As [`Dependence::new`], where masks hide nothing: what is multiplied by zero is read. Only
    /// what is not read so may be left out of a computation, or filled with anything: a value that
    /// is not finite shows through a zero.
    #[must_use]
    pub fn unmasked(graph: &'a Graph, shape: &'a Shape<'a>) -> Self {
        Dependence { masks: false, ..Dependence::new(graph, shape) }
    }

    /// As [`Dependence::new`], where some tensors may hold values that the graph would not compute,
    /// such as zeros or means: a mask does not reach behind them. Values that the graph computes
    /// for other data need not be listed.
    #[must_use]
    pub fn replacing(graph: &'a Graph, shape: &'a Shape<'a>, replaced: BTreeSet<TensorId>) -> Self {
        let constants = Constants::new(graph, shape, &replaced);
        Dependence { graph, replaced, masks: true, constants, known: OnceCell::new() }
    }

    /// The box of input number `at` of `node` that the box `region` of its output `output` can
    /// depend on through values; `None` if it depends on nothing of it (`Shape` reads no values; a
    /// box is empty; the input is left out).
    #[must_use]
    pub fn input(&self, node: NodeId, output: TensorId, region: &Region, at: usize) -> Option<Region> {
        self.read(node, output, region, at, Rows::Any)
    }

    fn read(&self, node: NodeId, output: TensorId, region: &Region, at: usize, rows: Rows) -> Option<Region> {
        let input = self.graph.node(node).input(at)?;
        let shape = self.constants.shape(input);
        let whole = || Region::whole(shape.as_ref().map_or(0, Vec::len));
        match (self.part(node, output, region, at, rows), &shape) {
            (Some(Part::Nothing), _) => None,
            (Some(Part::Box(ranges)), Some(shape)) if ranges.len() == shape.len() => {
                if ranges.iter().any(|(start, end)| start >= end) {
                    return None;
                }
                let axes = ranges.iter().zip(shape).enumerate().skip(usize::from(self.examples(input, rows)));
                Some(axes.fold(whole(), |region, (axis, ((start, end), size))| region.cut(axis, *start, *end, *size)))
            }
            _ => Some(whole()),
        }
    }

    /// How the elements of an output along `axis` read input number `at`. Along axis 0 of what
    /// depends on data, which is that of the examples, nothing is said.
    #[must_use]
    pub fn along(&self, node: NodeId, output: TensorId, axis: usize, at: usize) -> Along {
        let Some(input) = self.graph.node(node).input(at) else { return Along::Absent };
        let (Some(out), Some(shape)) = (self.constants.shape(output), self.constants.shape(input)) else {
            return Along::Mixed;
        };
        let Some(size) = out.get(axis).copied() else { return Along::Mixed };
        if axis == 0 && self.constants.live(output)
            || self.part(node, output, &Region::whole(out.len()), at, Rows::Any).is_none()
        {
            return Along::Mixed;
        }
        let element = |at: usize| Region::whole(out.len()).cut(axis, at, at + 1, size);
        let boxes = (0..size).map(|number| self.input(node, output, &element(number), at));
        follow(boxes, &shape, size)
    }

    /// Reads backwards: the box of each tensor that the targets depend on; tensors that do not
    /// matter are absent. `enters` tells whether dependence goes on through the operator that
    /// computes a tensor; the targets' own operators are always entered.
    ///
    /// Where shapes are those of one row, boxes are followed through tensors that hold examples
    /// and positions in one axis, or positions in axis 0; the result has all of that axis.
    #[must_use]
    pub fn reads(
        &self,
        targets: &[(TensorId, Region)],
        enters: &dyn Fn(TensorId) -> bool,
    ) -> BTreeMap<TensorId, Region> {
        let rows = self.rows();
        let mut wanted: BTreeMap<TensorId, Region> = BTreeMap::new();
        let ends: BTreeSet<TensorId> = targets.iter().map(|(target, _)| *target).collect();
        for (tensor, region) in targets {
            want(&mut wanted, *tensor, self.all_examples(*tensor, region.clone()));
        }
        let nodes: Vec<(NodeId, &Node)> = self.graph.nodes_with_ids().collect();
        for (id, node) in nodes.into_iter().rev() {
            for output in node.outputs.iter().flatten() {
                if !ends.contains(output) && !enters(*output) {
                    continue;
                }
                let Some(region) = wanted.get(output).cloned() else { continue };
                for (at, input) in node.inputs.iter().enumerate() {
                    let Some(input) = *input else { continue };
                    let part = self.read(id, *output, &region, at, rows);
                    part.into_iter().for_each(|part| want(&mut wanted, input, part));
                }
            }
        }
        wanted.into_iter().map(|(tensor, region)| (tensor, self.all_examples(tensor, region))).collect()
    }

    /// True if axis 0 of a tensor cannot be cut.
    fn examples(&self, tensor: TensorId, rows: Rows) -> bool {
        rows == Rows::Any && self.constants.live(tensor)
    }

    /// Whether shapes are those of one row: then the first axis of each input has size 1.
    fn rows(&self) -> Rows {
        let one = |tensor: TensorId| {
            self.constants.shape(tensor).is_some_and(|shape| shape.first().is_none_or(|size| *size == 1))
        };
        if self.graph.inputs.iter().all(|input| one(input.tensor)) { Rows::One } else { Rows::Any }
    }

    /// The same box with all of axis 0, where that holds examples.
    fn all_examples(&self, tensor: TensorId, region: Region) -> Region {
        let Some(size) = self.constants.shape(tensor).and_then(|shape| shape.first().copied()) else { return region };
        if self.constants.live(tensor) { region.cut(0, 0, size, size) } else { region }
    }

    /// What a rule says; `None` without a rule, or where it cannot say.
    fn part(&self, node: NodeId, output: TensorId, region: &Region, at: usize, rows: Rows) -> Option<Part> {
        let node = self.graph.node(node);
        if !carries_values(&node.op) {
            return Some(Part::Nothing);
        }
        let rule = RULES.get(node.op.as_str()).filter(|_| node.domain.is_empty() || node.domain == STANDARD_DOMAIN)?;
        let out = self.constants.shape(output)?;
        if region.rank() != out.len() {
            return None;
        }
        let examples = self.examples(output, rows);
        let range = |(axis, size): (usize, &usize)| {
            let (start, end) = if axis == 0 && examples { (0, *size) } else { region.range(axis, *size) };
            (start, end.min(*size))
        };
        let want: Vec<(usize, usize)> = out.iter().enumerate().map(range).collect();
        if want.iter().any(|(start, end)| start >= end) {
            return Some(Part::Nothing);
        }
        let known = || Known::new(self.graph, &self.constants, &self.replaced, self.masks);
        rule(&Question {
            node,
            opset: self.graph.opset,
            at,
            slot: node.outputs.iter().position(|known| *known == Some(output))?,
            input: self.constants.shape(node.input(at)?)?,
            out,
            want,
            constants: &self.constants,
            known: self.known.get_or_init(known),
        })
    }
}

/// What boxes of an input say that single elements `0..size` of an output read.
fn follow(mut boxes: impl Iterator<Item = Option<Region>>, shape: &[usize], size: usize) -> Along {
    let Some(first) = boxes.next() else { return Along::Absent };
    let runs = |axis: &usize| shape.get(*axis) == Some(&size) && size > 1;
    let mut axes: Vec<usize> = match &first {
        Some(first) => (0..shape.len()).filter(runs).filter(|axis| first.range(*axis, size) == (0, 1)).collect(),
        None => Vec::new(),
    };
    let mut absent = true;
    for (at, part) in boxes.enumerate() {
        absent &= part == first;
        let moved = |axis: &usize| first.as_ref().map(|first| first.clone().cut(*axis, at + 1, at + 2, size));
        axes.retain(|axis| part.is_some() && part == moved(axis));
        if !absent && axes.is_empty() {
            return Along::Mixed;
        }
    }
    match axes.first() {
        _ if absent => Along::Absent,
        Some(axis) => Along::Same(*axis),
        None => Along::Mixed,
    }
}

/// As [`Dependence::reads`], for one question to a graph.
#[must_use]
pub fn reads(
    graph: &Graph,
    shape: &Shape<'_>,
    targets: &[(TensorId, Region)],
    enters: &dyn Fn(TensorId) -> bool,
) -> BTreeMap<TensorId, Region> {
    Dependence::new(graph, shape).reads(targets, enters)
}

fn want(wanted: &mut BTreeMap<TensorId, Region>, tensor: TensorId, region: Region) {
    wanted.entry(tensor).and_modify(|known| *known = known.hull(&region)).or_insert(region);
}
