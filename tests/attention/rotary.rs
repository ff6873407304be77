//! The operator `RotaryEmbedding`: every form of it gives what the standard says.

use crate::case::{BATCH, loaded};
use crate::models::outputs;
use crate::plain::wide;
use crate::support::graph::{Attr, GraphBuilder, f32s, f64s, i64s, noise, numbers};
use crate::support::random::Random;
use crate::support::runtime::onnxruntime;
use crate::support::{codes, engines};
use ansatz::engine::Value;
use ansatz::engine::reference::Reference;
use ansatz::model::{Dependence, Graph, Region, TensorId};
use ndarray::{ArrayD, IxDyn};

const CASES: u64 = 200;
/// Rows of a cache that positions choose from.
const ROWS: usize = 7;

#[derive(Debug, Clone)]
struct Case {
    /// `[batch, head, position, width]`, or `[batch, position, head * width]`.
    x: Value,
    cos: Value,
    sin: Value,
    positions: Option<Value>,
    merged: bool,
    /// The caches are constants of the graph.
    constant: bool,
    heads: Option<i64>,
    part: Option<i64>,
    interleaved: bool,
}

fn floats(dims: &[usize], seed: u64, double: bool) -> Value {
    let list = numbers(dims.iter().product(), seed);
    if double { f64s(dims, &list.iter().map(|x| f64::from(*x)).collect::<Vec<_>>()) } else { f32s(dims, &list) }
}

impl Case {
    /// Four axes: two heads, three positions, width four; nothing else.
    fn plain() -> Case {
        Case {
            x: noise(&[BATCH, 2, 3, 4], 1),
            cos: noise(&[BATCH, 3, 2], 2),
            sin: noise(&[BATCH, 3, 2], 3),
            positions: None,
            merged: false,
            constant: false,
            heads: None,
            part: None,
            interleaved: false,
        }
    }

    fn drawn(seed: u64) -> Case {
        let mut random = Random::new(seed);
        let mut pick = |from: &[usize]| from[random.below(from.len())];
        let yes = [0, 1];
        let (heads, positions, width) = (pick(&[1, 2, 3]), pick(&[1, 4]), pick(&[2, 4, 6]));
        let part = [None, Some(0), Some(2), Some(width)][pick(&[0, 1, 2, 3])];
        let turned = part.filter(|part| *part > 0).unwrap_or(width);
        let (merged, double, given) = (pick(&yes) == 1, pick(&[0, 0, 1]) == 1, pick(&yes) == 1);
        let batch = pick(&[1, BATCH]);
        let cache = if given { vec![ROWS, turned / 2] } else { vec![batch, positions, turned / 2] };
        let place = |_| pick(&[0, 1, 2, 5, ROWS - 1]) as i64;
        let chosen: Vec<i64> = (0..BATCH * positions).map(place).collect();
        let dims = if merged { vec![BATCH, positions, heads * width] } else { vec![BATCH, heads, positions, width] };
        Case {
            x: floats(&dims, seed * 3, double),
            cos: floats(&cache, seed * 3 + 1, double),
            sin: floats(&cache, seed * 3 + 2, double),
            positions: given.then(|| i64s(&[BATCH, positions], &chosen)),
            merged,
            constant: given || batch == 1,
            heads: (merged || pick(&yes) == 1).then_some(heads as i64),
            part: part.map(|part| part as i64),
            interleaved: pick(&yes) == 1,
        }
    }

    /// The operator alone in a graph whose batch is open, its feeds, and its output.
    fn graph(&self) -> (Graph, Vec<(TensorId, Value)>, TensorId) {
        let mut g = GraphBuilder::new(23);
        let mut feeds = Vec::new();
        let mut feed = |g: &mut GraphBuilder, name: &str, value: &Value| {
            let sizes = value.shape().iter().skip(1).map(ToString::to_string);
            let dims: Vec<String> = std::iter::once("batch".to_owned()).chain(sizes).collect();
            let id = g.input(name, value.dtype(), &dims.iter().map(String::as_str).collect::<Vec<_>>());
            feeds.push((id, value.clone()));
            Some(id)
        };
        let mut inputs = vec![feed(&mut g, "x", &self.x)];
        for (name, value) in [("cos", &self.cos), ("sin", &self.sin)] {
            inputs.push(match self.constant {
                true => Some(g.initializer(name, value.clone())),
                false => feed(&mut g, name, value),
            });
        }
        inputs.extend(self.positions.as_ref().map(|positions| feed(&mut g, "positions", positions)));
        let mut attributes: Vec<(&str, Attr)> = vec![("interleaved", i64::from(self.interleaved).into())];
        attributes.extend(self.heads.map(|heads| ("num_heads", heads.into())));
        attributes.extend(self.part.map(|part| ("rotary_embedding_dim", part.into())));
        let output = g.full_node(&["y"], "RotaryEmbedding", &inputs, &attributes)[0];
        g.output(output);
        (g.build(), feeds, output)
    }

