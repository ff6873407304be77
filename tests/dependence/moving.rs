//! Operators that lay out, cut, join, pick, place and make elements.

use crate::case::Case;
use crate::support::graph::{i64s, noise, numbers};
use ansatz::engine::Value;

pub fn cases() -> Vec<Case> {
    [reshapes(), transposes(), cuts(), joins(), picks(), placements(), generated()].concat()
}

fn indices(dims: &[usize], seed: u64, below: i64) -> Value {
    let count = dims.iter().product();
    i64s(dims, &numbers(count, seed).iter().map(|x| (x.abs() * below as f32) as i64).collect::<Vec<_>>())
}

fn reshapes() -> Vec<Case> {
    let pairs: [(&[usize], &[i64]); 14] = [
        (&[2, 3, 4], &[0, 3, 2, 2]),
        (&[2, 3, 2, 2], &[0, 0, 4]),
        (&[2, 3, 4], &[2, 12]),
        (&[2, 12], &[2, 3, 4]),
        (&[2, 6, 2], &[2, 4, 3]),
        (&[2, 4, 3], &[2, 1, 6, 2]),
        (&[2, 3, 1, 4], &[2, 3, 4, 1]),
        (&[2, 1, 3, 4], &[2, 3, 1, 4]),
        (&[2, 3, 4], &[6, 4]),
        (&[2, 3, 4], &[6, 2, 2]),
        (&[6, 4], &[2, 3, 4]),
        (&[6, 4], &[2, 3, 2, 2]),
        (&[2, 3, 4], &[-1]),
        (&[2, 2, 3, 2, 2], &[2, 6, 4]),
    ];
    let both = |(from, to): &(&[usize], &[i64])| {
        [
            Case::new("Reshape").data(noise(from, 1)).ints(to),
            Case::new("Reshape").weight(noise(from, 1)).ints(to).tight(),
        ]
    };
    let mut cases: Vec<Case> = pairs.iter().flat_map(both).collect();
    cases.push(Case::new("Squeeze").data(noise(&[2, 1, 3, 1], 1)).ints(&[1]).tight());
    cases.push(Case::new("Squeeze").data(noise(&[2, 1, 3, 1], 1)).tight());
    cases.push(Case::new("Squeeze").data(noise(&[2, 1, 3], 1)).opset(11).with("axes", [1]).tight());
    cases.push(Case::new("Unsqueeze").data(noise(&[2, 3], 1)).ints(&[1, -1]).tight());
    cases.push(Case::new("Unsqueeze").data(noise(&[2, 3], 1)).opset(11).with("axes", [1]).tight());
    cases.push(Case::new("Flatten").data(noise(&[2, 3, 4], 1)));
    cases.push(Case::new("Flatten").data(noise(&[2, 3, 4], 1)).with("axis", 2).tight());
    cases.push(Case::new("Flatten").data(noise(&[2, 3, 4], 1)).with("axis", 0));
    cases
}

fn transposes() -> Vec<Case> {
    let mut cases = vec![
        Case::new("Transpose").data(noise(&[2, 3], 1)),
        Case::new("Transpose").weight(noise(&[2, 3, 2], 1)).tight(),
    ];
    for order in [[0, 2, 1, 3], [0, 2, 3, 1], [0, 3, 1, 2], [0, 1, 2, 3]] {
        cases.push(Case::new("Transpose").data(noise(&[2, 3, 4, 2], 1)).with("perm", order).tight());
    }
    cases.push(Case::new("Transpose").data(noise(&[2, 3, 4, 2], 1)).with("perm", [1, 0, 2, 3]));
    cases.push(Case::new("Transpose").weight(noise(&[4, 3], 1)).with("perm", [1, 0]).tight());
    cases
}

