//! Operators that move, cut, join, pick and make elements.

use crate::compare::Op;
use crate::support::graph::{bools, f32s, f64s, i32s, i64s, noise, numbers};
use ansatz::engine::Value;

fn count(dims: &[usize]) -> Value {
    let count: usize = dims.iter().product();
    f32s(dims, &(0..count).map(|x| x as f32).collect::<Vec<_>>())
}

fn ints(list: &[i64]) -> Value {
    i64s(&[list.len()], list)
}

fn shape_of(name: &str, from: &[usize], target: &[i64]) -> Vec<usize> {
    Op::new(name, &[count(from), ints(target)]).one().shape().to_vec()
}

#[test]
fn shapes_change_without_the_elements() {
    assert_eq!(shape_of("Reshape", &[2, 3, 4], &[6, 4]), [6, 4]);
    assert_eq!(shape_of("Reshape", &[2, 3, 4], &[0, -1]), [2, 12]);
    assert_eq!(shape_of("Reshape", &[2, 3, 4], &[-1]), [24]);
    assert_eq!(shape_of("Reshape", &[1], &[]), [] as [usize; 0]);
    let empty = Op::new("Reshape", &[f32s(&[0, 3], &[]), ints(&[3, 0])]).with("allowzero", 1);
    assert_eq!(empty.one().shape(), [3, 0]);
    assert_eq!(shape_of("Squeeze", &[1, 3, 1], &[0, -1]), [3]);
    assert_eq!(Op::new("Squeeze", &[count(&[1, 3, 1])]).one().shape(), [3]);
    assert_eq!(Op::new("Squeeze", &[count(&[1, 3, 1])]).opset(11).with("axes", [0]).one().shape(), [3, 1]);
    assert_eq!(shape_of("Unsqueeze", &[3], &[0, -1]), [1, 3, 1]);
    assert_eq!(Op::new("Unsqueeze", &[count(&[3])]).opset(11).with("axes", [1]).one().shape(), [3, 1]);
    assert_eq!(Op::new("Flatten", &[count(&[2, 3, 4])]).one().shape(), [2, 12]);
    assert_eq!(Op::new("Flatten", &[count(&[2, 3, 4])]).with("axis", 3).one().shape(), [24, 1]);
    assert_eq!(Op::new("Flatten", &[count(&[2, 3, 4])]).with("axis", 0).one().shape(), [1, 24]);
    assert_eq!(Op::new("Shape", &[count(&[2, 3, 4])]).one(), ints(&[2, 3, 4]));
    assert_eq!(Op::new("Shape", &[count(&[2, 3, 4])]).with("start", 1).with("end", -1).one(), ints(&[3]));
    assert_eq!(Op::new("Size", &[count(&[2, 3, 4])]).one(), i64s(&[], &[24]));
}

#[test]
fn axes_are_permuted() {
    let turned = Op::new("Transpose", &[count(&[2, 3])]).one();
    assert_eq!(turned, f32s(&[3, 2], &[0.0, 3.0, 1.0, 4.0, 2.0, 5.0]));
    for order in [[0, 2, 1, 3], [0, 2, 3, 1], [3, 2, 1, 0], [0, 1, 2, 3], [1, 0, 2, 3]] {
        Op::new("Transpose", &[noise(&[2, 3, 4, 5], 1)]).with("perm", order).check();
    }
}

#[test]
fn slices_count_from_either_end_in_steps() {
    let slice = |cut: [i64; 4]| {
        let [start, end, axis, step] = cut;
        let lists = [count(&[3, 4]), ints(&[start]), ints(&[end]), ints(&[axis]), ints(&[step])];
        let Value::F32(out) = Op::new("Slice", &lists).one() else { panic!("floats") };
        out.iter().map(|x| *x as i64).collect::<Vec<_>>()
    };
    assert_eq!(slice([1, 3, 0, 1]), [4, 5, 6, 7, 8, 9, 10, 11]);
    assert_eq!(slice([0, i64::MAX, 1, 2]), [0, 2, 4, 6, 8, 10]);
    assert_eq!(slice([-1, i64::MIN, -1, -3]), [3, 0, 7, 4, 11, 8]);
    assert_eq!(slice([-2, -1, 0, 1]), [4, 5, 6, 7]);
    assert_eq!(slice([3, 1, 1, 1]), [] as [i64; 0]);
    let both = [count(&[4, 6]), ints(&[1, 0]), ints(&[4, 6]), ints(&[0, 1]), ints(&[2, 3])];
    assert_eq!(Op::new("Slice", &both).one(), f32s(&[2, 2], &[6.0, 9.0, 18.0, 21.0]));
    let plain = Op::new("Slice", &[count(&[4]), ints(&[1]), ints(&[3])]);
    assert_eq!(plain.one(), f32s(&[2], &[1.0, 2.0]));
    let old = Op::new("Slice", &[count(&[4])]).opset(9).with("starts", [1]).with("ends", [3]).with("axes", [0]);
    assert_eq!(old.one(), f32s(&[2], &[1.0, 2.0]));
    Op::new("Slice", &[f32s(&[0, 2], &[]), ints(&[-1]), ints(&[-9]), ints(&[0]), ints(&[-1])]).check();
}

