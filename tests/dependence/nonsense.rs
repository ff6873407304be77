//! Nodes that no engine would run: shapes, attributes and constants that do not fit. Questions
//! about them are answered, whatever the answer.

use crate::support::graph::{Attr, GraphBuilder, i64s, noise, numbers};
use ansatz::engine::DType;
use ansatz::engine::reference::operator_names;
use ansatz::model::{Dependence, NodeId, Region, TensorId};

/// Numbers below a bound, from a seed.
fn below(bound: usize, count: usize, seed: u64) -> Vec<usize> {
    numbers(count, seed).iter().map(|x| ((x.abs() * bound as f32) as usize).min(bound - 1)).collect()
}

fn ask(op: &str, seed: u64) {
    let mut g = GraphBuilder::new([11, 12, 13, 18, 23][below(5, 1, seed)[0]]);
    let picks = below(5, 64, seed + 1);
    let mut inputs = Vec::new();
    for at in 0..picks[0] + 1 {
        let dims = &picks[10 + at * 4..10 + at * 4 + picks[at + 1].min(4)];
        inputs.push(match picks[at + 40] {
            0 => g.input(&format!("x{at}"), DType::F32, &["batch", "3"]),
            1 | 2 => {
                let list: Vec<i64> = picks[..at + 1].iter().map(|pick| *pick as i64 * 3 - 5).collect();
                g.constant(i64s(&[list.len()], &list))
            }
            3 => g.constant(i64s(&[], &[picks[at] as i64 - 2])),
            _ => g.constant(noise(dims, seed)),
        });
    }
    let list = |from: usize| Attr::Ints(picks[from..from + 3].iter().map(|pick| *pick as i64 - 1).collect());
    let number = |at: usize| Attr::Int(picks[at] as i64 - 2);
    let equation = ["ab,bc->ac", "...a,...->", "a->b", "", "->", "a.b,c", "aab->ab,"][below(7, 1, seed + 2)[0]];
    let attributes = [
        ("axis", number(50)),
        ("keepdims", number(51)),
        ("perm", list(52)),
        ("batch_dims", number(55)),
        ("split", list(56)),
        ("is_causal", Attr::Int(1)),
        ("q_num_heads", number(57)),
        ("kv_num_heads", number(58)),
        ("equation", equation.into()),
        ("to", Attr::Int(1)),
    ];
    let inputs: Vec<Option<TensorId>> = inputs.into_iter().map(Some).collect();
    let outputs = g.full_node(&["y", "z"], op, &inputs, &attributes);
    let graph = g.build();
    let shape = |tensor: TensorId| {
        let own = below(5, 8, seed * 31 + u64::from(tensor.0));
        if own[0] == 0 { None } else { Some(own[1..own[0] + 1].to_vec()) }
    };
    let dependence = Dependence::new(&graph, &shape);
    for output in outputs {
        let rank = shape(output).map_or(2, |shape| shape.len());
        for region in [Region::whole(rank), Region::whole(rank).cut(rank.saturating_sub(1), 1, 2, 7), Region::whole(1)]
        {
            for at in 0..inputs.len() + 1 {
                let _ = dependence.input(NodeId(0), output, &region, at);
                let _ = dependence.along(NodeId(0), output, rank - 1, at);
            }
        }
    }
}

#[test]
fn nonsense_is_answered() {
    for op in operator_names().chain(["Unheard"]) {
        for seed in 0..300 {
            ask(op, seed);
        }
    }
}