fn cuts() -> Vec<Case> {
    let slice = |starts: &[i64], ends: &[i64], axes: &[i64], steps: &[i64]| {
        Case::new("Slice").data(noise(&[2, 5, 6], 1)).ints(starts).ints(ends).ints(axes).ints(steps)
    };
    vec![
        slice(&[1], &[4], &[1], &[1]).tight(),
        slice(&[-3], &[i64::MAX], &[-1], &[1]).tight(),
        slice(&[0, 2], &[2, 5], &[1, 2], &[1, 1]).tight(),
        slice(&[0], &[6], &[2], &[2]).tight(),
        slice(&[-1], &[i64::MIN], &[2], &[-2]).tight(),
        slice(&[-1], &[0], &[1], &[-1]).tight(),
        slice(&[0], &[1], &[0], &[1]),
        Case::new("Slice").data(noise(&[2, 5], 1)).ints(&[0, 1]).ints(&[2, 3]).tight(),
        Case::new("Slice").weight(noise(&[5, 2], 1)).ints(&[1]).ints(&[3]).tight(),
        Case::new("Split").data(noise(&[2, 6], 1)).ints(&[1, 2, 3]).with("axis", 1).outputs(3).tight(),
        Case::new("Split").data(noise(&[2, 5, 2], 1)).with("axis", 1).with("num_outputs", 2).outputs(2).tight(),
        Case::new("Split").data(noise(&[2, 6], 1)).opset(11).with("axis", -1).with("split", [2, 4]).outputs(2).tight(),
        Case::new("Split").data(noise(&[2, 6], 1)).opset(11).with("axis", 1).outputs(3).tight(),
        Case::new("Split").weight(noise(&[6], 1)).with("num_outputs", 3).outputs(3).tight(),
    ]
}

fn joins() -> Vec<Case> {
    let parts = |case: Case| case.data(noise(&[2, 3, 2], 1)).weight(noise(&[2, 1, 2], 2)).data(noise(&[2, 2, 2], 3));
    vec![
        parts(Case::new("Concat").with("axis", 1)).tight(),
        parts(Case::new("Concat").with("axis", -2)).tight(),
        Case::new("Concat").data(noise(&[2, 3], 1)).data(noise(&[2, 2], 2)).with("axis", -1).tight(),
        Case::new("Concat").data(noise(&[2, 3], 1)).data(noise(&[1, 3], 2)).with("axis", 0),
        Case::new("Concat").weight(noise(&[2], 1)).weight(noise(&[3], 2)).with("axis", 0).tight(),
        Case::new("Tile").data(noise(&[2, 3], 1)).ints(&[1, 3]).tight(),
        Case::new("Tile").data(noise(&[2, 3, 2], 1)).ints(&[1, 2, 1]),
        Case::new("Tile").weight(noise(&[3], 1)).ints(&[4]),
    ]
}

fn picks() -> Vec<Case> {
    let tokens = |dims: &[usize]| indices(dims, 3, 5);
    let tuples = i64s(&[2, 2, 2], &[0, 1, 2, 3, 1, 0, -1, 2]);
    vec![
        Case::new("Gather").weight(noise(&[5, 3], 1)).data(tokens(&[2, 4])).below(5),
        Case::new("Gather").weight(noise(&[5, 3], 1)).data(tokens(&[2])).below(5),
        Case::new("Gather").data(noise(&[2, 5, 3], 1)).fixed(i64s(&[], &[0])).with("axis", 1).tight(),
        Case::new("Gather").data(noise(&[2, 5, 3], 1)).fixed(i64s(&[], &[-1])).with("axis", 1).tight(),
        Case::new("Gather").data(noise(&[2, 5, 3], 1)).ints(&[1, 2]).with("axis", 1).tight(),
        Case::new("Gather").data(noise(&[2, 5, 3], 1)).ints(&[4, 0, 2]).with("axis", 1).tight(),
        Case::new("Gather").data(noise(&[2, 3, 5], 1)).fixed(i64s(&[2, 2], &[0, 1, 2, 3])).with("axis", -1).tight(),
        Case::new("Gather").data(noise(&[2, 5, 3], 1)).data(tokens(&[1])).with("axis", 1).below(5),
        Case::new("Gather").weight(noise(&[5, 3], 1)).ints(&[2, 3]).tight(),
        Case::new("GatherElements").data(noise(&[2, 5], 1)).data(tokens(&[2, 3])).with("axis", 1).below(5),
        Case::new("GatherElements").data(noise(&[2, 5, 2], 1)).fixed(tokens(&[2, 3, 2])).with("axis", 1),
        Case::new("GatherElements").data(noise(&[2, 5, 3], 1)).fixed(tokens(&[2, 4, 2])).with("axis", -2),
        Case::new("GatherElements").weight(noise(&[5, 3], 1)).fixed(i64s(&[1, 3], &[4, 1, 0])),
        Case::new("GatherND").data(noise(&[2, 4, 3], 1)).fixed(i64s(&[2, 2, 1], &[0, 1, 3, 2])).with("batch_dims", 1),
        Case::new("GatherND").data(noise(&[2, 4, 3], 1)).data(indices(&[2, 1], 4, 4)).with("batch_dims", 1).below(4),
        Case::new("GatherND").data(noise(&[2, 4, 5, 3], 1)).fixed(tuples.clone()).with("batch_dims", 1),
        Case::new("GatherND").weight(noise(&[3, 4, 2], 1)).fixed(tuples),
        Case::new("GatherND").weight(noise(&[3, 4], 1)).fixed(i64s(&[1], &[2])).tight(),
    ]
}

