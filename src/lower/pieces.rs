//! What is gathered: the pieces that put a value together from clean rows, means and numbers.

use super::layout::Layout;
use super::map::row_shape;
use super::program::{Filling, Gathered, Mean, MeanIx, Operand, Piece, Source};
use super::spaces::ABSENT;
use super::state::Cell;
use super::tree::{Content, Datum, Fill, Visit};
use super::unroll::{Lowering, Spot};
use crate::hypothesis::{EstimateKind, FeatureIx, Part};
use crate::model::{Region, TensorId};

/// The axis along which a per-position visit has its positions, at a cell of its parts.
#[must_use]
pub fn axis_at(visit: &Visit, tensor: TensorId, cell: &Cell) -> Option<usize> {
    let axes = visit.axes.as_ref()?;
    let holds = |part: &Part| part.tensor == tensor && part.region.contains(&cell.region);
    visit.parts.iter().position(holds).and_then(|part| axes.get(part)).copied()
}

/// What fills a piece, by the tuples that the rows of the layout stand for.
pub(super) type Fills<'f, 'a, 'w> = dyn Fn(&Lowering<'a, 'w>, &[u32]) -> Filling + 'f;

impl<'a, 'w> Lowering<'a, 'w> {
    /// The rows of a datum for some tuples of its visit.
    pub fn row(&self, datum: &Datum, tuples: &[u32]) -> Filling {
        Filling::Row(rows_of(datum, tuples))
    }

    /// The rows that fill what is unclaimed under a scheme.
    pub fn fill_row(&self, spot: Spot, scheme: usize, tuples: &[u32]) -> Gathered {
        let visit = self.visit(spot.visit);
        let rest = visit.rest.as_ref().filter(|_| spot.rest);
        let datum = match (rest, visit.fills.get(scheme)) {
            (Some(rest), _) => rest,
            (None, Some(Fill::Row(datum))) => datum,
            // Nothing clean is left over where components are filled one by one.
            _ => &visit.datum,
        };
        rows_of(datum, tuples)
    }

    /// The pieces of a box: one, or one for each position of a folded axis.
    pub fn pieces(&self, region: &Region, tensor: TensorId, layout: Layout, fills: &Fills<'_, 'a, 'w>) -> Vec<Piece> {
        let table = self.table(layout);
        let Some(axis) = layout.axis else {
            return vec![Piece { region: region.clone(), filling: fills(self, &table.at(0)) }];
        };
        let size = row_shape(self.ground.map, tensor)[axis];
        let (start, end) = region.range(axis, size);
        let mut found = Merged { axis, size, pieces: Vec::new() };
        for position in start..end {
            let tuples = table.at(position);
            if tuples.iter().any(|tuple| *tuple != ABSENT) {
                found.push(region.clone().cut(axis, position, position + 1, size), fills(self, &tuples));
            }
        }
        found.pieces
    }

    /// The pieces of a leaf at a cell of its target.
    pub fn leaf(&mut self, spot: Spot, child: &Visit, cell: &Cell) -> Vec<Piece> {
        let mean = match &child.content {
            Content::Mean { over, along } => {
                let holds = |part: &&Part| part.tensor == spot.tensor && part.region.contains(&cell.region);
                let at = child.parts.iter().position(|part| holds(&part)).unwrap_or(0);
                let over = over.as_ref().map(|(feature, _)| *feature);
                let part = self.part_of_node(child, at).clone();
                Some(self.mean(&part, over, along.get(at).copied().flatten()))
            }
            _ => None,
        };
        let filling = |lowering: &Lowering<'a, 'w>, tuples: &[u32]| lowering.leaf_filling(child, mean, cell, tuples);
        let Some(axis) = axis_at(child, spot.tensor, cell) else {
            return self.pieces(&cell.region, spot.tensor, spot.layout, &filling);
        };
        let size = row_shape(self.ground.map, spot.tensor)[axis];
        let space = self.tree.space(child.space);
        let (start, end) = cell.region.range(axis, size);
        let mut found = Merged { axis, size, pieces: Vec::new() };
        for position in start..end {
            let within = cell.region.clone().cut(axis, position, position + 1, size);
            let at = |lowering: &Lowering<'a, 'w>, tuples: &[u32]| {
                let own = |tuple: &u32| if *tuple == ABSENT { ABSENT } else { space.child(*tuple, position) };
                filling(lowering, &tuples.iter().map(own).collect::<Vec<u32>>())
            };
            for piece in self.pieces(&within, spot.tensor, spot.layout, &at) {
                if !is_empty(&piece.filling) {
                    found.push(piece.region, piece.filling);
                }
            }
        }
        found.pieces
    }

    /// The node's part of which an arrow takes some: means along an axis and estimates are those of
    /// the whole of it.
    fn part_of_node<'c>(&'c self, child: &'c Visit, at: usize) -> &'c Part {
        let node = child.end.node().map(|node| self.hypothesis.node(node));
        node.and_then(|node| node.parts.get(at)).unwrap_or(&child.parts[at])
    }

    fn leaf_filling(&self, child: &Visit, mean: Option<MeanIx>, cell: &Cell, tuples: &[u32]) -> Filling {
        match (&child.content, mean) {
            (Content::Constant(value), _) => Filling::Constant(value.to_bits()),
            (Content::Mean { over, .. }, Some(mean)) => {
                Filling::Mean { mean, of: over.as_ref().map(|(_, datum)| rows_of(datum, tuples)) }
            }
            (Content::Estimated(estimate), _) => {
                let of = child.parts.iter().position(|part| part.region.contains(&cell.region));
                Filling::Estimate {
                    estimate: *estimate,
                    of: self.part_of_node(child, of.unwrap_or(0)).region.clone(),
                    own: rows_of(&child.datum, tuples),
                    rest: rows_of(child.rest.as_ref().unwrap_or(&child.datum), tuples),
                }
            }
            _ => self.row(&child.datum, tuples),
        }
    }

