//! `val` of the recursion that docs/language.md describes, over the whole tree at once: each opened visit becomes copies of
//! the operators between it and the sources of its arrows; everything else is a clean value,
//! gathered by row.

use super::assemble;
use super::demand::demand;
use super::program::{Feed, FeedId, Operand, Program, Source};
use super::reach::{Reach, closed, row_shape};
use super::tree::{DrawId, Target, Tree, VisitId};
use crate::model::{FactDim, Graph, GraphInput, Node, NodeId, Region, TensorId, carries_values};
use std::collections::{BTreeMap, BTreeSet};

/// What lowering needs to know of the model.
#[derive(Debug, Clone, Copy)]
pub struct Map<'a> {
    pub graph: &'a Graph,
    /// The regions that cut paths, by tensor; graph inputs are among them.
    pub components: &'a BTreeMap<TensorId, Vec<Region>>,
    /// For each tensor by index the sizes of its axes, and its ONNX element type.
    pub dims: &'a [Vec<FactDim>],
    pub elements: &'a [i32],
    /// For each tensor by index whether it depends on the values of a graph input.
    pub live: &'a [bool],
}

/// Lowers a treeified hypothesis.
#[must_use]
pub fn lower(map: Map<'_>, tree: Tree) -> Program {
    let graph = Graph { opset: map.graph.opset, ir_version: map.graph.ir_version, ..Graph::default() };
    let mut lowering = Lowering {
        map,
        tree: &tree,
        graph,
        feeds: Vec::new(),
        by_source: BTreeMap::new(),
        copies: BTreeMap::new(),
        origins: BTreeMap::new(),
        patched: BTreeMap::new(),
    };
    let outputs = match tree.visits.first().map(|visit| &visit.target) {
        Some(Target::Outputs(outputs)) => outputs.iter().map(|output| lowering.opened(VisitId(0), *output)).collect(),
        _ => Vec::new(),
    };
    let Lowering { graph, feeds, origins, .. } = lowering;
    let count = u32::try_from(graph.tensors.len()).unwrap_or(u32::MAX);
    let origins = (0..count).map(|index| origins.get(&TensorId(index)).copied()).collect();
    let mut program = Program { tree, graph, origins, feeds, outputs };
    narrow(map, &mut program);
    program
}

/// Cuts feeds to what the outputs can read of them; the rest of an input is left at zero. Only
/// floats: an integer zero might be divided by.
fn narrow(map: Map<'_>, program: &mut Program) {
    let shape = |tensor: TensorId| {
        let origin = program.origins.get(tensor.0 as usize).copied().flatten();
        origin.map(|origin| row_shape(map, origin))
    };
    let computed = program.outputs.iter().filter_map(|output| match output {
        Operand::Tensor(tensor) => Some(*tensor),
        Operand::Feed(_) => None,
    });
    let targets: Vec<(TensorId, Region)> =
        computed.map(|tensor| (tensor, Region::whole(shape(tensor).map_or(0, |shape| shape.len())))).collect();
    let wanted = demand(&program.graph, &shape, &targets, &|_| true);
    let read_whole: Vec<FeedId> = program
        .outputs
        .iter()
        .filter_map(|output| match output {
            Operand::Feed(feed) => Some(*feed),
            Operand::Tensor(_) => None,
        })
        .collect();
    for (index, feed) in program.feeds.iter_mut().enumerate() {
        let (Some(input), Source::Rows { parts, .. }) = (feed.input, &mut feed.source) else { continue };
        let floats =
            program.origins[input.0 as usize].is_some_and(|origin| matches!(map.elements[origin.0 as usize], 1 | 11));
        if read_whole.contains(&FeedId(index)) || !floats {
            continue;
        }
        *parts = match wanted.get(&input) {
            Some(read) => parts.iter().filter_map(|(part, draw)| Some((part.intersection(read)?, *draw))).collect(),
            None => Vec::new(),
        };
    }
}

