//! Small models with components, data and features, for generated hypotheses.

use super::case::{Case, Component};
use super::data::Arrays;
use super::features::Features;
use super::graph::{GraphBuilder, bools, f32s, i64s, noise, numbers};
use super::random::Random;
use ansatz::engine::{DType, Value};
use ansatz::execute::Inputs;
use ansatz::model::{Graph, Region, TensorId, load};
use ndarray::{ArrayD, IxDyn};
use std::path::Path;

/// A component that is all of a tensor.
pub fn whole(name: &str, tensor: TensorId, rank: usize) -> Component {
    Component { name: name.to_owned(), tensor, region: Region::whole(rank) }
}

/// A component that is a range of a tensor along one axis of a size.
pub fn part(name: &str, tensor: TensorId, rank: usize, axis: usize, range: (usize, usize), size: usize) -> Component {
    Component { name: name.to_owned(), tensor, region: Region::whole(rank).cut(axis, range.0, range.1, size) }
}

/// Features that any dataset can have: one with about `classes` values, and some with a value for
/// each of `length` elements. Their values have nothing to do with the data, which a scrub must
/// not notice.
pub fn arbitrary_features(rows: usize, length: usize, seed: u64) -> Features {
    let mut random = Random::new(seed);
    let mut features = Features::new();
    for classes in [2, 3, 7] {
        let values: Vec<usize> = (0..rows).map(|_| random.below(classes)).collect();
        features.add_elementwise(&vec![values; length]);
        let by_element: Vec<Vec<usize>> =
            (0..length).map(|_| (0..rows).map(|_| random.below(classes)).collect()).collect();
        features.add_elementwise(&by_element);
    }
    features
}

/// Vectors, scalars and truth values: `x` [4], `s` [], and components of rank 1, 2 and of three
/// element types, one of which is half a tensor.
pub fn arithmetic() -> Case {
    let mut g = GraphBuilder::new(18);
    let x = g.input("x", DType::F32, &["batch", "4"]);
    let s = g.input("s", DType::F32, &["batch"]);
    let (w, v) = (g.initializer("w", noise(&[4, 4], 1)), g.initializer("v", noise(&[4, 4], 2)));
    let bias = g.initializer("bias", noise(&[4], 3));
    let axis = g.ints(&[1]);
    let zero = g.scalar(0.0);
    let xw = g.node("MatMul", &[x, w], &[]);
    let xw = g.node("Add", &[xw, bias], &[]);
    let a = g.named_node("a", "Tanh", &[xw], &[]);
    let squared = g.node("Mul", &[x, x], &[]);
    let b = g.named_node("b", "Add", &[squared, a], &[]);
    let mask = g.named_node("mask", "Greater", &[xw, zero], &[]);
    let weighted = g.node("Mul", &[b, bias], &[]);
    let c = g.full_node(&["c"], "ReduceSum", &[Some(weighted), Some(axis)], &[("keepdims", 0.into())])[0];
    let scaled = g.node("Mul", &[c, s], &[]);
    let d = g.named_node("d", "Tanh", &[scaled], &[]);
    let halves = g.full_node(&["left", "right"], "Split", &[Some(b)], &[("axis", 1.into()), ("num_outputs", 2.into())]);
    let a_halves =
        g.full_node(&["a_left", "a_right"], "Split", &[Some(a)], &[("axis", 1.into()), ("num_outputs", 2.into())]);
    let e = g.named_node("e", "Concat", &[halves[1], a_halves[0]], &[("axis", 1.into())]);
    let column = g.node("Unsqueeze", &[d, axis], &[]);
    let chosen = g.node("Where", &[mask, e, a], &[]);
    let f = g.named_node("f", "Add", &[chosen, column], &[]);
    let mixed = g.node("MatMul", &[f, v], &[]);
    let mixed = g.node("Tanh", &[mixed], &[]);
    let total = g.node("Add", &[mixed, e], &[]);
    let first = g.named_node("first", "Mul", &[total, x], &[]);
    let product = g.node("Mul", &[mixed, a], &[]);
    let sum = g.node("ReduceSum", &[product, axis], &[("keepdims", 0.into())]);
    let second = g.named_node("second", "Add", &[sum, s], &[]);
    g.output(first);
    g.output(second);
    let components = vec![
        whole("a", a, 2),
        whole("b", b, 2),
        whole("mask", mask, 2),
        whole("c", c, 1),
        whole("d", d, 1),
        part("e", e, 2, 1, (0, 2), 4),
        whole("f", f, 2),
    ];
    let rows = 42;
    let data = Arrays::new([(x, noise(&[rows, 4], 4)), (s, noise(&[rows], 5))]);
    let features = arbitrary_features(rows, 4, 6);
    let sites = vec![whole("squared", squared, 2), part("total 1..3", total, 2, 1, (1, 3), 4)];
    Case::new("arithmetic", g.build(), &[first, second], components, data, features)
        .with_sites(sites)
        .with_second_dataset(rows - 12)
}

