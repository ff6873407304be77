//! `val` of the recursion that docs/language.md describes, over the whole tree at once: each opened
//! visit becomes copies of the operators between it and the sources of its arrows; everything else
//! is a clean value, gathered by row.

use super::assemble;
use super::emit::Emitted;
use super::layout::{Layout, Table, Tables};
use super::map::row_shape;
use super::program::{Expansion, Mean, Operand, Piece, Program, Source};
use super::spaces::ABSENT;
use super::state::{Cell, Entry, Ground, Outcome, StateIx};
use super::tree::{Content, Tree, Visit, VisitId};
use super::walk::Walk;
use super::walks::Walks;
use crate::hypothesis::Hypothesis;
use crate::model::{Along, NodeId, Region, TensorId};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Lowers a treeified hypothesis.
#[must_use]
pub fn lower<'a>(ground: Ground<'a>, hypothesis: &'a Hypothesis, walks: &Walks<'a>, tree: Tree) -> Program {
    let mut lowering = Lowering {
        ground,
        hypothesis,
        walks,
        tree: &tree,
        emitted: Emitted::new(ground.map),
        tables: Tables::default(),
        values: BTreeMap::new(),
        copies: BTreeMap::new(),
        plain: BTreeMap::new(),
        means: Vec::new(),
        numbers: Vec::new(),
        expansions: Vec::new(),
    };
    let table = lowering.tables.add(Table::expanded(vec![0]));
    let layout = Layout { table, axis: None };
    let outputs = tree.visits[0].parts.iter().map(|part| lowering.opened(VisitId(0), part.tensor, layout)).collect();
    let Lowering { emitted, means, numbers, expansions, .. } = lowering;
    let Emitted { graph, feeds, origins, likes, multiples, .. } = emitted;
    let count = u32::try_from(graph.tensors.len()).unwrap_or(u32::MAX);
    let origins: Vec<_> = (0..count).map(|index| origins.get(&TensorId(index)).copied()).collect();
    let like = |index: u32| origins[index as usize].or_else(|| likes.get(&TensorId(index)).copied());
    let likes = (0..count).map(like).collect();
    let multiples = (0..count).map(|index| multiples.get(&TensorId(index)).copied().unwrap_or(1)).collect();
    let mut program = Program { tree, graph, origins, multiples, likes, feeds, outputs, means, numbers, expansions };
    super::narrow::narrow(ground.map, &mut program);
    program
}

/// A value of the model as a visit sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Spot {
    pub visit: VisitId,
    /// On the datum of an estimate's rest.
    pub rest: bool,
    pub tensor: TensorId,
    pub entry: Entry,
    pub layout: Layout,
}

/// In whose name an operator is copied: a visit, whether for its rest, in a state, in a layout of
/// this output.
type Copied = (VisitId, bool, StateIx, TensorId, Layout);

pub(super) struct Lowering<'a, 'w> {
    pub ground: Ground<'a>,
    pub hypothesis: &'a Hypothesis,
    pub walks: &'w Walks<'a>,
    pub tree: &'w Tree,
    pub emitted: Emitted<'a>,
    pub tables: Tables,
    values: BTreeMap<Spot, Operand>,
    copies: BTreeMap<Copied, Operand>,
    /// Values that are the same for every datum, or clean on some rows.
    pub plain: BTreeMap<(super::plain::Whose, TensorId), Operand>,
    pub means: Vec<Mean>,
    pub numbers: Vec<Arc<Vec<f32>>>,
    expansions: Vec<Expansion>,
}

