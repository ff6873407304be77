//! Products of matrices, and attention.

use crate::case::Case;
use crate::support::graph::{bools, f32s, noise};
use ansatz::engine::Value;

pub fn cases() -> Vec<Case> {
    [matmuls(), gemms(), einsums(), attentions()].concat()
}

fn matmuls() -> Vec<Case> {
    let shapes: [(&[usize], &[usize]); 9] = [
        (&[2, 3, 4], &[4, 2]),
        (&[2, 3, 4], &[2, 4, 2]),
        (&[2, 3, 2, 4], &[2, 3, 4, 2]),
        (&[2, 1, 2, 4], &[1, 3, 4, 2]),
        (&[2, 1, 2, 4], &[2, 3, 4, 2]),
        (&[2, 3, 2, 4], &[3, 4, 2]),
        (&[2, 3, 4], &[4]),
        (&[2, 4], &[4, 3]),
        (&[4], &[2, 4, 3]),
    ];
    let mut cases = Vec::new();
    for (left, right) in shapes {
        cases.push(Case::new("MatMul").weight(noise(left, 1)).weight(noise(right, 2)).tight());
        cases.push(Case::new("MatMul").data(noise(left, 1)).weight(noise(right, 2)).tight());
        cases.push(Case::new("MatMul").weight(noise(left, 1)).data(noise(right, 2)));
        cases.push(Case::new("MatMul").data(noise(left, 1)).data(noise(right, 2)));
    }
    cases.push(Case::new("MatMul").data(noise(&[2, 3, 4], 1)).data(noise(&[2, 4, 2], 2)).tight());
    cases.push(Case::new("MatMul").weight(noise(&[4], 1)).weight(noise(&[4], 2)).tight());
    cases
}

fn gemms() -> Vec<Case> {
    let mut cases = Vec::new();
    for (left, right) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
        let a = noise(if left == 1 { &[4, 3] } else { &[3, 4] }, 1);
        let b = noise(if right == 1 { &[2, 4] } else { &[4, 2] }, 2);
        let case = |case: Case| case.with("transA", left).with("transB", right).with("alpha", 0.5_f32);
        cases.push(case(Case::new("Gemm").weight(a.clone()).weight(b.clone())).tight());
        cases.push(case(Case::new("Gemm").data(a.clone()).weight(b.clone())));
        for c in [&[2][..], &[3, 1], &[3, 2], &[]] {
            cases.push(case(Case::new("Gemm").weight(a.clone()).weight(b.clone()).weight(noise(c, 3))).tight());
        }
    }
    cases.push(Case::new("Gemm").data(noise(&[6, 4], 1)).weight(noise(&[4, 3], 2)).weight(noise(&[3], 3)).tight());
    cases
}

fn einsums() -> Vec<Case> {
    let equations: [(&str, &[&[usize]]); 14] = [
        ("bpd,hdk->bhpk", &[&[2, 3, 4], &[2, 4, 2]]),
        ("bhqk,bhkd->bqhd", &[&[2, 2, 3, 4], &[2, 2, 4, 2]]),
        ("bqhd,bkhd->bhqk", &[&[2, 3, 2, 2], &[2, 4, 2, 2]]),
        ("bij->bji", &[&[2, 3, 4]]),
        ("bij->bi", &[&[2, 3, 4]]),
        ("bii->bi", &[&[2, 3, 3]]),
        ("bi,bj->bij", &[&[2, 3], &[2, 4]]),
        ("bi,bi->b", &[&[2, 3], &[2, 3]]),
        ("bij,jk", &[&[2, 3, 4], &[4, 2]]),
        ("...ij,jk->...ik", &[&[2, 3, 4], &[4, 2]]),
        ("...ij,...jk->...ik", &[&[2, 3, 4], &[1, 4, 2]]),
        ("...ij, ...jk -> i...k", &[&[2, 2, 3, 4], &[4, 2]]),
        ("bij,jk,kl->bil", &[&[2, 3, 2], &[2, 4], &[4, 2]]),
        ("bi,bj,bk->bijk", &[&[2, 2], &[2, 3], &[2, 2]]),
    ];
    let mut cases = Vec::new();
    for (equation, shapes) in equations {
        let case = |role: fn(Case, Value) -> Case| {
            let inputs = shapes.iter().zip(1..);
            inputs.fold(Case::new("Einsum").with("equation", equation), |case, (dims, seed)| {
                role(case, noise(dims, seed))
            })
        };
        // Of a diagonal, the box of one element has the size of one, too.
        cases.push(case(Case::weight).tight());
        cases.push(case(Case::data));
    }
    cases
}