    /// The pieces of a component that is filled by itself.
    pub fn component(&mut self, spot: Spot, cell: &Cell, part: &Part, scheme: usize) -> Vec<Piece> {
        let fill = self.visit(spot.visit).fills.get(scheme).cloned();
        let filling: Box<Fills<'_, 'a, 'w>> = match fill {
            Some(Fill::Apart(drawn)) => {
                let found = drawn.into_iter().find(|(known, _)| known == part);
                let (_, datum) = found.expect("every component that the walk reaches has its draw");
                Box::new(move |lowering, tuples| lowering.row(&datum, tuples))
            }
            Some(Fill::Mean(over)) => {
                let mean = self.mean(part, over.as_ref().map(|(feature, _)| *feature), None);
                Box::new(move |_, tuples| {
                    let of = over.as_ref().map(|(_, datum)| rows_of(datum, tuples));
                    Filling::Mean { mean, of }
                })
            }
            Some(Fill::Constant(value)) => Box::new(move |_, _| Filling::Constant(value.to_bits())),
            Some(Fill::Row(_)) | None => unreachable!("only these schemes fill component by component"),
        };
        self.pieces(&cell.region, spot.tensor, spot.layout, filling.as_ref())
    }

    /// The numbers that an estimate puts in the place of a port.
    pub fn replaced(&mut self, spot: Spot, cell: &Cell) -> Piece {
        let node = self.visit(spot.visit).end.node().map(|node| self.hypothesis.node(node));
        let kind = node.and_then(|node| node.estimate.as_ref()).map(|estimate| &estimate.kind);
        let Some(EstimateKind::Changed { value, port }) = kind else { unreachable!("only estimates replace ports") };
        let known = self.numbers.iter().position(|known| known == value);
        let at = known.unwrap_or_else(|| {
            self.numbers.push(value.clone());
            self.numbers.len() - 1
        });
        Piece { region: cell.region.clone(), filling: Filling::Numbers { at, of: port.region.clone() } }
    }

    fn mean(&mut self, part: &Part, over: Option<FeatureIx>, along: Option<usize>) -> MeanIx {
        let mean = Mean { tensor: part.tensor, region: part.region.clone(), over, along };
        let known = self.means.iter().position(|known| *known == mean);
        MeanIx(known.unwrap_or_else(|| {
            self.means.push(mean);
            self.means.len() - 1
        }))
    }

    /// A value of which nothing is read.
    pub fn unread(&mut self, tensor: TensorId, rows: usize) -> Operand {
        let map = self.ground.map;
        if map.by_row(tensor) && map.is_float(tensor) {
            return self.emitted.feed(Source::Rows { tensor, rows, pieces: Vec::new() });
        }
        let any = Gathered { draw: super::tree::DrawId::REFERENCE, lookup: vec![0; rows] };
        self.clean(&any, tensor)
    }

    /// The feed of some pieces of a tensor. Where no piece lies floats are zero; anything else is a
    /// value that occurs.
    pub fn gathered(&mut self, tensor: TensorId, layout: Layout, mut pieces: Vec<Piece>) -> Operand {
        let rows = self.table(layout).rows;
        if !self.ground.map.is_float(tensor) {
            let whole = Region::whole(row_shape(self.ground.map, tensor).len());
            if pieces.first().is_none_or(|first| first.region != whole) {
                let any = Gathered { draw: super::tree::DrawId::REFERENCE, lookup: vec![0; rows] };
                pieces.insert(0, Piece { region: whole, filling: Filling::Row(any) });
            }
            pieces.iter_mut().for_each(|piece| fill_up(&mut piece.filling));
        }
        self.emitted.feed(Source::Rows { tensor, rows, pieces })
    }
}

fn rows_of(datum: &Datum, tuples: &[u32]) -> Gathered {
    let row = |tuple: &u32| datum.lookup.get(*tuple as usize).copied().unwrap_or(ABSENT);
    Gathered { draw: datum.draw, lookup: tuples.iter().map(row).collect() }
}

/// Puts any row in the place of those that are not asked for.
fn fill_up(filling: &mut Filling) {
    if let Filling::Row(Gathered { lookup, .. }) = filling
        && let Some(any) = lookup.iter().copied().find(|tuple| *tuple != ABSENT)
    {
        lookup.iter_mut().filter(|tuple| **tuple == ABSENT).for_each(|tuple| *tuple = any);
    }
}

/// Whether a filling takes no row at all.
fn is_empty(filling: &Filling) -> bool {
    let rows = filling.rows();
    !rows.is_empty() && rows.iter().all(|row| row.lookup.iter().all(|tuple| *tuple == ABSENT))
}

/// Pieces along an axis; neighbours that are filled alike become one.
struct Merged {
    axis: usize,
    size: usize,
    pieces: Vec<Piece>,
}

impl Merged {
    fn push(&mut self, region: Region, filling: Filling) {
        if let Some(last) = self.pieces.last_mut()
            && last.filling == filling
        {
            let ((from, to), (start, end)) =
                (last.region.range(self.axis, self.size), region.range(self.axis, self.size));
            let joined = last.region.clone().cut(self.axis, from, end, self.size);
            if to == start && region.clone().cut(self.axis, from, end, self.size) == joined {
                last.region = joined;
                return;
            }
        }
        self.pieces.push(Piece { region, filling });
    }
}