/// Token rows of length 8 in the micro models' vocabulary, some of them equal.
fn brackets(rows: usize, seed: u64) -> Vec<i64> {
    let mut random = Random::new(seed);
    let mut tokens = Vec::new();
    for _ in 0..rows {
        let length = 1 + random.below(6);
        let mut row = vec![0];
        row.extend((0..length).map(|_| 3 + i64::from(random.chance(0.5))));
        row.push(2);
        row.resize(8, 1);
        tokens.extend(row);
    }
    tokens
}

/// The 2-layer, 2-head transformer of the fixtures; `legacy` picks the exporter.
pub fn micro(legacy: bool) -> Case {
    let (file, names): (&str, [&str; 8]) = if legacy {
        let names = [
            "/embed/Add_output_0",
            "/blocks.0/attn/core/MatMul_1_output_0",
            "/blocks.0/mlp/down/Add_output_0",
            "/blocks.1/attn/core/MatMul_1_output_0",
            "/blocks.1/mlp/down/Add_output_0",
            "logits",
            "/blocks.0/Add_1_output_0",
            "/blocks.1/ln2/LayerNormalization_output_0",
        ];
        ("micro-legacy.onnx", names)
    } else {
        ("micro.onnx", ["add", "matmul_1", "linear_5", "matmul_3", "linear_11", "logits", "add_2", "layer_norm_3"])
    };
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(file);
    let (model, _) = load(&path).expect("the fixture loads");
    let graph = model.graph;
    let tensor = |at: usize| graph.find(names[at]).expect("the fixture has this tensor");
    let head =
        |layer: usize, h: usize| part(&format!("head({layer}, {h})"), tensor(1 + 2 * layer), 4, 1, (h, h + 1), 2);
    let components = vec![
        whole("embed", tensor(0), 3),
        head(0, 0),
        head(0, 1),
        whole("mlp(0)", tensor(2), 3),
        head(1, 0),
        head(1, 1),
        whole("mlp(1)", tensor(4), 3),
    ];
    let rows = 52;
    let tokens = brackets(rows, 11);
    let mut features = arbitrary_features(rows, 8, 12);
    let by_position: Vec<Vec<i64>> = (0..8).map(|at| (0..rows).map(|row| tokens[row * 8 + at]).collect()).collect();
    features.add_elementwise(&by_position);
    let data = Arrays::new([(graph.inputs[0].tensor, i64s(&[rows, 8], &tokens))]);
    let outputs = [tensor(5)];
    let sites = vec![whole("resid(1)", tensor(6), 3), part("norm(1)[pos: 0..3]", tensor(7), 3, 1, (0, 3), 8)];
    let name = if legacy { "micro-legacy" } else { "micro" };
    Case::new(name, graph, &outputs, components, data, features).with_sites(sites).with_second_dataset(rows - 12)
}

