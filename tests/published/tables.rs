//! The two constants that `examples/brackets/published.ansatz` reads, computed as
//! `examples/brackets/tables.py` does, on the built-in engine.

use super::LENGTH;
use ansatz::data::{Array, read_npz, write_npz};
use ansatz::engine::Value;
use ansatz::engine::reference::Interpreter;
use ansatz::model::{Graph, TensorId, load};
use ndarray::{Array4, ArrayD, Axis, Ix4, IxDyn, s};
use std::path::{Path, PathBuf};

const OPEN: i64 = 3;
const CLOSE: i64 = 4;
/// Strings of one number of brackets whose attention is averaged.
const STRINGS: usize = 400;

/// Writes both tables into a folder and gives their paths.
#[expect(clippy::disallowed_methods, reason = "tests write files themselves")]
pub fn tables(published: &Path, out: &Path) -> [PathBuf; 2] {
    let (model, _) = load(&published.join("brackets.onnx")).expect("the published model loads");
    let graph = model.graph;
    let named = |name: &str| graph.find(name).expect("the published export has this tensor");
    let wanted = [named("/blocks.0/attn/Add_2_output_0"), named("/blocks.0/attn/Softmax_output_0")];
    let block =
        Block { interpreter: Interpreter::compile(&graph, &wanted).expect("the block compiles"), graph: &graph };
    let paths = [out.join("phi.npz"), out.join("adjusted.npz")];
    let phi = Array::Real(phi(&block));
    std::fs::write(&paths[0], write_npz(&[("phi".to_owned(), phi)]).expect("packs")).expect("the folder is writable");
    let weights = Array::Real(weights(&block, published));
    let bytes = write_npz(&[("weights".to_owned(), weights)]).expect("packs");
    std::fs::write(&paths[1], bytes).expect("the folder is writable");
    paths
}

/// The first attention block.
struct Block<'a> {
    interpreter: Interpreter,
    graph: &'a Graph,
}

impl Block<'_> {
    /// Values and pattern of both heads on some strings.
    fn run(&self, strings: &[Vec<i64>]) -> [Array4<f64>; 2] {
        let tokens: Vec<i64> = strings.iter().flatten().copied().collect();
        let tokens = ArrayD::from_shape_vec(IxDyn(&[strings.len(), LENGTH]), tokens).expect("strings of one length");
        let (input, tokens): (TensorId, Value) = (self.graph.inputs[0].tensor, Value::I64(tokens));
        let found = self.interpreter.run(&[(input, &tokens)]).expect("the block runs");
        let numbers = |value: &Value| match value {
            Value::F32(array) => array.mapv(f64::from).into_dimensionality::<Ix4>().expect("four axes"),
            _ => unreachable!("activations are float32"),
        };
        [numbers(&found[0]), numbers(&found[1])]
    }
}

fn phi(block: &Block<'_>) -> ArrayD<f64> {
    let mean = |token: i64| {
        let mut string = vec![token; LENGTH];
        (string[0], string[LENGTH - 1]) = (0, 2);
        let [values, _] = block.run(&[string.clone(), string]);
        values.slice(s![0, 0, 1..41, ..]).mean_axis(Axis(0)).expect("forty positions")
    };
    ((mean(OPEN) - mean(CLOSE)) / 2.0).into_dyn()
}

fn weights(block: &Block<'_>, published: &Path) -> ArrayD<f64> {
    #[expect(clippy::disallowed_methods, reason = "tests read files themselves")]
    let bytes = std::fs::read(published.join("parens.npz")).expect("the strings are there");
    let arrays = read_npz(&bytes, "parens.npz").expect("the strings are an npz");
    let Array::Int(tokens) = &arrays["tokens"] else { unreachable!("tokens are integers") };
    let strings: Vec<Vec<i64>> = tokens.outer_iter().map(|row| row.iter().copied().collect()).collect();
    let brackets = |string: &Vec<i64>| string.iter().filter(|token| [OPEN, CLOSE].contains(token)).count();
    let mut weights = ArrayD::zeros(IxDyn(&[LENGTH, LENGTH, LENGTH]));
    for length in 1..=LENGTH - 2 {
        let own: Vec<Vec<i64>> =
            strings.iter().filter(|string| brackets(string) == length).take(STRINGS).cloned().collect();
        if own.is_empty() {
            continue;
        }
        let [_, pattern] = block.run(&own);
        let pattern = pattern.slice(s![.., 0, .., ..]).mean_axis(Axis(0)).expect("there are strings");
        for query in 0..LENGTH {
            for part in [1..query.clamp(1, length + 1), query.clamp(1, length + 1)..length + 1] {
                let keys: Vec<usize> = part.collect();
                let mean = keys.iter().map(|key| pattern[[query, *key]]).sum::<f64>() / keys.len().max(1) as f64;
                keys.iter().for_each(|key| weights[[length, query, *key]] = mean);
            }
            let sum: f64 = (0..LENGTH).map(|key| weights[[length, query, key]]).sum();
            (0..LENGTH).for_each(|key| weights[[length, query, key]] /= sum);
        }
    }
    weights
}
