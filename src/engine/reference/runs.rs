//! Walks over several tensors at once, with broadcasting or permuted axes, in runs: stretches of
//! the result along which each tensor advances by a fixed step. Neighbouring axes are joined, so
//! that hot loops are over long slices and index arithmetic happens once a run.

use super::element::{Element, array, bounded, data};
use super::fault::Outcome;
use crate::diagnostics::messages::execution::Misfit;
use ndarray::ArrayD;

/// A walk over `N` tensors in the order of the result.
#[derive(Debug)]
pub struct Runs<const N: usize> {
    /// Outer axes, outermost first: size, and the step of each tensor.
    outer: Vec<(usize, [usize; N])>,
    /// Elements in each run.
    pub length: usize,
    /// The step of each tensor within a run.
    pub steps: [usize; N],
}

impl<const N: usize> Runs<N> {
    /// A walk over axes with these sizes and steps, outermost first.
    pub fn new(axes: impl DoubleEndedIterator<Item = (usize, [usize; N])>) -> Self {
        // Innermost group first: an axis joins the group inside it if it continues its steps.
        let mut groups: Vec<(usize, [usize; N])> = Vec::new();
        for (size, steps) in axes.rev().filter(|(size, _)| *size != 1) {
            match groups.last_mut() {
                Some((inner, inner_steps)) if steps.iter().zip(&*inner_steps).all(|(a, b)| *a == b * *inner) => {
                    *inner *= size;
                }
                _ => groups.push((size, steps)),
            }
        }
        let inner = groups.first().copied().unwrap_or((1, [1; N]));
        let outer = groups.into_iter().skip(1).rev().collect();
        Runs { outer, length: inner.0, steps: inner.1 }
    }

    /// A walk over tensors of these sizes broadcast to `result`.
    pub fn broadcast(result: &[usize], operands: [&[usize]; N]) -> Self {
        let steps = operands.map(|dims| broadcast_steps(result, dims));
        Runs::new((0..result.len()).map(|axis| (result[axis], std::array::from_fn(|which| steps[which][axis]))))
    }

    /// Calls `visit` with the offsets at which each run begins.
    pub fn for_each(&self, mut visit: impl FnMut([usize; N])) {
        if self.length == 0 || self.outer.iter().any(|(size, _)| *size == 0) {
            return;
        }
        let mut counters = vec![0; self.outer.len()];
        let mut offsets = [0; N];
        loop {
            visit(offsets);
            let mut axis = self.outer.len();
            loop {
                if axis == 0 {
                    return;
                }
                axis -= 1;
                let (size, steps) = self.outer[axis];
                counters[axis] += 1;
                if counters[axis] < size {
                    (0..N).for_each(|which| offsets[which] += steps[which]);
                    break;
                }
                counters[axis] = 0;
                (0..N).for_each(|which| offsets[which] -= steps[which] * (size - 1));
            }
        }
    }
}

/// The distance between neighbours along each axis of a row-major tensor.
pub fn strides(dims: &[usize]) -> Vec<usize> {
    let mut out = vec![1; dims.len()];
    for axis in (1..dims.len()).rev() {
        out[axis - 1] = out[axis] * dims[axis].max(1);
    }
    out
}

/// The steps of a tensor along the axes of the result it is broadcast to; 0 where it repeats.
fn broadcast_steps(result: &[usize], dims: &[usize]) -> Vec<usize> {
    let missing = result.len() - dims.len();
    let own = strides(dims);
    (0..result.len())
        .map(|axis| match axis.checked_sub(missing) {
            Some(at) if dims[at] != 1 => own[at],
            _ => 0,
        })
        .collect()
}

/// The sizes that tensors are broadcast to.
pub fn broadcast_dims(left: &[usize], right: &[usize]) -> Outcome<Vec<usize>> {
    let rank = left.len().max(right.len());
    let size = |dims: &[usize], axis: usize| (axis + dims.len()).checked_sub(rank).map_or(1, |at| dims[at]);
    (0..rank)
        .map(|axis| match (size(left, axis), size(right, axis)) {
            (a, b) if a == b => Ok(a),
            (1, b) => Ok(b),
            (a, 1) => Ok(a),
            _ => Err(Misfit::Broadcast { left: left.to_vec(), right: right.to_vec() }.into()),
        })
        .collect()
}