/// A causal attention block full of sizes: rows and positions merged by a reshape whose target is
/// computed, a mask and ones of the size of the batch, one head of two that is a component, a
/// residual stream of which two positions are a component, and two outputs.
pub fn shapes() -> Case {
    let (length, d) = (5_i64, 6_i64);
    let mut g = GraphBuilder::new(18);
    let tokens = g.input("tokens", DType::I64, &["batch", "5"]);
    let table = g.initializer("table", noise(&[4, 6], 21));
    let places = g.initializer("places", noise(&[5, 6], 22));
    let looked = g.node("Gather", &[table, tokens], &[]);
    let embed = g.named_node("embed", "Add", &[looked, places], &[]);
    // Sizes of the embedding, and a reshape that merges rows and positions.
    let sizes = g.node("Shape", &[embed], &[]);
    let (at0, at1) = (g.ints(&[0]), g.ints(&[1]));
    let batch = g.node("Gather", &[sizes, at0], &[]);
    let positions = g.node("Gather", &[sizes, at1], &[]);
    let merged = g.node("Mul", &[batch, positions], &[]);
    let width = g.ints(&[d]);
    let flat_shape = g.node("Concat", &[merged, width], &[("axis", 0.into())]);
    let flat = g.node("Reshape", &[embed, flat_shape], &[]);
    let qkv_weight = g.initializer("qkv", noise(&[6, 18], 23));
    let qkv = g.node("MatMul", &[flat, qkv_weight], &[]);
    let parts = g.full_node(&["q", "k", "v"], "Split", &[Some(qkv)], &[("axis", 1.into()), ("num_outputs", 3.into())]);
    let (two, three) = (g.ints(&[2]), g.ints(&[3]));
    let head_shape = g.node("Concat", &[batch, positions, two, three], &[("axis", 0.into())]);
    let mut heads = Vec::new();
    for tensor in parts {
        let split = g.node("Reshape", &[tensor, head_shape], &[]);
        heads.push(g.node("Transpose", &[split], &[("perm", [0, 2, 1, 3].into())]));
    }
    let keys = g.node("Transpose", &[heads[1]], &[("perm", [0, 1, 3, 2].into())]);
    let scores = g.node("MatMul", &[heads[0], keys], &[]);
    // A causal mask from sizes: ones below the diagonal.
    let square = g.node("Concat", &[positions, positions], &[("axis", 0.into())]);
    let ones = g.node("ConstantOfShape", &[square], &[("value", f32s(&[1], &[1.0]).into())]);
    let lower = g.node("Trilu", &[ones], &[("upper", 0.into())]);
    let zero = g.scalar(0.0);
    let allowed = g.node("Greater", &[lower, zero], &[]);
    let never = g.scalar(-1e4);
    let masked = g.node("Where", &[allowed, scores, never], &[]);
    let pattern = g.node("Softmax", &[masked], &[("axis", (-1).into())]);
    let z = g.named_node("z", "MatMul", &[pattern, heads[2]], &[]);
    let back = g.node("Transpose", &[z], &[("perm", [0, 2, 1, 3].into())]);
    let z_sizes = g.node("Shape", &[z], &[("start", 0.into()), ("end", 1.into())]);
    let any = g.ints(&[length, -1]);
    let joined_shape = g.node("Concat", &[z_sizes, any], &[("axis", 0.into())]);
    let joined = g.node("Reshape", &[back, joined_shape], &[]);
    let o = g.initializer("o", noise(&[6, 6], 24));
    let out = g.node("MatMul", &[joined, o], &[]);
    let resid = g.named_node("resid", "Add", &[embed, out], &[]);
    // Ones of the size of the batch, which depend on no value of any datum.
    let (one, shaped) = (g.ints(&[1]), g.ints(&[1]));
    let column = g.node("Concat", &[batch, one, shaped], &[("axis", 0.into())]);
    let halves = g.node("ConstantOfShape", &[column], &[("value", f32s(&[1], &[0.5]).into())]);
    let scaled = g.node("Mul", &[resid, halves], &[]);
    let scale = g.initializer("scale", noise(&[6], 25));
    let normal = g.node("LayerNormalization", &[scaled, scale], &[]);
    let up = g.initializer("up", noise(&[6, 6], 26));
    let hidden = g.node("MatMul", &[normal, up], &[]);
    let hidden = g.node("Relu", &[hidden], &[]);
    let mlp = g.named_node("mlp", "MatMul", &[hidden, o], &[]);
    let last = g.named_node("last", "Add", &[scaled, mlp], &[]);
    let unembed = g.initializer("unembed", noise(&[6, 3], 27));
    let logits = g.named_node("logits", "MatMul", &[last, unembed], &[]);
    let axes = g.ints(&[1, 2]);
    let gated = g.node("Mul", &[last, embed], &[]);
    let pooled = g.named_node("pooled", "ReduceMean", &[gated, axes], &[("keepdims", 0.into())]);
    g.output(logits);
    g.output(pooled);
    let components = vec![
        whole("embed", embed, 3),
        part("z 0", z, 4, 1, (0, 1), 2),
        part("resid 0..2", resid, 3, 1, (0, 2), 5),
        whole("mlp", mlp, 3),
    ];
    let rows = 48;
    let mut random = Random::new(28);
    let drawn: Vec<i64> = (0..rows * 5).map(|_| i64::try_from(random.below(4)).expect("small")).collect();
    let mut features = arbitrary_features(rows, 6, 29);
    let by_position: Vec<Vec<i64>> = (0..6).map(|at| (0..rows).map(|row| drawn[row * 5 + at % 5]).collect()).collect();
    features.add_elementwise(&by_position);
    let data = Arrays::new([(tokens, i64s(&[rows, 5], &drawn))]);
    let sites = vec![whole("normal", normal, 3), part("z 1", z, 4, 1, (1, 2), 2)];
    Case::new("shapes", g.build(), &[logits, pooled], components, data, features)
        .with_sites(sites)
        .with_second_dataset(rows - 12)
}