    /// What the standard says, with loops.
    fn expected(&self) -> ArrayD<f64> {
        let (x, cos, sin) = (wide(&self.x), wide(&self.cos), wide(&self.sin));
        let heads = self.heads.map_or(1, |heads| heads as usize);
        let width = if self.merged { x.shape()[2] / heads } else { x.shape()[3] };
        let turned = self.part.filter(|part| *part > 0).map_or(width, |part| part as usize);
        ArrayD::from_shape_fn(IxDyn(x.shape()), |at| {
            let (position, offset, place) = match self.merged {
                true => (at[1], at[2] / width * width, at[2] % width),
                false => (at[2], 0, at[3]),
            };
            let value = |place: usize| {
                let mut other = at.clone();
                other[x.ndim() - 1] = offset + place;
                x[other]
            };
            if place >= turned {
                return value(place);
            }
            let (pair, first) = match self.interleaved {
                true => (place / 2, place % 2 == 0),
                false => (place % (turned / 2), place < turned / 2),
            };
            let [one, two] = if self.interleaved { [2 * pair, 2 * pair + 1] } else { [pair, pair + turned / 2] };
            let angle = |cache: &ArrayD<f64>| match &self.positions {
                Some(Value::I64(positions)) => {
                    cache[[positions[[at[0], position].as_slice()] as usize, pair].as_slice()]
                }
                _ => cache[[if cache.shape()[0] == 1 { 0 } else { at[0] }, position, pair].as_slice()],
            };
            let (cos, sin) = (angle(&cos), angle(&sin));
            if first { cos * value(one) - sin * value(two) } else { sin * value(one) + cos * value(two) }
        })
    }
}

fn assert_near(found: &Value, expected: &ArrayD<f64>, what: &str) {
    assert_eq!(found.shape(), expected.shape(), "{what}");
    let far = wide(found).iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    assert!(far < 1e-5, "{what}: {far}");
}

#[test]
fn what_is_taken_apart_is_what_the_standard_says() {
    let engines = engines();
    for seed in 0..CASES {
        let case = Case::drawn(seed);
        let (graph, feeds, output) = case.graph();
        let model = loaded(graph, &Reference::new()).unwrap_or_else(|findings| panic!("{case:?}\n{findings:?}"));
        assert!(model.graph.nodes.iter().all(|node| node.op != "RotaryEmbedding"));
        for engine in &engines {
            let found = outputs(engine.as_ref(), &model, &feeds, &[output]);
            assert_eq!(found[0].dtype(), case.x.dtype());
            assert_near(&found[0], &case.expected(), &format!("{seed} {} {case:?}", engine.name()));
        }
    }
}

#[test]
fn the_kernel_of_onnxruntime_says_the_same() {
    use ansatz::engine::Engine;
    let Some(runtime) = onnxruntime() else { return };
    let mut agreed = 0;
    for seed in 0..CASES {
        let case = Case::drawn(seed);
        let (graph, feeds, output) = case.graph();
        let feeds: Vec<(TensorId, &Value)> = feeds.iter().map(|(id, value)| (*id, value)).collect();
        // What the kernel does not have, it refuses.
        let ran = runtime.compile(&graph, &[output]).and_then(|mut session| session.run(&feeds));
        let Ok(found) = ran else { continue };
        assert_near(&found[0], &case.expected(), &format!("{seed} {case:?}"));
        agreed += 1;
    }
    assert!(agreed > CASES / 4, "only {agreed} cases were compared");
}

#[test]
fn what_cannot_be_taken_apart_is_a_coded_error() {
    let plain = Case::plain();
    let merged = Case { x: noise(&[BATCH, 3, 8], 1), merged: true, ..plain.clone() };
    assert!(loaded(plain.graph().0, &Reference::new()).is_ok());
    let cases = [
        (merged.clone(), "`num_heads` must be given"),
        (Case { heads: Some(0), ..merged.clone() }, "`num_heads` must be given"),
        (Case { heads: Some(-2), ..merged.clone() }, "`num_heads` is -2"),
        (Case { heads: Some(3), ..merged }, "multiple of the number of heads"),
        (Case { part: Some(3), ..plain.clone() }, "an even part of the width"),
        (Case { part: Some(6), ..plain.clone() }, "an even part of the width"),
        (Case { part: Some(2), ..plain.clone() }, "cosines and sines must fit"),
        (Case { sin: noise(&[BATCH, 1, 2], 3), ..plain.clone() }, "cosines and sines must fit"),
        (Case { cos: noise(&[BATCH, 3], 3), ..plain.clone() }, "`cos_cache` must have 3 axes"),
        (Case { x: noise(&[BATCH, 4], 3), ..plain.clone() }, "`X` must have 4 axes"),
        (Case { sin: f64s(&[BATCH, 3, 2], &[0.0; BATCH * 6]), ..plain.clone() }, "element types"),
        (Case { positions: Some(i64s(&[BATCH, 3], &[0; BATCH * 3])), ..plain.clone() }, "`cos_cache` must have 2 axes"),
    ];
    for (case, words) in cases {
        let findings = loaded(case.graph().0, &Reference::new()).expect_err("the operator is refused");
        assert_eq!(codes(&findings), ["A3013"], "{findings:?}");
        let message = &findings[0].message;
        assert!(message.contains(words) && message.contains("`RotaryEmbedding`"), "{message} lacks {words}");
    }
}

/// A position depends on itself alone, and a place on the one that it is paired with.
#[test]
fn positions_are_kept_apart() {
    for (interleaved, wanted) in [(false, "[:, 0, 1, 0..3]"), (true, "[:, 0, 1, 0..2]")] {
        let (graph, ..) = Case { interleaved, ..Case::plain() }.graph();
        let model = loaded(graph, &Reference::new()).expect("a good model");
        let shape = |tensor: TensorId| model.facts.get(tensor).and_then(|fact| fact.shape(1));
        let first = Region::whole(4).cut(1, 0, 1, 2).cut(2, 1, 2, 3).cut(3, 0, 1, 4);
        let read = Dependence::new(&model.graph, &shape).reads(&[(model.graph.outputs[0], first)], &|_| true);
        let shown = |at: usize| read.get(&model.graph.inputs[at].tensor).map(ToString::to_string);
        assert_eq!(shown(0).as_deref(), Some(wanted));
        assert_eq!(shown(1).as_deref(), Some("[:, 1, 0]"));
    }
}
