//! Values that no claim touches: the same for every datum, or clean on some rows but not held by
//! row, and so recomputed from what is.

use super::assemble;
use super::layout::Layout;
use super::program::{Filling, Gathered, Operand, Piece, Source};
use super::state::{Entry, Reading, StateIx};
use super::unroll::{Lowering, Spot};
use crate::hypothesis::Terms;
use crate::model::{FactDim, Node, NodeId, Region, TensorId, carries_values};

/// Whose value it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Whose {
    /// Every datum's, perhaps for this number of rows.
    All(usize),
    /// The clean one of these rows.
    Clean(Gathered),
}

impl Lowering<'_, '_> {
    /// A value that depends on no datum, only perhaps on the number of rows.
    pub fn constant(&mut self, tensor: TensorId, rows: usize) -> Operand {
        let map = self.ground.map;
        let initializer = map.graph.initializers.get(&tensor);
        let whose = Whose::All(if initializer.is_some() { 0 } else { rows });
        if let Some(known) = self.plain.get(&(whose.clone(), tensor)) {
            return *known;
        }
        let operand = if let Some(initializer) = initializer {
            let copy = self.emitted.add(&map.graph.tensor(tensor).name, tensor, 1);
            let initializer = crate::model::Initializer { tensor: copy, proto: initializer.proto.clone() };
            self.emitted.graph.initializers.insert(copy, initializer);
            Operand::Tensor(copy)
        } else {
            self.plainly(tensor, &whose, rows, &|lowering, input| lowering.constant(input, rows))
        };
        self.plain.insert((whose, tensor), operand);
        operand
    }

    /// The clean value of a tensor on some rows: gathered where rows lie along axis 0, otherwise
    /// recomputed from what can be gathered.
    pub fn clean(&mut self, row: &Gathered, tensor: TensorId) -> Operand {
        let (map, rows) = (self.ground.map, row.lookup.len());
        if !map.is_live(tensor) {
            return self.constant(tensor, rows);
        }
        let whose = Whose::Clean(row.clone());
        if let Some(known) = self.plain.get(&(whose.clone(), tensor)) {
            return *known;
        }
        let operand = if map.by_row(tensor) {
            let region = Region::whole(map.dims[tensor.0 as usize].len());
            let piece = Piece { region, filling: Filling::Row(row.clone()) };
            self.emitted.feed(Source::Rows { tensor, rows, pieces: vec![piece] })
        } else {
            self.plainly(tensor, &whose, rows, &|lowering, input| lowering.clean(row, input))
        };
        self.plain.insert((whose, tensor), operand);
        operand
    }

    /// A copy of the operator that computes a tensor.
    fn plainly(
        &mut self,
        tensor: TensorId,
        whose: &Whose,
        rows: usize,
        input: &dyn Fn(&mut Self, TensorId) -> Operand,
    ) -> Operand {
        let node = self.ground.map.graph.producer(tensor).expect("inputs are held by row").clone();
        if let Some(sizes) = self.sizes_as_operand(&node, tensor, rows) {
            return sizes;
        }
        let mut inputs = Vec::new();
        for id in &node.inputs {
            inputs.push(id.map(|id| {
                let operand = input(self, id);
                self.emitted.enter(operand, id)
            }));
        }
        let suffix = match whose {
            Whose::All(_) => "@constant".to_owned(),
            Whose::Clean(row) => format!("@draw{}", row.draw.0),
        };
        let outputs = self.emitted.copy(&node, inputs, &suffix, rows);
        let mut own = None;
        for (output, copy) in node.outputs.iter().zip(outputs) {
            if let (Some(output), Some(copy)) = (output, copy) {
                self.plain.insert((whose.clone(), *output), Operand::Tensor(copy));
                own = if *output == tensor { Some(Operand::Tensor(copy)) } else { own };
            }
        }
        own.expect("a tensor is among the outputs of its producer")
    }

    /// What reads only the sizes of another tensor is given those sizes instead.
    fn sizes_as_operand(&mut self, node: &Node, tensor: TensorId, rows: usize) -> Option<Operand> {
        let dims = self.sizes(node)?;
        let feed = self.emitted.feed(Source::Shape { dims, rows });
        if node.op == "Shape" {
            return Some(feed);
        }
        let vector = self.emitted.enter(feed, tensor);
        Some(Operand::Tensor(assemble::product(&mut self.emitted.graph, vector)))
    }

    /// The sizes that a `Shape` operator gives, or that `Size` multiplies, if the node is one.
    fn sizes(&self, node: &Node) -> Option<Vec<FactDim>> {
        let input = node.inputs.first().copied().flatten().filter(|_| !carries_values(&node.op))?;
        let dims = &self.ground.map.dims[input.0 as usize];
        let rank = i64::try_from(dims.len()).ok()?;
        let clamp = |at: i64| usize::try_from((if at < 0 { at + rank } else { at }).clamp(0, rank)).unwrap_or(0);
        let (start, end) = (clamp(node.int("start").unwrap_or(0)), clamp(node.int("end").unwrap_or(rank)));
        Some(dims.get(start..end.max(start)).unwrap_or_default().to_vec())
    }