/// A random graph of floats [2, 3] with random boxes of its tensors as components.
pub fn tangle(seed: u64) -> Case {
    let mut random = Random::new(seed);
    let mut g = GraphBuilder::new(18);
    let inputs = [g.input("x", DType::F32, &["batch", "2", "3"]), g.input("y", DType::F32, &["batch", "2", "3"])];
    let mut tensors = inputs.to_vec();
    let (mut components, mut sites) = (Vec::new(), Vec::new());
    for step in 0..14 {
        let name = format!("t{step}");
        let tensor = tangled(&mut g, &name, &tensors, &mut random);
        tensors.push(tensor);
        if step < 12 {
            let chosen = boxes(&name, tensor, &mut random);
            if random.chance(0.6) { &mut components } else { &mut sites }.extend(chosen);
        }
    }
    let outputs = [tensors[14], tensors[15]];
    let joined = g.named_node("first", "Add", &[outputs[0], tensors[2 + random.below(12)]], &[]);
    let other = g.named_node("second", "Mul", &[outputs[1], tensors[2 + random.below(12)]], &[]);
    g.output(joined);
    g.output(other);
    let rows = 37;
    let data = Arrays::new(inputs.map(|input| (input, noise(&[rows, 2, 3], seed * 2 + u64::from(input.0)))));
    let features = arbitrary_features(rows, 3, seed);
    let name = format!("tangle {seed}");
    Case::new(&name, g.build(), &[joined, other], components, data, features)
        .with_sites(sites)
        .with_second_dataset(rows - 12)
}

/// One or two disjoint boxes of a tensor [2, 3], or all of it.
fn boxes(name: &str, tensor: TensorId, random: &mut Random) -> Vec<Component> {
    let cut = |axis: usize, from: usize, to: usize, size: usize| {
        part(&format!("{name} {axis} {from}..{to}"), tensor, 3, axis, (from, to), size)
    };
    match random.below(6) {
        0 => vec![cut(1, 0, 1, 2)],
        1 => vec![cut(2, 1, 3, 3)],
        2 => vec![cut(2, 0, 1, 3), cut(2, 2, 3, 3)],
        3 => vec![cut(1, 0, 1, 2), cut(1, 1, 2, 2)],
        _ => vec![whole(name, tensor, 3)],
    }
}