/// In whose name an operator is copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Context {
    /// The same for every datum.
    Constant,
    /// On the row of a draw, nothing replaced.
    Clean(DrawId),
    /// For a visit, its arrows live.
    Visit(VisitId),
}

struct Lowering<'a> {
    map: Map<'a>,
    tree: &'a Tree,
    graph: Graph,
    feeds: Vec<Feed>,
    by_source: BTreeMap<Source, FeedId>,
    copies: BTreeMap<(Context, TensorId), Operand>,
    /// The model tensor behind a tensor of the unrolled graph.
    origins: BTreeMap<TensorId, TensorId>,
    /// Tensors of which components are parts, as their readers see them.
    patched: BTreeMap<(VisitId, TensorId), Operand>,
}

/// The children of a visit, by the tensor they replace.
type Sources = BTreeMap<TensorId, Vec<VisitId>>;

impl Lowering<'_> {
    /// The value of an opened visit at its own tensor: its operators recomputed, arrows live.
    fn opened(&mut self, visit: VisitId, tensor: TensorId) -> Operand {
        let sources = self.sources(visit);
        let reach = Reach::from(self.map, sources.keys().copied());
        // Only an output of the model can be a source of its own visit, the root.
        let claimed = sources.contains_key(&tensor);
        if !reach.above(self.map, tensor) && !claimed {
            return self.clean(self.unclaimed(visit), tensor);
        }
        if !claimed || reach.passes(self.map, tensor) {
            for node in self.cone(tensor, &reach) {
                self.copy_for_visit(visit, node, &reach, &sources);
            }
        }
        if claimed {
            return self.value(visit, tensor, &reach, &sources);
        }
        self.copies[&(Context::Visit(visit), tensor)]
    }

    fn unclaimed(&self, visit: VisitId) -> DrawId {
        self.tree.visits[visit.0].unclaimed.expect("only opened visits are recomputed")
    }

    fn sources(&self, visit: VisitId) -> Sources {
        let mut sources = Sources::new();
        for child in &self.tree.visits[visit.0].children {
            if let Target::Part { tensor, .. } = &self.tree.visits[child.0].target {
                sources.entry(*tensor).or_default().push(*child);
            }
        }
        sources
    }

    /// The nodes to copy for a visit, in topological order.
    fn cone(&self, start: TensorId, reach: &Reach) -> Vec<NodeId> {
        let mut wanted: BTreeSet<NodeId> = BTreeSet::new();
        let mut stack = vec![start];
        while let Some(tensor) = stack.pop() {
            let Some(producer) = self.map.graph.tensor(tensor).producer else { continue };
            if (tensor == start || reach.passes(self.map, tensor)) && wanted.insert(producer) {
                stack.extend(self.map.graph.node(producer).inputs.iter().flatten().copied());
            }
        }
        wanted.into_iter().collect()
    }

    fn copy_for_visit(&mut self, visit: VisitId, node: NodeId, reach: &Reach, sources: &Sources) {
        let source = self.map.graph.node(node).clone();
        let mut outputs = source.outputs.iter().flatten();
        if outputs.any(|output| self.copies.contains_key(&(Context::Visit(visit), *output))) {
            return;
        }
        let inputs: Vec<Option<TensorId>> = source
            .inputs
            .iter()
            .map(|input| {
                input.map(|input| {
                    let operand = self.value(visit, input, reach, sources);
                    self.enter(operand, input)
                })
            })
            .collect();
        let outputs = self.copy(&source, inputs, Context::Visit(visit));
        for (output, copy) in source.outputs.iter().zip(outputs) {
            if let (Some(output), Some(copy)) = (output, copy) {
                self.copies.insert((Context::Visit(visit), *output), Operand::Tensor(copy));
            }
        }
    }

    /// `val` of one tensor below the visit's own: replaced, clean, or its copy.
    fn value(&mut self, visit: VisitId, tensor: TensorId, reach: &Reach, sources: &Sources) -> Operand {
        if !self.map.live[tensor.0 as usize] {
            return self.constant(tensor);
        }
        let unclaimed = self.unclaimed(visit);
        if !reach.at(tensor) {
            return self.clean(unclaimed, tensor);
        }
        if let Some(known) = self.patched.get(&(visit, tensor)) {
            return *known;
        }
        let regions = self.map.components.get(&tensor).cloned().unwrap_or_default();
        let children = sources.get(&tensor).cloned().unwrap_or_default();
        let copied =
            if closed(self.map, tensor) { None } else { self.copies.get(&(Context::Visit(visit), tensor)).copied() };
        if regions.is_empty() && children.is_empty() {
            return copied.expect("inputs are copied before the operators that read them");
        }
        let operand = self.replaced(tensor, unclaimed, copied, &regions, &children);
        self.patched.insert((visit, tensor), operand);
        operand
    }

    /// A tensor of which parts are components: those that no arrow claims are clean on the
    /// unclaimed draw, those that arrows claim have their scrubbed values.
    fn replaced(
        &mut self,
        tensor: TensorId,
        unclaimed: DrawId,
        copied: Option<Operand>,
        components: &[Region],
        children: &[VisitId],
    ) -> Operand {
        let whole = Region::whole(self.map.dims[tensor.0 as usize].len());
        let base = if copied.is_some() { None } else { Some((whole, unclaimed)) };
        let clean = if copied.is_some() { components } else { &[] };
        let mut parts: Vec<(Region, DrawId)> =
            base.into_iter().chain(clean.iter().map(|region| (region.clone(), unclaimed))).collect();
        let mut computed: Vec<(Region, TensorId)> = Vec::new();
        for child in children {
            let visit = self.tree.visits[child.0].clone();
            let Target::Part { region, .. } = visit.target else { continue };
            if visit.children.is_empty() {
                parts.push((region, visit.datum));
            } else {
                let operand = self.opened(*child, tensor);
                computed.push((region, self.enter(operand, tensor)));
            }
        }
        self.merge(tensor, copied, &parts, computed)
    }

    /// Joins gathered parts and computed parts into one value.
    fn merge(
        &mut self,
        tensor: TensorId,
        copied: Option<Operand>,
        parts: &[(Region, DrawId)],
        mut computed: Vec<(Region, TensorId)>,
    ) -> Operand {
        if let [(region, only)] = computed.as_slice()
            && region.is_whole()
        {
            return Operand::Tensor(*only);
        }
        let shape = row_shape(self.map, tensor);
        let parts = visible(parts);
        let base = match copied {
            None if computed.is_empty() => return Operand::Feed(self.feed(Source::Rows { tensor, parts })),
            None => Operand::Feed(self.feed(Source::Rows { tensor, parts })),
            Some(base) => {
                let mut by_region: Vec<(Region, TensorId)> = Vec::new();
                for (index, (region, draw)) in parts.iter().enumerate() {
                    let whole = Region::whole(shape.len());
                    let feed = Operand::Feed(self.feed(Source::Rows { tensor, parts: vec![(whole, *draw)] }));
                    let entered = self.enter(feed, tensor);
                    let later: Vec<&Region> = parts.iter().skip(index + 1).map(|(region, _)| region).collect();
                    by_region.extend(minus(region, &later, &shape).into_iter().map(|piece| (piece, entered)));
                }
                let claimed: Vec<Region> = computed.iter().map(|(region, _)| region.clone()).collect();
                let claimed: Vec<&Region> = claimed.iter().collect();
                for (region, entered) in by_region {
                    computed.extend(minus(&region, &claimed, &shape).into_iter().map(|piece| (piece, entered)));
                }
                base
            }
        };
        let base = self.enter(base, tensor);
        Operand::Tensor(assemble::overwrite(&mut self.graph, base, &shape, &computed))
    }

    /// The clean value of a tensor on the row of a draw: gathered where rows lie along axis 0,
    /// otherwise recomputed from what can be gathered.
    fn clean(&mut self, draw: DrawId, tensor: TensorId) -> Operand {
        if !self.map.live[tensor.0 as usize] {
            return self.constant(tensor);
        }
        if let Some(known) = self.copies.get(&(Context::Clean(draw), tensor)) {
            return *known;
        }
        let operand = if self.gatherable(tensor) {
            let whole = Region::whole(self.map.dims[tensor.0 as usize].len());
            Operand::Feed(self.feed(Source::Rows { tensor, parts: vec![(whole, draw)] }))
        } else {
            self.recomputed(tensor, Context::Clean(draw), &|lowering, input| lowering.clean(draw, input))
        };
        self.copies.insert((Context::Clean(draw), tensor), operand);
        operand
    }

    /// True if the rows of a tensor lie along its first axis, one element each.
    fn gatherable(&self, tensor: TensorId) -> bool {
        let dims = &self.map.dims[tensor.0 as usize];
        matches!(dims.first(), Some(FactDim::Batch { multiple: 1 }))
            && dims.iter().skip(1).all(|dim| matches!(dim, FactDim::Fixed(_)))
    }

    /// A value that depends on no datum, only perhaps on the number of rows.
    fn constant(&mut self, tensor: TensorId) -> Operand {
        if let Some(known) = self.copies.get(&(Context::Constant, tensor)) {
            return *known;
        }
        let operand = if let Some(initializer) = self.map.graph.initializers.get(&tensor) {
            let copy = self.add(&self.map.graph.tensor(tensor).name.clone(), tensor);
            let initializer = crate::model::Initializer { tensor: copy, proto: initializer.proto.clone() };
            self.graph.initializers.insert(copy, initializer);
            Operand::Tensor(copy)
        } else {
            self.recomputed(tensor, Context::Constant, &|lowering, input| lowering.constant(input))
        };
        self.copies.insert((Context::Constant, tensor), operand);
        operand
    }

    /// A copy of the operator that computes a tensor. What reads only the sizes of another tensor
    /// is given those sizes instead.
    fn recomputed(
        &mut self,
        tensor: TensorId,
        context: Context,
        input: &dyn Fn(&mut Self, TensorId) -> Operand,
    ) -> Operand {
        let node = self.map.graph.producer(tensor).expect("inputs are gatherable, initialisers constant").clone();
        if let Some(sizes) = self.sizes(&node) {
            let feed = Operand::Feed(self.feed(Source::Shape(sizes)));
            if node.op == "Shape" {
                return feed;
            }
            let vector = self.enter(feed, tensor);
            return Operand::Tensor(assemble::product(&mut self.graph, vector));
        }
        let inputs: Vec<Option<TensorId>> = node
            .inputs
            .iter()
            .map(|id| {
                id.map(|id| {
                    let operand = input(self, id);
                    self.enter(operand, id)
                })
            })
            .collect();
        let outputs = self.copy(&node, inputs, context);
        let mut own = None;
        for (output, copy) in node.outputs.iter().zip(outputs) {
            if let (Some(output), Some(copy)) = (output, copy) {
                self.copies.insert((context, *output), Operand::Tensor(copy));
                own = if *output == tensor { Some(Operand::Tensor(copy)) } else { own };
            }
        }
        own.expect("a tensor is among the outputs of its producer")
    }

    /// The sizes that a `Shape` operator gives, or that `Size` multiplies, if the node is one.
    fn sizes(&self, node: &Node) -> Option<Vec<FactDim>> {
        let input = node.inputs.first().copied().flatten().filter(|_| !carries_values(&node.op))?;
        let dims = &self.map.dims[input.0 as usize];
        let rank = i64::try_from(dims.len()).ok()?;
        let attribute = |name: &str| {
            node.attributes.iter().find(|found| found.name() == name).map(super::super::model::onnx::AttributeProto::i)
        };
        let clamp = |at: i64| usize::try_from((if at < 0 { at + rank } else { at }).clamp(0, rank)).unwrap_or(0);
        let (start, end) = (clamp(attribute("start").unwrap_or(0)), clamp(attribute("end").unwrap_or(rank)));
        Some(dims.get(start..end.max(start)).unwrap_or_default().to_vec())
    }

    fn copy(&mut self, node: &Node, inputs: Vec<Option<TensorId>>, context: Context) -> Vec<Option<TensorId>> {
        let suffix = match context {
            Context::Constant => "@constant".to_owned(),
            Context::Clean(draw) => format!("@draw{}", draw.0),
            Context::Visit(visit) => format!("@visit{}", visit.0),
        };
        let outputs: Vec<Option<TensorId>> = node
            .outputs
            .iter()
            .map(|output| {
                output.map(|output| {
                    let name = format!("{}{suffix}", self.map.graph.tensor(output).name);
                    self.add(&name, output)
                })
            })
            .collect();
        let name = format!("{}{suffix}#{}", node.name, self.graph.nodes.len());
        self.graph.add_node(Node { name, inputs, outputs: outputs.clone(), ..node.clone() });
        outputs
    }

    /// A new value of the unrolled graph that stands for a model tensor.
    fn add(&mut self, name: &str, model_tensor: TensorId) -> TensorId {
        // The number keeps names apart, whatever the names of the model are.
        let tensor = self.graph.add_tensor(format!("{name}#{}", self.graph.tensors.len()));
        self.origins.insert(tensor, model_tensor);
        tensor
    }

    fn feed(&mut self, source: Source) -> FeedId {
        if let Some(known) = self.by_source.get(&source) {
            return *known;
        }
        let id = FeedId(self.feeds.len());
        self.by_source.insert(source.clone(), id);
        self.feeds.push(Feed { source, input: None });
        id
    }

    /// The operand as a value of the unrolled graph; a feed becomes an input of it.
    fn enter(&mut self, operand: Operand, model_tensor: TensorId) -> TensorId {
        let feed = match operand {
            Operand::Tensor(tensor) => return tensor,
            Operand::Feed(feed) => feed,
        };
        if let Some(known) = self.feeds[feed.0].input {
            return known;
        }
        let name = self.map.graph.tensor(model_tensor).name.clone();
        let tensor = self.add(&format!("{name}@feed{}", feed.0), model_tensor);
        let (element, dims) = match &self.feeds[feed.0].source {
            Source::Rows { tensor, .. } => {
                (self.map.elements[tensor.0 as usize], self.map.dims[tensor.0 as usize].clone())
            }
            Source::Shape(sizes) => (7, vec![FactDim::Fixed(sizes.len())]),
        };
        self.graph.inputs.push(GraphInput { tensor, element, dims: dims.iter().map(declared).collect() });
        self.feeds[feed.0].input = Some(tensor);
        tensor
    }
}