impl<'a, 'w> Lowering<'a, 'w> {
    pub fn visit(&self, visit: VisitId) -> &'w Visit {
        &self.tree.visits[visit.0]
    }

    pub fn walk(&self, visit: VisitId, rest: bool) -> &'w Walk<'a> {
        let end = self.visit(visit).end;
        let walk = if rest { self.walks.of_rest(end) } else { self.walks.of(end) };
        walk.expect("every visit that is recomputed has a walk")
    }

    pub fn table(&self, layout: Layout) -> &Table {
        self.tables.get(layout.table)
    }

    /// The value of an opened visit at its own tensor: its operators recomputed, arrows live.
    fn opened(&mut self, visit: VisitId, tensor: TensorId, layout: Layout) -> Operand {
        let spot = Spot { visit, rest: false, tensor, entry: Entry::Start, layout };
        self.ahead(spot);
        let value = self.value(spot);
        if self.visit(visit).content != Content::Changed {
            return value;
        }
        let rest = self.visit(visit).rest.clone().expect("an estimate has a rest");
        let whole = Region::whole(row_shape(self.ground.map, tensor).len());
        let pieces = self.pieces(&whole, tensor, layout, &|lowering, tuples| lowering.row(&rest, tuples));
        let clean = self.gathered(tensor, layout, pieces);
        self.ahead(Spot { rest: true, ..spot });
        let estimate = self.value(Spot { rest: true, ..spot });
        let [value, clean, estimate] = [value, clean, estimate].map(|operand| self.emitted.enter(operand, tensor));
        let rows = self.table(layout).rows;
        let left = assemble::pair(&mut self.emitted.graph, "Sub", clean, estimate);
        self.emitted.stands_for(left, tensor, rows);
        let sum = assemble::pair(&mut self.emitted.graph, "Add", value, left);
        Operand::Tensor(self.emitted.stands_for(sum, tensor, rows))
    }

    /// Values before those that are computed from them, so that the recursion stays shallow however
    /// deep the model is.
    fn ahead(&mut self, spot: Spot) {
        if spot.layout.axis.is_some() {
            return;
        }
        let node = self.ground.map.graph.tensor(spot.tensor).producer;
        for (tensor, entry) in self.walk(spot.visit, spot.rest).alive_above(node) {
            self.value(Spot { tensor, entry, ..spot });
        }
    }

    /// `val` of one tensor.
    pub fn value(&mut self, spot: Spot) -> Operand {
        if let Some(known) = self.values.get(&spot) {
            return *known;
        }
        let operand = self.value_anew(spot);
        self.values.insert(spot, operand);
        operand
    }

    fn value_anew(&mut self, spot: Spot) -> Operand {
        let (map, rows) = (self.ground.map, self.table(spot.layout).rows);
        if !map.is_live(spot.tensor) {
            return self.constant(spot.tensor, rows);
        }
        let cells: Vec<Cell> = self.walk(spot.visit, spot.rest).cells(spot.tensor, spot.entry).to_vec();
        if cells.is_empty() {
            // Nothing of it is read; the operator wants an operand all the same.
            return self.unread(spot.tensor, rows);
        }
        if !map.by_row(spot.tensor) {
            return self.not_by_row(spot, &cells);
        }
        if self.crosses(spot, &cells) {
            return self.collapsed(spot.layout, spot.tensor, "several axes", &|lowering, layout| {
                lowering.value(Spot { layout, ..spot })
            });
        }
        let (mut fed, mut computed) = (Vec::new(), Vec::new());
        for cell in &cells {
            match self.cell(spot, cell) {
                Filled::Pieces(pieces) => fed.push((cell.region.clone(), pieces)),
                Filled::Value(operand) => computed.push((cell.region.clone(), operand)),
            }
        }
        self.merge(spot, fed, &computed)
    }

    /// A tensor whose first axis is not just the rows: no component, source or port lies in it.
    fn not_by_row(&mut self, spot: Spot, cells: &[Cell]) -> Operand {
        match cells.first().map(|cell| cell.outcome.clone()) {
            Some(Outcome::Computed(state)) => self.recomputed(spot, state),
            Some(Outcome::Clean(scheme)) => {
                let tuples = self.table(spot.layout).at(0);
                let row = self.fill_row(spot, scheme, &tuples);
                self.clean(&row, spot.tensor)
            }
            _ => unreachable!("regions are checked to have the rows along their first axis"),
        }
    }

    /// Whether a folded layout meets a per-position source along another axis than its own.
    fn crosses(&self, spot: Spot, cells: &[Cell]) -> bool {
        let Some(folded) = spot.layout.axis else { return false };
        cells.iter().any(|cell| match cell.outcome {
            Outcome::Source(arrow) => {
                let child = self.visit(self.visit(spot.visit).children[arrow]);
                child.is_opened() && super::pieces::axis_at(child, spot.tensor, cell).is_some_and(|axis| axis != folded)
            }
            _ => false,
        })
    }

    fn cell(&mut self, spot: Spot, cell: &Cell) -> Filled {
        match &cell.outcome {
            Outcome::Computed(state) => Filled::Value(self.recomputed(spot, *state)),
            Outcome::Source(arrow) => {
                let id = self.visit(spot.visit).children[*arrow];
                let child = self.visit(id);
                if child.is_opened() {
                    let layout = self.child_layout(spot, child, cell);
                    return Filled::Value(self.opened(id, spot.tensor, layout));
                }
                Filled::Pieces(self.leaf(spot, child, cell))
            }
            Outcome::Clean(scheme) => {
                let pieces = self.pieces(&cell.region, spot.tensor, spot.layout, &|lowering, tuples| {
                    super::program::Filling::Row(lowering.fill_row(spot, *scheme, tuples))
                });
                Filled::Pieces(pieces)
            }
            Outcome::Component(part, scheme) => Filled::Pieces(self.component(spot, cell, part, *scheme)),
            Outcome::Replaced => Filled::Pieces(vec![self.replaced(spot, cell)]),
        }
    }

    /// The layout of an opened source within its target's: a per-position one is folded along its
    /// own axis, so that its positions stand where the target reads them.
    fn child_layout(&mut self, spot: Spot, child: &Visit, cell: &Cell) -> Layout {
        let Some(axis) = super::pieces::axis_at(child, spot.tensor, cell) else { return spot.layout };
        let space = self.tree.space(child.space);
        let table = self.table(spot.layout).clone();
        let positions = row_shape(self.ground.map, spot.tensor).get(axis).copied().unwrap_or(0);
        let mut tuples = Vec::with_capacity(table.rows * positions);
        for row in 0..table.rows {
            for position in 0..positions {
                let above = if spot.layout.axis.is_some() { row * table.positions + position } else { row };
                let above = table.tuples.get(above).copied().unwrap_or(ABSENT);
                tuples.push(if above == ABSENT { ABSENT } else { space.child(above, position) });
            }
        }
        let table = self.tables.add(Table { rows: table.rows, positions, tuples });
        Layout { table, axis: Some(axis) }
    }

    /// Joins gathered and computed parts into one value.
    fn merge(&mut self, spot: Spot, fed: Vec<(Region, Vec<Piece>)>, computed: &[(Region, Operand)]) -> Operand {
        let mut patches: Vec<(Region, Operand)> = Vec::new();
        for (region, operand) in computed {
            patches.push((region.clone(), *operand));
        }
        if !fed.is_empty() {
            let regions: Vec<Region> = fed.iter().map(|(region, _)| region.clone()).collect();
            let pieces = fed.into_iter().flat_map(|(_, pieces)| pieces).collect();
            let feed = self.gathered(spot.tensor, spot.layout, pieces);
            patches.extend(regions.into_iter().map(|region| (region, feed)));
        }
        let (_, base) = patches.first().cloned().expect("a tensor that is met has cells");
        if patches.iter().all(|(_, operand)| *operand == base) {
            return base;
        }
        let rows = self.table(spot.layout).rows;
        let shape = row_shape(self.ground.map, spot.tensor);
        let others: Vec<(Region, Operand)> = patches.into_iter().filter(|(_, operand)| *operand != base).collect();
        let others: Vec<(Region, TensorId)> =
            others.into_iter().map(|(region, operand)| (region, self.emitted.enter(operand, spot.tensor))).collect();
        let base = self.emitted.enter(base, spot.tensor);
        let before = self.emitted.graph.tensors.len();
        let joined = assemble::overwrite(&mut self.emitted.graph, base, &shape, &others);
        self.emitted.helpers(before, spot.tensor, rows);
        Operand::Tensor(self.emitted.stands_for(joined, spot.tensor, rows))
    }

    /// The operator of a tensor, evaluated in a state.
    fn recomputed(&mut self, spot: Spot, state: StateIx) -> Operand {
        let key = (spot.visit, spot.rest, state, spot.tensor, spot.layout);
        if let Some(known) = self.copies.get(&key) {
            return *known;
        }
        let node = self.ground.map.graph.tensor(spot.tensor).producer.expect("inputs are components");
        if let Some(axis) = spot.layout.axis
            && !self.folds(spot, node, state, axis)
        {
            let operator = self.ground.map.graph.node(node).op.clone();
            let operand = self.collapsed(spot.layout, spot.tensor, &operator, &|lowering, layout| {
                lowering.ahead(Spot { layout, ..spot });
                lowering.recomputed(Spot { layout, ..spot }, state)
            });
            self.copies.insert(key, operand);
            return operand;
        }
        let outputs = self.copy(spot, node, state);
        for (output, copy) in outputs {
            self.copies.insert((spot.visit, spot.rest, state, output, spot.layout), Operand::Tensor(copy));
        }
        self.copies[&key]
    }

    /// Whether an operator treats positions along an axis of its output alike and apart, so that
    /// it can be applied to folded inputs.
    fn folds(&self, spot: Spot, node: NodeId, state: StateIx, axis: usize) -> bool {
        let walk = self.walk(spot.visit, spot.rest);
        let operator = self.ground.map.graph.node(node);
        operator.inputs.iter().enumerate().filter_map(|(at, input)| Some((at, (*input)?))).all(|(at, input)| {
            if !self.ground.map.is_live(input) {
                return true;
            }
            let readings = walk.readings(node, at, state);
            let met = readings.iter().any(|reading| walk.read(input, Entry::In(reading.state)).is_some());
            let plain = readings.iter().all(|reading| reading.terms.is_none());
            let same = matches!(self.ground.dependence.along(node, spot.tensor, axis, at), Along::Same(_));
            !met || plain && same && self.ground.map.by_row(input)
        })
    }

    /// The axis of an input that runs along with a folded axis of the output.
    pub fn input_layout(&self, spot: Spot, node: NodeId, at: usize) -> Layout {
        let axis = spot.layout.axis.and_then(|axis| match self.ground.dependence.along(node, spot.tensor, axis, at) {
            Along::Same(axis) => Some(axis),
            Along::Absent | Along::Mixed => None,
        });
        Layout { axis, ..spot.layout }
    }

    /// A folded value whose positions have to be computed one by one: with rows of their own, and
    /// then brought together.
    fn collapsed(
        &mut self,
        layout: Layout,
        tensor: TensorId,
        operator: &str,
        expanded: &dyn Fn(&mut Self, Layout) -> Operand,
    ) -> Operand {
        let axis = layout.axis.expect("only folded layouts are expanded");
        let table = self.table(layout).clone();
        let asked = table.asked();
        if asked.is_empty() {
            return self.unread(tensor, table.rows);
        }
        let own = self.tables.add(Table::expanded(asked.clone()));
        let value = expanded(self, Layout { table: own, axis: None });
        let value = self.emitted.enter(value, tensor);
        let place = |tuple: u32| asked.binary_search(&tuple).map_or(ABSENT, super::spaces::number);
        let source = Source::Places {
            rows: table.rows,
            positions: table.positions,
            expanded: asked.len(),
            table: table.mapped(place).tuples,
        };
        let places = self.emitted.feed(source);
        let known = Expansion { tensor, operator: operator.to_owned(), rows: table.rows, expanded: asked.len() };
        if !self.expansions.contains(&known) {
            self.expansions.push(known);
        }
        Operand::Tensor(self.emitted.collapse(value, tensor, axis, places, table.rows))
    }
}

/// What a cell is filled by.
enum Filled {
    Pieces(Vec<Piece>),
    Value(Operand),
}
