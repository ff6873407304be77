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
    let axis = int("axis", i64::try_from(axis).unwrap_or(i64::MAX));
    emit(graph, "Concat", pieces.iter().copied().map(Some).collect(), vec![axis])
}

/// The product of a vector of sizes, as a scalar.
pub fn product(graph: &mut Graph, vector: TensorId) -> TensorId {
    emit(graph, "ReduceProd", vec![Some(vector)], vec![int("keepdims", 0)])
}

/// Gathers single positions along an axis: element j of each row is element j of that axis at the
/// flattened place (row · positions + j) which `places` gives for it.
pub fn by_position(graph: &mut Graph, tensor: TensorId, places: TensorId, shape: &[usize], axis: usize) -> TensorId {
    let to_front: Vec<usize> = [0, axis].into_iter().chain((1..shape.len()).filter(|other| *other != axis)).collect();
    let mut back = vec![0; shape.len()];
    to_front.iter().enumerate().for_each(|(place, axis)| back[*axis] = place);
    let front = transpose(graph, tensor, &to_front);
    let rest: Vec<i64> = to_front.iter().skip(2).map(|axis| i64::try_from(shape[*axis]).unwrap_or(0)).collect();
    let target: Vec<i64> = [-1].into_iter().chain(rest).collect();
    let target = constant(graph, "flat", &target);
    let flat = emit(graph, "Reshape", vec![Some(front), Some(target)], Vec::new());
    let gathered = emit(graph, "Gather", vec![Some(flat), Some(places)], vec![int("axis", 0)]);
    transpose(graph, gathered, &back)
}

fn transpose(graph: &mut Graph, tensor: TensorId, order: &[usize]) -> TensorId {
    if order.iter().enumerate().all(|(place, axis)| place == *axis) {
        return tensor;
    }
    let attribute = AttributeProto {
        name: Some("perm".to_owned()),
        r#type: Some(7),
        ints: order.iter().map(|axis| i64::try_from(*axis).unwrap_or(0)).collect(),
        ..AttributeProto::default()
    };
    emit(graph, "Transpose", vec![Some(tensor)], vec![attribute])
}

fn int(name: &str, value: i64) -> AttributeProto {
    AttributeProto { name: Some(name.to_owned()), r#type: Some(2), i: Some(value), ..AttributeProto::default() }
}

/// `op` of two values.
pub fn pair(graph: &mut Graph, op: &str, left: TensorId, right: TensorId) -> TensorId {
    emit(graph, op, vec![Some(left), Some(right)], Vec::new())
}

/// Numbers of an ONNX float type as an initialiser.
pub fn floats(graph: &mut Graph, what: &str, element: i32, dims: &[usize], numbers: &[f64]) -> TensorId {
    let bytes: Vec<u8> = match element {
        11 => numbers.iter().flat_map(|number| number.to_le_bytes()).collect(),
        _ => numbers.iter().flat_map(|number| (*number as f32).to_le_bytes()).collect(),
    };
    let element = if element == 11 { 11 } else { 1 };
    initializer(graph, what, element, dims.iter().map(|size| i64::try_from(*size).unwrap_or(0)).collect(), bytes)
}

/// An int64 vector as an initialiser.
fn constant(graph: &mut Graph, what: &str, numbers: &[i64]) -> TensorId {
    let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
    initializer(graph, what, 7, vec![i64::try_from(numbers.len()).unwrap_or(0)], bytes)
}

fn initializer(graph: &mut Graph, what: &str, element: i32, dims: Vec<i64>, bytes: Vec<u8>) -> TensorId {
    let name = format!("{what}#{}", graph.tensors.len());
    let tensor = graph.add_tensor(name.clone());
    let proto = TensorProto {
        name: Some(name),
        data_type: Some(element),
        dims,
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