    /// A copy of an operator for a visit in a state: its outputs with their copies.
    pub(super) fn copy(&mut self, spot: Spot, id: NodeId, state: StateIx) -> Vec<(TensorId, TensorId)> {
        let walk = self.walk(spot.visit, spot.rest);
        let node = self.ground.map.graph.node(id).clone();
        let readings: Vec<Vec<Reading>> = (0..node.inputs.len()).map(|at| walk.readings(id, at, state)).collect();
        let by_terms = readings.iter().position(|readings| readings.iter().any(|reading| reading.terms.is_some()));
        let mut inputs = Vec::new();
        for (at, input) in node.inputs.iter().enumerate() {
            let reading = readings[at].first().map_or(state, |reading| reading.state);
            inputs.push(input.map(|input| self.operand(spot, id, at, input, reading)));
        }
        let rows = self.table(spot.layout).rows;
        let suffix = format!("@visit{}.{}", spot.visit.0, state.0);
        let outputs = match by_terms {
            Some(at) => self.sum_of_terms(spot, id, (at, &readings[at]), &inputs, &suffix),
            None => self.emitted.copy(&node, inputs, &suffix, rows),
        };
        node.outputs.iter().zip(outputs).filter_map(|(output, copy)| Some(((*output)?, copy?))).collect()
    }

    fn operand(&mut self, spot: Spot, node: NodeId, at: usize, input: TensorId, state: StateIx) -> TensorId {
        let layout = self.input_layout(spot, node, at);
        let operand = self.value(Spot { tensor: input, entry: Entry::In(state), layout, ..spot });
        self.emitted.enter(operand, input)
    }

    /// A product of an attention pattern with values, some terms of which read other values than
    /// the rest: one product for each kind of term, the other terms of the pattern set to zero.
    fn sum_of_terms(
        &mut self,
        spot: Spot,
        id: NodeId,
        (at, readings): (usize, &[Reading]),
        inputs: &[Option<TensorId>],
        suffix: &str,
    ) -> Vec<Option<TensorId>> {
        let map = self.ground.map;
        let node = map.graph.node(id).clone();
        let rows = self.table(spot.layout).rows;
        let walk = self.walk(spot.visit, spot.rest);
        let terms = walk.arrows.iter().filter_map(|arrow| arrow.terms.as_ref());
        let terms: &Terms = terms.clone().next().expect("a sum of terms is read for an arrow that claims some");
        let pattern_at = (0..node.inputs.len()).find(|other| *other != at).expect("a product has two operands");
        let mut sum: Option<TensorId> = None;
        for reading in readings {
            let Some(mask) = &reading.terms else { continue };
            let input = node.inputs[at].expect("the values are an operand");
            let layout = Layout { axis: None, ..spot.layout };
            let value = self.value(Spot { tensor: input, entry: Entry::In(reading.state), layout, ..spot });
            let value = self.emitted.enter(value, input);
            let pattern = inputs[pattern_at].expect("the pattern is an operand");
            let masked = self.masked(pattern, terms, mask, rows);
            let mut own = inputs.to_vec();
            (own[at], own[pattern_at]) = (Some(value), Some(masked));
            let product = self.emitted.copy(&node, own, suffix, rows)[0].expect("a product has an output");
            sum = Some(match sum {
                None => product,
                Some(sum) => {
                    let both = assemble::pair(&mut self.emitted.graph, "Add", sum, product);
                    self.emitted.stands_for(both, spot.tensor, rows)
                }
            });
        }
        vec![sum]
    }

    /// A pattern with the terms outside of a mask set to zero.
    fn masked(&mut self, pattern: TensorId, terms: &Terms, mask: &[bool], rows: usize) -> TensorId {
        let map = self.ground.map;
        let shape = super::map::row_shape(map, terms.pattern);
        let mut dims = vec![1; shape.len()];
        (dims[terms.query], dims[terms.key]) = (shape[terms.query], shape[terms.key]);
        let (queries, keys) = (shape[terms.query], shape[terms.key]);
        let by_query = terms.query < terms.key;
        let claimed = |at: usize| {
            let (query, key) = if by_query { (at / keys, at % keys) } else { (at % queries, at / queries) };
            f64::from(u8::from(mask.get(query * keys + key).copied().unwrap_or(false)))
        };
        let numbers: Vec<f64> = (0..queries * keys).map(claimed).collect();
        let element = map.elements[terms.pattern.0 as usize];
        let mask = assemble::floats(&mut self.emitted.graph, "terms", element, &dims, &numbers);
        let masked = assemble::pair(&mut self.emitted.graph, "Mul", pattern, mask);
        self.emitted.stands_for(masked, terms.pattern, rows)
    }
}