fn tangled(g: &mut GraphBuilder, name: &str, tensors: &[TensorId], random: &mut Random) -> TensorId {
    let recent = |random: &mut Random| tensors[tensors.len() - 1 - random.below(tensors.len().min(5))];
    let (one, other) = (recent(random), *random.pick(tensors));
    let seed = random.next();
    match random.below(9) {
        0 => {
            let weight = g.constant(noise(&[3, 3], seed));
            g.named_node(name, "MatMul", &[one, weight], &[])
        }
        1 => {
            let weight = g.constant(noise(&[2, 2], seed));
            g.named_node(name, "MatMul", &[weight, one], &[])
        }
        2 => g.named_node(name, "Mul", &[one, other], &[]),
        3 => {
            let sum = g.node("Sub", &[one, other], &[]);
            g.named_node(name, "Tanh", &[sum], &[])
        }
        4 => {
            let soft = g.node("Softmax", &[one], &[("axis", (-1).into())]);
            g.named_node(name, "Add", &[soft, other], &[])
        }
        5 => {
            let sizes = [("axis", 2.into()), ("num_outputs", 3.into())];
            let names = [0, 1, 2].map(|at| format!("{name} part {at}"));
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let columns = g.full_node(&names, "Split", &[Some(one)], &sizes);
            g.named_node(name, "Concat", &[columns[2], columns[0], columns[1]], &[("axis", 2.into())])
        }
        6 => {
            let sizes = g.node("Shape", &[other], &[]);
            let turned = g.node("Transpose", &[one], &[("perm", [0, 2, 1].into())]);
            g.named_node(name, "Reshape", &[turned, sizes], &[])
        }
        7 => {
            let shape = g.ints(&[-1, 3]);
            let flat = g.node("Reshape", &[one, shape], &[]);
            let weight = g.constant(noise(&[3, 3], seed));
            let product = g.node("MatMul", &[flat, weight], &[]);
            let sizes = g.node("Shape", &[one], &[]);
            g.named_node(name, "Reshape", &[product, sizes], &[])
        }
        _ => {
            let which = g.constant(bools(&[2, 3], &[true, false, true, false, true, true]));
            g.named_node(name, "Where", &[which, one, other], &[])
        }
    }
}

/// A case of vectors for tests with known answers: inputs by name and values, each [rows] or
/// [rows, d], and a graph that is built from them.
pub fn small(
    inputs: &[(&str, Value)],
    build: impl FnOnce(&mut GraphBuilder, &[TensorId]) -> (Vec<TensorId>, Vec<Component>),
    features: Features,
) -> Case {
    let mut g = GraphBuilder::new(18);
    let mut data = Vec::new();
    for (name, value) in inputs {
        let dims: Vec<String> = value.shape().iter().skip(1).map(ToString::to_string).collect();
        let dims: Vec<&str> = std::iter::once("batch").chain(dims.iter().map(String::as_str)).collect();
        data.push((g.input(name, value.dtype(), &dims), value.clone()));
    }
    let ids: Vec<TensorId> = data.iter().map(|(input, _)| *input).collect();
    let (outputs, components) = build(&mut g, &ids);
    for output in &outputs {
        g.output(*output);
    }
    Case::new("small", g.build(), &outputs, components, Arrays::new(data), features)
}

/// A float column: one number for each row.
pub fn column(numbers: &[f32]) -> Value {
    f32s(&[numbers.len()], numbers)
}

/// Numbers between -1 and 1 as a column.
pub fn noise_column(rows: usize, seed: u64) -> Value {
    column(&numbers(rows, seed))
}

/// A graph's nodes of one kind, counted.
pub fn count(graph: &Graph, op: &str) -> usize {
    graph.nodes.iter().filter(|node| node.op == op).count()
}

/// The rows of a case that a test may call by number.
pub fn row_count(case: &Case) -> usize {
    case.data.rows()
}

/// An array of floats from a function of its indices.
pub fn tabulated(dims: &[usize], at: impl Fn(&[usize]) -> f32) -> Value {
    Value::F32(ArrayD::from_shape_fn(IxDyn(dims), |index| at(ndarray::Dimension::slice(&index))))
}