#[test]
fn tensors_are_joined_and_split() {
    let joined = Op::new("Concat", &[count(&[2, 1]), count(&[2, 2])]).with("axis", 1).one();
    assert_eq!(joined, f32s(&[2, 3], &[0.0, 0.0, 1.0, 1.0, 2.0, 3.0]));
    Op::new("Concat", &[noise(&[2, 3], 1), noise(&[5, 3], 2), noise(&[0, 3], 3)]).with("axis", -2).check();
    Op::new("Concat", &[ints(&[1, 2]), ints(&[3])]).with("axis", 0).check();
    let parts = Op::new("Split", &[count(&[5])]).with("num_outputs", 2).outputs(2).check();
    assert_eq!(parts, [f32s(&[3], &[0.0, 1.0, 2.0]), f32s(&[2], &[3.0, 4.0])]);
    let parts = Op::new("Split", &[noise(&[2, 6], 1), ints(&[1, 2, 3])]).with("axis", 1).outputs(3).check();
    assert_eq!(parts[2].shape(), [2, 3]);
    Op::new("Split", &[count(&[6])]).opset(11).with("split", [2, 4]).outputs(2).check();
    Op::new("Split", &[count(&[6])]).opset(11).outputs(3).check();
}

#[test]
fn tensors_grow() {
    let grown = Op::new("Expand", &[f32s(&[2, 1], &[1.0, 2.0]), ints(&[2, 1, 3])]).one();
    assert_eq!(grown, f32s(&[2, 2, 3], &[1.0, 1.0, 1.0, 2.0, 2.0, 2.0, 1.0, 1.0, 1.0, 2.0, 2.0, 2.0]));
    let tiled = Op::new("Tile", &[f32s(&[1, 2], &[1.0, 2.0]), ints(&[2, 2])]).one();
    assert_eq!(tiled, f32s(&[2, 4], &[1.0, 2.0, 1.0, 2.0, 1.0, 2.0, 1.0, 2.0]));
    Op::new("Tile", &[noise(&[2, 3, 2], 1), ints(&[2, 1, 3])]).check();
    let filled = Op::new("ConstantOfShape", &[ints(&[2])]).with("value", i64s(&[1], &[7])).one();
    assert_eq!(filled, i64s(&[2], &[7, 7]));
    assert_eq!(Op::new("ConstantOfShape", &[ints(&[2, 0])]).one(), f32s(&[2, 0], &[]));
    let range = |list: [i64; 3]| Op::new("Range", &list.map(|x| i64s(&[], &[x]))).one();
    assert_eq!(range([0, 5, 2]), ints(&[0, 2, 4]));
    assert_eq!(range([5, 0, -2]), ints(&[5, 3, 1]));
    assert_eq!(range([5, 0, 2]), ints(&[]));
    let floats = [0.0, 1.0, 0.3].map(|x| f32s(&[], &[x]));
    assert_eq!(Op::new("Range", &floats).one().shape(), [4]);
}

#[test]
fn triangles_are_cut_at_a_diagonal() {
    let upper = Op::new("Trilu", &[count(&[3, 3])]).one();
    assert_eq!(upper, f32s(&[3, 3], &[0.0, 1.0, 2.0, 0.0, 4.0, 5.0, 0.0, 0.0, 8.0]));
    for diagonal in [-5, -1, 0, 1, 5] {
        for upper in [0, 1] {
            let cut = Op::new("Trilu", &[noise(&[2, 3, 4], 5), i64s(&[], &[diagonal])]);
            cut.with("upper", upper).check();
        }
    }
}

