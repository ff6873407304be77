//! Products of matrices.

use crate::case::Case;
use crate::support::graph::noise;
use ansatz::engine::Value;

pub fn cases() -> Vec<Case> {
    [matmuls(), gemms(), einsums()].concat()
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

#[test]
fn products_read_rows_and_columns() {
    matmuls().iter().chain(&gemms()).for_each(Case::check);
}

#[test]
fn einsums_read_what_their_labels_say() {
    einsums().iter().for_each(Case::check);
}