fn declared(dim: &FactDim) -> crate::model::DeclaredDim {
    match dim {
        FactDim::Fixed(size) => crate::model::DeclaredDim::Size(*size as u64),
        FactDim::Batch { .. } | FactDim::Unclear => crate::model::DeclaredDim::Free("batch".to_owned()),
    }
}

/// Parts without those that later parts overwrite whole.
fn visible(parts: &[(Region, DrawId)]) -> Vec<(Region, DrawId)> {
    let hidden = |index: usize| {
        let (region, _) = &parts[index];
        parts.iter().skip(index + 1).any(|(later, _)| later.contains(region))
    };
    (0..parts.len()).filter(|index| !hidden(*index)).map(|index| parts[index].clone()).collect()
}

/// A box without other boxes, as disjoint boxes.
fn minus(region: &Region, others: &[&Region], shape: &[usize]) -> Vec<Region> {
    let Some(hole) = others.iter().find_map(|other| region.intersection(other)) else { return vec![region.clone()] };
    let mut rest = Vec::new();
    let mut middle = region.clone();
    for (axis, size) in shape.iter().enumerate().skip(1) {
        let ((start, end), (from, to)) = (middle.range(axis, *size), hole.range(axis, *size));
        for (a, b) in [(start, from), (to, end)] {
            if a < b {
                rest.push(middle.clone().cut(axis, a, b, *size));
            }
        }
        middle = middle.cut(axis, from, to, *size);
    }
    rest.iter().flat_map(|piece| minus(piece, others, shape)).collect()
}