fn placements() -> Vec<Case> {
    let mut cases = Vec::new();
    for reduction in ["none", "add", "max"] {
        let case = Case::new("ScatterND").data(noise(&[2, 3, 2], 1)).fixed(i64s(&[2, 2], &[0, 1, 1, 2]));
        cases.push(case.data(noise(&[2, 2], 2)).with("reduction", reduction));
    }
    let case = Case::new("ScatterND").data(noise(&[4, 3], 1)).data(indices(&[2, 1], 1, 4));
    cases.push(case.weight(noise(&[2, 3], 2)).below(4));
    cases
}

fn generated() -> Vec<Case> {
    vec![
        Case::new("Shape").data(noise(&[2, 3], 1)).tight(),
        Case::new("Size").data(noise(&[2, 3], 1)).tight(),
        Case::new("Constant").with("value", noise(&[3], 1)),
        Case::new("ConstantOfShape").ints(&[2, 3]),
        Case::new("Range").fixed(i64s(&[], &[0])).fixed(i64s(&[], &[5])).fixed(i64s(&[], &[1])),
    ]
}

#[test]
fn elements_are_read_where_they_come_from() {
    cases().iter().for_each(Case::check);
}

fn reshape(from: &[usize], to: &[i64], cuts: &[(usize, usize, usize)]) -> String {
    Case::new("Reshape").data(noise(from, 1)).ints(to).reads(cuts, 0).expect("something is read")
}

#[test]
fn reshapes_keep_boxes_where_the_order_of_elements_does() {
    assert_eq!(reshape(&[2, 7, 12], &[2, 7, 3, 4], &[(2, 1, 2)]), "[:, :, 4..8]");
    assert_eq!(reshape(&[2, 7, 12], &[2, 7, 3, 4], &[(1, 5, 6), (2, 1, 3)]), "[:, 5, 4..12]");
    assert_eq!(reshape(&[2, 7, 12], &[2, 7, 3, 4], &[(2, 1, 2), (3, 2, 3)]), "[:, :, 6]");
    assert_eq!(reshape(&[2, 7, 3, 4], &[2, 7, 12], &[(2, 4, 8)]), "[:, :, 1, :]");
    assert_eq!(reshape(&[2, 7, 3, 4], &[2, 7, 12], &[(2, 5, 6)]), "[:, :, 1, 1]");
    assert_eq!(reshape(&[2, 7, 3, 4], &[2, 7, 12], &[(2, 3, 5)]), "[:, :, 0..2, :]");
    assert_eq!(reshape(&[2, 7, 1, 4], &[2, 7, 4], &[(1, 3, 4)]), "[:, 3, :, :]");
    assert_eq!(reshape(&[2, 3, 5, 4], &[6, 5, 4], &[(1, 2, 3)]), "[:, :, 2, :]");
    assert_eq!(reshape(&[6, 5, 4], &[2, 3, 5, 4], &[(1, 2, 3), (2, 0, 2)]), "[:, 0..2, :]");
    // The rows of a merged axis belong to examples and positions at once: no box of positions.
    assert_eq!(reshape(&[14, 4], &[2, 7, 4], &[(1, 3, 4)]), "");
    assert_eq!(reshape(&[2, 7, 4], &[14, 4], &[(1, 3, 4)]), "[:, :, 3]");
}

#[test]
fn joined_parts_that_are_not_wanted_are_not_read() {
    let case = Case::new("Concat").data(noise(&[2, 3], 1)).data(noise(&[2, 2], 2)).with("axis", 1);
    assert_eq!(case.reads(&[(1, 1, 2)], 0).as_deref(), Some("[:, 1]"));
    assert_eq!(case.reads(&[(1, 1, 2)], 1), None);
    assert_eq!(case.reads(&[(1, 2, 4)], 1).as_deref(), Some("[:, 0]"));
}