/// Applies `f` to each pair of elements, with broadcasting.
pub fn zip<A: Element, B: Element, C: Element>(
    left: &ArrayD<A>,
    right: &ArrayD<B>,
    f: impl Fn(A, B) -> C,
) -> Outcome<ArrayD<C>> {
    let dims = broadcast_dims(left.shape(), right.shape())?;
    let mut out = Vec::with_capacity(bounded::<C>(&dims)?);
    let runs = Runs::broadcast(&dims, [left.shape(), right.shape()]);
    let (left, right) = (data(left), data(right));
    let length = runs.length;
    runs.for_each(|[a, b]| match runs.steps {
        [1, 1] => out.extend(left[a..a + length].iter().zip(&right[b..b + length]).map(|(x, y)| f(*x, *y))),
        [1, 0] => out.extend(left[a..a + length].iter().map(|x| f(*x, right[b]))),
        [0, 1] => out.extend(right[b..b + length].iter().map(|y| f(left[a], *y))),
        [by_a, by_b] => out.extend((0..length).map(|i| f(left[a + i * by_a], right[b + i * by_b]))),
    });
    Ok(array(&dims, out))
}

/// As [`zip`], writing into `left`, whose sizes must be those of the result.
pub fn zip_in_place<T: Element>(left: &mut ArrayD<T>, right: &ArrayD<T>, f: impl Fn(T, T) -> T) {
    let runs = Runs::broadcast(left.shape(), [left.shape(), right.shape()]);
    let length = runs.length;
    let right = data(right);
    let left = left.as_slice_mut().expect("values are kept in standard layout");
    runs.for_each(|[a, b]| {
        let target = &mut left[a..a + length];
        match runs.steps[1] {
            0 => target.iter_mut().for_each(|x| *x = f(*x, right[b])),
            1 => target.iter_mut().zip(&right[b..b + length]).for_each(|(x, y)| *x = f(*x, *y)),
            by => target.iter_mut().enumerate().for_each(|(i, x)| *x = f(*x, right[b + i * by])),
        }
    });
}

/// A copy with axes in another order: axis `i` of the result is axis `order[i]` of `source`.
pub fn permute<T: Element>(source: &ArrayD<T>, order: &[usize]) -> ArrayD<T> {
    let dims: Vec<usize> = order.iter().map(|axis| source.shape()[*axis]).collect();
    let own = strides(source.shape());
    let steps: Vec<usize> = order.iter().map(|axis| own[*axis]).collect();
    walk(data(source), 0, &dims, &steps)
}

/// A copy of the elements that lie at `start` plus multiples of `steps`, as a tensor of `dims`.
pub fn walk<T: Element>(source: &[T], start: usize, dims: &[usize], steps: &[usize]) -> ArrayD<T> {
    let mut out = Vec::with_capacity(dims.iter().product());
    let runs = Runs::new(dims.iter().zip(steps).map(|(size, step)| (*size, [*step])));
    let length = runs.length;
    runs.for_each(|[offset]| {
        let at = start + offset;
        match runs.steps[0] {
            1 => out.extend_from_slice(&source[at..at + length]),
            0 => out.extend(std::iter::repeat_n(source[at], length)),
            step => out.extend(source[at..].iter().step_by(step).take(length)),
        }
    });
    array(dims, out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_that_continue_each_other_are_joined() {
        let runs = Runs::broadcast(&[4, 3, 2], [&[4, 3, 2], &[3, 2]]);
        assert_eq!((runs.length, runs.steps, runs.outer.len()), (6, [1, 1], 1));
        let runs = Runs::broadcast(&[4, 3, 2], [&[4, 3, 2], &[]]);
        assert_eq!((runs.length, runs.steps, runs.outer.len()), (24, [1, 0], 0));
    }

    #[test]
    fn permuted_copies_have_their_axes_swapped() {
        let source = array(&[2, 3], vec![0_i64, 1, 2, 3, 4, 5]);
        assert_eq!(permute(&source, &[1, 0]), array(&[3, 2], vec![0, 3, 1, 4, 2, 5]));
    }

    #[test]
    fn nothing_is_visited_where_an_axis_is_empty() {
        let left = array::<f32>(&[0, 3], vec![]);
        let right = array::<f32>(&[1, 3], vec![1.0, 2.0, 3.0]);
        let sum = zip(&left, &right, |a, b| a + b).expect("broadcasts");
        assert_eq!(sum.shape(), [0, 3]);
    }
}
