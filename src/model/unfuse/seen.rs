//! What a probe has seen of the inputs of operators that are taken apart.

use crate::diagnostics::messages::model::FusedFault;
use crate::engine::DType;
use crate::model::graph::{Node, TensorId};
use crate::model::infer::Probed;
use std::collections::BTreeMap;

/// What was seen of a tensor.
#[derive(Debug, Clone)]
pub struct Seen {
    /// ONNX element type code.
    pub element: i32,
    pub sizes: Vec<usize>,
    /// For each axis whether it has the same size for every batch.
    pub fixed: Vec<bool>,
}

impl Seen {
    pub fn new(probed: Probed) -> Self {
        Seen { element: probed.element, fixed: vec![true; probed.sizes.len()], sizes: probed.sizes }
    }

    /// The same tensor for another batch.
    pub fn compare(&mut self, other: &Probed) {
        for (at, (size, fixed)) in self.sizes.iter().zip(&mut self.fixed).enumerate() {
            *fixed &= other.sizes.get(at) == Some(size);
        }
    }
}

/// What was seen of the inputs of a node, in order.
#[derive(Debug)]
pub struct Inputs<'a> {
    names: &'static [&'static str],
    ids: Vec<Option<TensorId>>,
    seen: Vec<Option<&'a Seen>>,
}

impl<'a> Inputs<'a> {
    /// `names` are those that the standard gives the inputs.
    pub fn new(names: &'static [&'static str], node: &Node, seen: &'a BTreeMap<TensorId, Seen>) -> Self {
        let ids: Vec<Option<TensorId>> = (0..names.len()).map(|at| node.input(at)).collect();
        let seen = ids.iter().map(|id| id.and_then(|id| seen.get(&id))).collect();
        Inputs { names, ids, seen }
    }

    /// Whether an input is not left out.
    pub fn is_given(&self, at: usize) -> bool {
        self.ids.get(at).copied().flatten().is_some()
    }

    /// What was seen of an input that is given.
    pub fn get(&self, at: usize) -> Option<&'a Seen> {
        self.seen.get(at).copied().flatten()
    }

    /// The sizes of an input of this rank, all of them fixed but that of the batch.
    pub fn sizes<const RANK: usize>(&self, at: usize) -> Result<[usize; RANK], FusedFault> {
        let name = self.names.get(at).copied().unwrap_or_default();
        let seen = self.get(at).ok_or(FusedFault::Inputs)?;
        let sizes: [usize; RANK] = seen.sizes.as_slice().try_into().map_err(|_| FusedFault::Rank {
            input: name,
            wanted: RANK,
            found: seen.sizes.clone(),
        })?;
        match seen.fixed.iter().skip(1).position(|fixed| !fixed) {
            Some(axis) => Err(FusedFault::Varies { input: name, axis: axis + 1 }),
            None => Ok(sizes),
        }
    }

    /// Batch, heads, positions and width of an input, with its heads split from its width.
    pub fn split(&self, at: usize, heads: Option<usize>) -> Result<[usize; 4], FusedFault> {
        let Some(heads) = heads else { return self.sizes::<4>(at) };
        let [batch, positions, size] = self.sizes::<3>(at)?;
        if !size.is_multiple_of(heads) {
            return Err(FusedFault::Sizes(
                "the last axis must be a multiple of the number of heads",
                vec![vec![size, heads]],
            ));
        }
        Ok([batch, heads, positions, size / heads])
    }

    /// The element type of some inputs, those of them that are given: one type of floats.
    pub fn floats(&self, which: &[usize]) -> Result<DType, FusedFault> {
        let mut types = which.iter().filter_map(|at| self.get(*at)).map(|seen| DType::from_onnx(seen.element));
        let first = types.next().flatten().filter(|dtype| matches!(dtype, DType::F32 | DType::F64));
        let first = first.ok_or(FusedFault::Types)?;
        if types.all(|other| other == Some(first)) { Ok(first) } else { Err(FusedFault::Types) }
    }
}

/// Checks that a node has no attribute but these, its first three inputs, and no more than `most`.
pub fn check_signature(node: &Node, attributes: &[&str], most: usize) -> Result<(), FusedFault> {
    let known = |name: &str| attributes.contains(&name);
    if let Some(other) = node.attributes.iter().find(|attribute| !known(attribute.name())) {
        return Err(FusedFault::UnknownAttribute(other.name().to_owned()));
    }
    if node.inputs.len() > most || (0..3).any(|at| node.input(at).is_none()) {
        return Err(FusedFault::Inputs);
    }
    Ok(())
}
