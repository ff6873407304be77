//! Feeds cut to what the outputs can read of them.

use super::demand::demand;
use super::map::{Map, row_shape};
use super::program::{FeedId, Operand, Piece, Program, Source};
use crate::model::{Region, TensorId};
use std::collections::BTreeSet;

/// Cuts feeds to what the outputs can read of them; the rest of an input is left at zero. Only
/// floats: an integer zero might be divided by.
pub fn narrow(map: Map<'_>, program: &mut Program) {
    let shape = |tensor: TensorId| {
        let origin = program.origins.get(tensor.0 as usize).copied().flatten();
        origin.map(|origin| row_shape(map, origin))
    };
    let whole = |tensor: TensorId| Region::whole(shape(tensor).map_or(0, |shape| shape.len()));
    let targets: Vec<(TensorId, Region)> =
        program.computed().into_iter().map(|tensor| (tensor, whole(tensor))).collect();
    let wanted = demand(&program.graph, &shape, &targets, &|_| true);
    let read_whole: Vec<FeedId> = program
        .outputs
        .iter()
        .filter_map(|output| match output {
            Operand::Feed(feed) => Some(*feed),
            Operand::Tensor(_) => None,
        })
        .collect();
    // An operator may take an input that nothing of its demanded outputs depends on.
    let taken: BTreeSet<TensorId> = program
        .graph
        .cone(&program.computed())
        .into_iter()
        .flat_map(|node| program.graph.node(node).inputs.iter().flatten().copied())
        .chain(program.computed())
        .collect();
    for (index, feed) in program.feeds.iter_mut().enumerate() {
        let (Some(input), Source::Rows { tensor, pieces, .. }) = (feed.input, &mut feed.source) else { continue };
        if read_whole.contains(&FeedId(index)) {
            continue;
        }
        if !map.is_float(*tensor) {
            feed.input = taken.contains(&input).then_some(input);
            continue;
        }
        let cut = |read: &Region, piece: &Piece| {
            Some(Piece { region: piece.region.intersection(read)?, filling: piece.filling.clone() })
        };
        *pieces = match wanted.get(&input) {
            Some(read) => pieces.iter().filter_map(|piece| cut(read, piece)).collect(),
            None => Vec::new(),
        };
        if !taken.contains(&input) {
            feed.input = None;
        }
    }
}