#[test]
fn casts_lose_the_fraction_towards_zero() {
    let cast = |value: Value, to: i64| Op::new("Cast", &[value]).with("to", to).one();
    assert_eq!(cast(f32s(&[3], &[-1.7, 0.0, 2.9]), 7), i64s(&[3], &[-1, 0, 2]));
    assert_eq!(cast(f32s(&[2], &[-0.5, 0.0]), 9), bools(&[2], &[true, false]));
    assert_eq!(cast(bools(&[2], &[true, false]), 1), f32s(&[2], &[1.0, 0.0]));
    assert_eq!(cast(i64s(&[1], &[3]), 6), i32s(&[1], &[3]));
    assert_eq!(cast(i32s(&[1], &[3]), 11), f64s(&[1], &[3.0]));
    assert_eq!(Op::new("CastLike", &[i64s(&[1], &[3]), f32s(&[1], &[0.0])]).one(), f32s(&[1], &[3.0]));
}

#[test]
fn constants_come_in_five_forms() {
    assert_eq!(Op::new("Constant", &[]).with("value", f32s(&[2], &[1.0, 2.0])).one(), f32s(&[2], &[1.0, 2.0]));
    assert_eq!(Op::new("Constant", &[]).with("value_float", 1.5_f32).one(), f32s(&[], &[1.5]));
    assert_eq!(Op::new("Constant", &[]).with("value_int", 3).one(), i64s(&[], &[3]));
    assert_eq!(Op::new("Constant", &[]).with("value_ints", [3, 4]).one(), ints(&[3, 4]));
}

#[test]
fn elements_are_gathered_by_index() {
    let rows = Op::new("Gather", &[count(&[3, 2]), i64s(&[2, 1], &[2, -3])]).one();
    assert_eq!(rows, f32s(&[2, 1, 2], &[4.0, 5.0, 0.0, 1.0]));
    Op::new("Gather", &[noise(&[3, 4, 5], 1), i64s(&[2], &[3, 0])]).with("axis", 1).check();
    Op::new("Gather", &[noise(&[3, 4, 5], 1), i32s(&[], &[-1])]).with("axis", -1).check();
    let picked = Op::new("GatherElements", &[count(&[2, 2]), i64s(&[2, 2], &[0, 0, 1, -2])]).with("axis", 1).one();
    assert_eq!(picked, f32s(&[2, 2], &[0.0, 0.0, 3.0, 2.0]));
    let indices: Vec<i64> = numbers(24, 3).iter().map(|x| (x.abs() * 2.9) as i64).collect();
    Op::new("GatherElements", &[noise(&[3, 2, 4], 1), i64s(&[3, 2, 4], &indices)]).check();
    let tuples = Op::new("GatherND", &[count(&[2, 3]), i64s(&[2, 2], &[0, 1, 1, -1])]).one();
    assert_eq!(tuples, f32s(&[2], &[1.0, 5.0]));
    Op::new("GatherND", &[noise(&[2, 3, 4], 1), i64s(&[2, 1], &[1, 0])]).check();
    Op::new("GatherND", &[noise(&[2, 3, 4], 1), i64s(&[2, 1], &[1, 0])]).with("batch_dims", 1).check();
}

#[test]
fn elements_are_scattered_by_index() {
    let inputs = [f32s(&[4], &[0.0, 1.0, 2.0, 3.0]), i64s(&[2, 1], &[3, 1]), f32s(&[2], &[9.0, 8.0])];
    assert_eq!(Op::new("ScatterND", &inputs).one(), f32s(&[4], &[0.0, 8.0, 2.0, 9.0]));
    for reduction in ["add", "mul", "max", "min"] {
        let rows = [noise(&[4, 3], 1), i64s(&[3, 1], &[0, 2, 0]), noise(&[3, 3], 2)];
        Op::new("ScatterND", &rows).with("reduction", reduction).check();
    }
    let whole = [i64s(&[3], &[1, 2, 3]), i64s(&[1, 1], &[-1]), ints(&[10])];
    assert_eq!(Op::new("ScatterND", &whole).with("reduction", "add").one(), ints(&[1, 2, 13]));
}
