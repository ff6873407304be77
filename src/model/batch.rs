//! Which axes of the inputs are the batch, and the sizes of all other open axes.

use super::graph::{DeclaredDim, Graph, GraphInput, TensorId};
use std::collections::BTreeMap;

/// Sizes for axes that the file leaves open, from the declarations of the hypothesis file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DimSizes {
    /// By input and axis; looked up first.
    pub by_axis: BTreeMap<(TensorId, usize), usize>,
    /// By the name that the model file gives the dim.
    pub by_name: BTreeMap<String, usize>,
}

/// An axis of an input.
pub type InputAxis = (TensorId, usize);

/// How the inputs carry the batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Batch {
    /// Open at these axes.
    Free(Vec<InputAxis>),
    /// Exported for a batch of one, at the first axis of these inputs.
    One(Vec<InputAxis>),
    /// Exported for a batch of several, by the look of the first axis of this input.
    Several(TensorId, u64),
}

/// Finds the batch: the first axes if they are open or of size 1, else the first open dim that the
/// inputs share. Names of dims count only where two axes might be meant.
#[must_use]
pub fn find_batch(graph: &Graph) -> Batch {
    let ones: Vec<InputAxis> = graph
        .inputs
        .iter()
        .filter(|input| input.dims.first() == Some(&DeclaredDim::Size(1)))
        .map(|input| (input.tensor, 0))
        .collect();
    let leading = graph.inputs.iter().any(|input| matches!(input.dims.first(), Some(DeclaredDim::Free(_))));
    if !leading && !ones.is_empty() {
        return Batch::One(ones);
    }
    let Some(name) = graph.inputs.iter().find_map(|input| first_free(input).map(|(_, name)| name)) else {
        let first = graph.inputs.iter().find_map(|input| match input.dims.first() {
            Some(DeclaredDim::Size(size)) => Some((input.tensor, *size)),
            _ => None,
        });
        return first.map_or(Batch::Free(Vec::new()), |(tensor, size)| Batch::Several(tensor, size));
    };
    Batch::Free(graph.inputs.iter().filter_map(|input| Some((input.tensor, batch_axis(graph, input, name)?))).collect())
}

/// The batch axis of one input, where `name` is the batch's name in the first input that has one.
fn batch_axis(graph: &Graph, input: &GraphInput, name: &str) -> Option<usize> {
    let named = input.dims.iter().position(|dim| matches!(dim, DeclaredDim::Free(other) if other == name));
    if named.is_some() {
        return named;
    }
    // Exporters may name one batch twice (`s0`, `s1`), but a name that some input has further back
    // is another dim.
    let (axis, own) = first_free(input).filter(|(axis, _)| *axis == 0)?;
    let further_back = |other: &GraphInput| {
        other.dims.iter().skip(1).any(|dim| matches!(dim, DeclaredDim::Free(dim) if !dim.is_empty() && dim == own))
    };
    (!graph.inputs.iter().any(further_back)).then_some(axis)
}

fn first_free(input: &GraphInput) -> Option<(usize, &str)> {
    input.dims.iter().enumerate().find_map(|(axis, dim)| match dim {
        DeclaredDim::Free(name) => Some((axis, name.as_str())),
        DeclaredDim::Size(_) => None,
    })
}

/// An axis that the file leaves open and nothing gives a size for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenAxis {
    pub input: TensorId,
    pub axis: usize,
    /// The file's name for it; may be empty.
    pub name: String,
}

/// Gives every open axis but the batch its size.
///
/// # Errors
/// The axes that have none.
pub fn size_axes(graph: &mut Graph, batch: &[InputAxis], sizes: &DimSizes) -> Result<(), Vec<OpenAxis>> {
    let mut open = Vec::new();
    for input in &mut graph.inputs {
        for (axis, dim) in input.dims.iter_mut().enumerate() {
            let DeclaredDim::Free(name) = dim else { continue };
            let place = (input.tensor, axis);
            if batch.contains(&place) {
                continue;
            }
            match sizes.by_axis.get(&place).or_else(|| sizes.by_name.get(name.as_str())) {
                Some(size) => *dim = DeclaredDim::Size(*size as u64),
                None => open.push(OpenAxis { input: input.tensor, axis, name: name.clone() }),
            }
        }
    }
    if open.is_empty() { Ok(()) } else { Err(open) }
}

/// The graph with the batch fixed to a size.
#[must_use]
pub fn at_batch(graph: &Graph, batch: &[InputAxis], size: usize) -> Graph {
    let mut graph = graph.clone();
    set_batch(&mut graph, batch, &DeclaredDim::Size(size as u64));
    graph
}

/// Writes a dim at the batch axes of the inputs.
pub fn set_batch(graph: &mut Graph, batch: &[InputAxis], dim: &DeclaredDim) {
    for input in &mut graph.inputs {
        for (axis, declared) in input.dims.iter_mut().enumerate() {
            if batch.contains(&(input.tensor, axis)) {
                *declared = dim.clone();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(inputs: &[&[&str]]) -> Graph {
        let mut graph = Graph::default();
        for (at, dims) in inputs.iter().enumerate() {
            let tensor = graph.add_tensor(format!("input{at}"));
            let dims = dims
                .iter()
                .map(|dim| dim.parse().map_or_else(|_| DeclaredDim::Free((*dim).to_owned()), DeclaredDim::Size))
                .collect();
            graph.inputs.push(GraphInput { tensor, element: 1, dims });
        }
        graph
    }

    fn axes(found: &[(u32, usize)]) -> Vec<InputAxis> {
        found.iter().map(|(tensor, axis)| (TensorId(*tensor), *axis)).collect()
    }

    #[test]
    fn the_batch_is_found_by_place_not_by_name() {
        assert_eq!(find_batch(&graph(&[&["batch", "8"]])), Batch::Free(axes(&[(0, 0)])));
        assert_eq!(find_batch(&graph(&[&["s0", "s1"], &["s2", "s1"]])), Batch::Free(axes(&[(0, 0), (1, 0)])));
        assert_eq!(find_batch(&graph(&[&["b", "s"], &["s", "s"]])), Batch::Free(axes(&[(0, 0)])));
        assert_eq!(find_batch(&graph(&[&["8", "b"], &["42"]])), Batch::Free(axes(&[(0, 1)])));
        assert_eq!(find_batch(&graph(&[&["1", "seq"]])), Batch::One(axes(&[(0, 0)])));
        assert_eq!(find_batch(&graph(&[&["4", "8"]])), Batch::Several(TensorId(0), 4));
    }

    #[test]
    fn open_axes_need_a_size() {
        let mut sized = graph(&[&["b", "s"], &["b", "t"]]);
        let batch = axes(&[(0, 0), (1, 0)]);
        let mut sizes = DimSizes::default();
        sizes.by_axis.insert((TensorId(0), 1), 5);
        let open = size_axes(&mut sized, &batch, &sizes).expect_err("the second input's axis 1 has no size");
        assert_eq!(open, [OpenAxis { input: TensorId(1), axis: 1, name: "t".to_owned() }]);
        sizes.by_name.insert("t".to_owned(), 5);
        assert_eq!(size_axes(&mut sized, &batch, &sizes), Ok(()));
        assert_eq!(sized.inputs[1].dims[1], DeclaredDim::Size(5));
    }
}