fn attentions() -> Vec<Case> {
    let four = |heads: usize, own: usize, keys: usize| {
        let case = Case::new("Attention").opset(23).data(noise(&[2, heads, 3, 2], 1));
        case.data(noise(&[2, own, keys, 2], 2)).data(noise(&[2, own, keys, 2], 3))
    };
    let flat = |heads: i64, own: i64| {
        let size = |heads: i64| heads as usize * 2;
        let case = Case::new("Attention").opset(23).data(noise(&[2, 3, size(heads)], 1));
        let case = case.data(noise(&[2, 4, size(own)], 2)).data(noise(&[2, 4, size(own)], 3));
        case.with("q_num_heads", heads).with("kv_num_heads", own)
    };
    let keep = [true, false, false, false, true, true, true, false, false, true, true, true];
    let bias: Vec<f32> = keep.iter().map(|keep| if *keep { 0.1 } else { f32::MIN }).collect();
    vec![
        four(2, 2, 4).tight(),
        four(2, 2, 3).with("is_causal", 1).tight_in(&[2]),
        four(4, 2, 3).with("is_causal", 1).tight_in(&[2]),
        four(2, 2, 5).with("is_causal", 1).tight_in(&[2]),
        four(2, 2, 2).with("is_causal", 1).tight_in(&[2]),
        four(2, 2, 4).with("scale", 0.3_f32).tight(),
        four(2, 2, 4).weight(noise(&[3, 4], 4)).tight(),
        four(2, 2, 4).data(noise(&[2, 1, 3, 4], 4)).tight(),
        four(2, 2, 4).data(bools(&[2, 1, 1, 4], &[true, false, true, true, true, true, true, false])),
        four(2, 2, 4).fixed(bools(&[3, 4], &keep)).tight_in(&[2]),
        four(2, 2, 4).fixed(f32s(&[1, 1, 3, 4], &bias)).tight_in(&[2]),
        four(2, 2, 4).fixed(f32s(&[1, 1, 3, 4], &bias)).with("is_causal", 1),
        four(2, 2, 4).fixed(bools(&[1, 4], &[false, true, true, false])).tight(),
        four(2, 2, 4).fixed(f32s(&[1, 4], &[f32::MIN; 4])),
        flat(2, 2).tight_in(&[0, 1]),
        flat(2, 2).with("is_causal", 1),
        flat(4, 2),
        flat(4, 1).with("is_causal", 1),
    ]
}

#[test]
fn products_read_rows_and_columns() {
    matmuls().iter().chain(&gemms()).for_each(Case::check);
}

#[test]
fn einsums_read_what_their_labels_say() {
    einsums().iter().for_each(Case::check);
}

#[test]
fn attention_reads_what_its_mask_leaves() {
    attentions().iter().for_each(Case::check);
    let case = Case::new("Attention").opset(23).with("is_causal", 1).data(noise(&[1, 2, 4, 3], 1));
    let case = case.data(noise(&[1, 2, 4, 3], 2)).data(noise(&[1, 2, 4, 3], 3));
    for at in [1, 2] {
        assert_eq!(case.reads(&[(1, 1, 2), (2, 2, 3)], at).as_deref(), Some("[:, 1, 0..3, :]"));
    }
    assert_eq!(case.reads(&[(1, 1, 2), (2, 2, 3)], 0).as_deref(), Some("[:, 1, 2, :]"));
}
