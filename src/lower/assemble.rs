//! Putting parts of a tensor together inside the unrolled graph, with `Slice` and `Concat`.

use crate::model::onnx::{AttributeProto, TensorProto};
use crate::model::{Graph, Initializer, Node, Region, TensorId};
use std::sync::Arc;

/// Adds operators to the unrolled graph that overwrite boxes of `base` by the same boxes of the
/// patches, and gives the result. Boxes do not overlap. `shape` is the tensor's, rows aside.
pub fn overwrite(graph: &mut Graph, base: TensorId, shape: &[usize], patches: &[(Region, TensorId)]) -> TensorId {
    let mut assembly = Assembly { graph, base, shape };
    assembly.fill(&Region::whole(shape.len()), 1, patches)
}

struct Assembly<'a> {
    graph: &'a mut Graph,
    base: TensorId,
    shape: &'a [usize],
}

impl Assembly<'_> {
    /// The value of one box: cut along the axes from `axis` on until no patch covers part of it.
    fn fill(&mut self, within: &Region, axis: usize, patches: &[(Region, TensorId)]) -> TensorId {
        let Some((first, patch)) = patches.first() else { return slice(self.graph, self.base, within) };
        if first.contains(within) {
            return slice(self.graph, *patch, within);
        }
        let size = self.shape.get(axis).copied().unwrap_or(0);
        let (start, end) = within.range(axis, size);
        let mut points: Vec<usize> =
            patches.iter().map(|(region, _)| region.range(axis, size)).flat_map(|(a, b)| [a, b]).collect();
        points.extend([start, end]);
        points.retain(|at| (start..=end).contains(at));
        points.sort_unstable();
        points.dedup();
        let mut pieces = Vec::new();
        for pair in points.windows(2) {
            let &[from, to] = pair else { continue };
            let part = within.clone().cut(axis, from, to, size);
            let inside: Vec<(Region, TensorId)> =
                patches.iter().filter(|(region, _)| region.overlaps(&part)).cloned().collect();
            pieces.push(self.fill(&part, axis + 1, &inside));
        }
        concat(self.graph, &pieces, axis)
    }
}

/// A box of a tensor; the tensor itself where the box is all of it.
pub fn slice(graph: &mut Graph, tensor: TensorId, region: &Region) -> TensorId {
    if region.is_whole() {
        return tensor;
    }
    let cuts: Vec<(usize, usize, usize)> = region.cuts().collect();
    let vector = |graph: &mut Graph, what: &str, pick: &dyn Fn(&(usize, usize, usize)) -> usize| {
        let numbers: Vec<i64> = cuts.iter().map(|cut| i64::try_from(pick(cut)).unwrap_or(i64::MAX)).collect();
        constant(graph, what, &numbers)
    };
    let starts = vector(graph, "starts", &|cut| cut.1);
    let ends = vector(graph, "ends", &|cut| cut.2);
    let axes = vector(graph, "axes", &|cut| cut.0);
    let inputs = vec![Some(tensor), Some(starts), Some(ends), Some(axes)];
    emit(graph, "Slice", inputs, Vec::new())
}

fn concat(graph: &mut Graph, pieces: &[TensorId], axis: usize) -> TensorId {
    if let &[only] = pieces {
        return only;
    }
    let attribute = AttributeProto {
        name: Some("axis".to_owned()),
        r#type: Some(2),
        i: Some(i64::try_from(axis).unwrap_or(i64::MAX)),
        ..AttributeProto::default()
    };
    emit(graph, "Concat", pieces.iter().copied().map(Some).collect(), vec![attribute])
}

/// The product of a vector of sizes, as a scalar.
pub fn product(graph: &mut Graph, vector: TensorId) -> TensorId {
    let attribute =
        AttributeProto { name: Some("keepdims".to_owned()), r#type: Some(2), i: Some(0), ..AttributeProto::default() };
    emit(graph, "ReduceProd", vec![Some(vector)], vec![attribute])
}

/// An int64 vector as an initialiser.
fn constant(graph: &mut Graph, what: &str, numbers: &[i64]) -> TensorId {
    let name = format!("{what}#{}", graph.tensors.len());
    let tensor = graph.add_tensor(name.clone());
    let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
    let proto = TensorProto {
        name: Some(name),
        data_type: Some(7),
        dims: vec![i64::try_from(numbers.len()).unwrap_or(0)],
        raw_data: Some(bytes.into()),
        ..TensorProto::default()
    };
    graph.initializers.insert(tensor, Initializer { tensor, proto: Arc::new(proto) });
    tensor
}

fn emit(graph: &mut Graph, op: &str, inputs: Vec<Option<TensorId>>, attributes: Vec<AttributeProto>) -> TensorId {
    let name = format!("{op}#{}", graph.tensors.len());
    let output = graph.add_tensor(name.clone());
    graph.add_node(Node {
        name,
        op: op.to_owned(),
        domain: String::new(),
        inputs,
        outputs: vec![Some(output)],
        attributes: Arc::new(attributes),
        module: None,
    });
    output
}
