//! What nodes, arrows and draws are bound to, in numbers.

#[path = "support/checking.rs"]
mod checking;

use ansatz::data::Dataset;
use ansatz::feature::Data;
use ansatz::hypothesis::{
    Arrow, Checked, Computes, DataIx, End, EstimateKind, FeatureIx, Interchange, Node, NodeIx, Part, PathKind, Ready,
    Rest, Scheme, counterfactual,
};
use checking::bound;
use std::path::Path;

/// Checks claims about the model of the fixtures; there must be no findings.
fn check(text: &str) -> Checked {
    let (found, checked) = bound("t.ansatz", &format!("use \"micro.ansatz\"\n{text}"), Path::new("tests/fixtures"));
    assert_eq!(found.codes(), [""; 0], "{:?}", found.findings);
    checked
}

fn only(text: &str) -> Checked {
    check(&format!("hypothesis h explains loss on strings {{\n{text}}}\n"))
}

fn ready(checked: &Checked) -> &Ready {
    let [ready] = checked.hypotheses.as_slice() else { unreachable!("one hypothesis") };
    ready
}

fn node(checked: &Checked, at: usize) -> &Node {
    ready(checked).stated.claims.node(NodeIx(at))
}

fn arrow(checked: &Checked, at: usize) -> &Arrow {
    &ready(checked).stated.claims.arrows[at]
}

/// `softmax_1[:, 0, :, :]`
fn shown(checked: &Checked, parts: &[Part]) -> Vec<String> {
    let model = checked.models[0].as_ref().expect("the model is bound");
    parts.iter().map(|part| format!("{}{}", model.model.graph.tensor(part.tensor).name, part.region)).collect()
}

#[test]
fn ports_inherit_the_cut_of_their_component() {
    let checked = only(
        "    node e = embed computes any\n    node h = heads(1, 1) + heads(1, 0) computes any\n    e -> h.{q, k}\n    h -> loss\n",
    );
    let wanted =
        ["transpose_5[:, 1, :, :]", "transpose_5[:, 0, :, :]", "transpose_8[:, 1, :, :]", "transpose_8[:, 0, :, :]"];
    assert_eq!(shown(&checked, &arrow(&checked, 0).gates), wanted);
    assert_eq!(shown(&checked, &node(&checked, 1).parts), ["matmul_3[:, 1, :, :]", "matmul_3[:, 0, :, :]"]);
    assert!(arrow(&checked, 1).gates.is_empty() && arrow(&checked, 1).paths == PathKind::Direct);
}

#[test]
fn ends_of_arrows_are_cut() {
    let checked = only(
        "    node e = embed[pos: 0..4] + mlp(0)[pos: 3..8] computes any\n    node h = heads(1, 1) computes any\n    \
         e[pos: 1] ~> h[pos: 2..4] except via heads(0, 1)\n    h -> loss\n",
    );
    let first = arrow(&checked, 0);
    assert_eq!(shown(&checked, &first.source), ["add[:, 1, :]"], "a part that lies outside falls away");
    assert_eq!(shown(&checked, &first.target), ["matmul_3[:, 1, 2..4, :]"]);
    assert_eq!(shown(&checked, &first.except), ["matmul_1[:, 1, :, :]"]);
    assert_eq!(first.paths, PathKind::All);
}

#[test]
fn conditions_are_tabulated_query_by_query() {
    let checked = only(
        "    node e = embed computes any\n    node h = heads(1, 1) computes any\n    \
         e -> h.v where key == query - 1 or (query == 7 and key % 4 == 0)\n    h -> loss\n",
    );
    let terms = arrow(&checked, 0).terms.as_ref().expect("a condition");
    let claimed: Vec<(usize, usize)> =
        terms.claimed.iter().enumerate().filter(|(_, claimed)| **claimed).map(|(at, _)| (at / 8, at % 8)).collect();
    assert_eq!(claimed, [(1, 0), (2, 1), (3, 2), (4, 3), (5, 4), (6, 5), (7, 0), (7, 4), (7, 6)]);
    assert_eq!((terms.query, terms.key), (2, 3));
    let model = checked.models[0].as_ref().expect("the model is bound");
    assert_eq!(model.model.graph.tensor(terms.pattern).name, "softmax_1");
}

#[test]
fn schemes_are_inherited_and_replaced() {
    let checked = only(
        "    node a = heads(1, 0) computes any\n    node b = heads(1, 1) computes any\n    node c = mlp(1) computes any\n    \
         node e = embed computes any\n    e -> a\n    e -> b\n    a -> loss\n    b -> loss\n    c -> loss\n    unclaimed apart\n    unclaimed exact for b\n    unclaimed other for a.k\n    \
         unclaimed mean over label for loss\n    draw other from few\n    pool 4\n",
    );
    let claims = &ready(&checked).stated.claims;
    let schemes: Vec<Scheme> = claims.nodes.iter().map(|node| node.unclaimed).collect();
    assert_eq!(schemes, [Scheme::Apart, Scheme::Exact, Scheme::Apart, Scheme::Apart]);
    assert!(matches!(claims.unclaimed, Scheme::Mean(Some(_))));
    let [(ports, Scheme::Named(draw))] = claims.nodes[0].ports.as_slice() else { panic!("one port") };
    assert_eq!(shown(&checked, ports), ["transpose_8[:, 0, :, :]"]);
    assert_eq!((claims.draws[draw.0].data, claims.pool), (DataIx(1), 4));
    assert_eq!(ready(&checked).datasets, [0, 1]);
}

#[test]
fn means_know_their_axes() {
    let checked = only(
        "    node a = embed + heads(1, 0) computes mean over (label, pos)\n    node b = mlp(1) computes constant -0.5 * 3\n    \
         node c = heads(1, 1) computes mean\n    a -> loss\n    b -> loss\n    c -> loss\n",
    );
    assert!(
        matches!(&node(&checked, 0).computes, Computes::Mean { over: Some(_), along } if *along == [Some(1), Some(2)])
    );
    assert_eq!(node(&checked, 1).computes, Computes::Constant(-1.5));
    assert_eq!(node(&checked, 2).computes, Computes::Mean { over: None, along: vec![None] });
}

#[test]
fn classes_span_datasets_by_global_rows() {
    let checked = only("    node a = embed computes balanced from few\n    a ~> loss\n");
    let ready = ready(&checked);
    let rows = |data: usize| checked.datasets[data].as_ref().map_or(0, |dataset| dataset.rows);
    let classes = &ready.classes[&(FeatureIx(0), None)];
    assert_eq!((classes.of_row.len(), classes.count()), (rows(0) + rows(1), 2));
    for class in 0..2 {
        let members = classes.members(class, DataIx(1));
        assert!(
            !members.is_empty() && members.iter().all(|row| (rows(0)..rows(0) + rows(1)).contains(&(*row as usize)))
        );
        assert!(members.iter().all(|row| classes.of_row[*row as usize] == class));
        assert!(classes.members(class, DataIx(0)).iter().all(|row| (*row as usize) < rows(0)));
    }
    let few: Vec<u32> = (0..8).map(|row| classes.of_row[rows(0) + row]).collect();
    let value = |class: u32| classes.describe(class);
    assert_eq!(
        few.iter().map(|class| value(*class)).collect::<Vec<_>>(),
        ["true", "false", "true", "false", "false", "false", "false", "true"]
    );
}

#[test]
fn pairs_are_global_rows() {
    let text = "data pairs for micro = jsonl(\"../ui/claims/own.jsonl\") {\n    tokens\n    label : category\n    id : int\n    key : int\n}\n\
                data other for micro = jsonl(\"../ui/claims/own.jsonl\") {\n    tokens\n    label : category\n    key = \"id\" : int\n    id = \"key\" : int\n}\n\
                hypothesis h explains loss on other {\n    draw back from pairs paired by key\n    unclaimed back\n}\n";
    // Rows of `other` have the keys 1, 2, 3, 4; those of `pairs` have 3, 7, 8, 1.
    let (found, _) = bound("t.ansatz", &format!("use \"micro.ansatz\"\n{text}"), Path::new("tests/fixtures"));
    assert_eq!(found.codes(), ["A4025"], "2 and 4 have no partner");
    let checked = check(&text.replace("key = \"id\"", "key = \"key\"").replace("id = \"key\"", "id = \"id\""));
    assert_eq!(ready(&checked).pairs, [Some(vec![4, 5, 6, 7])]);
}

#[test]
fn estimates_have_the_axes_of_their_regions() {
    let checked = only(
        "    node a = estimate(self * 0.5 + real(position(d_head))) of heads(1, 0)[pos: 0] rest exact\n    \
         node b = estimate(1) of embed[pos: 2..4] rest computes label\n    \
         node c = estimate(self with pattern = identity) of heads(0, 1)\n    \
         node d = estimate(self with pattern = if key == 0 then 1.5 else 0) of heads(0, 0)\n    \
         a -> loss\n    b ~> loss except via heads(1, 0), heads(0, 1), heads(0, 0)\n    c -> loss\n    d -> loss\n",
    );
    let found = ready(&checked);
    let types: Vec<String> = found.estimates.iter().map(|typed| typed.ty.to_string()).collect();
    assert_eq!(types, ["real[d_head]", "real[pos[2..4], d]"]);
    let estimate = |at: usize| node(&checked, at).estimate.as_ref().expect("an estimate");
    assert_eq!(estimate(0).rest, Rest::Exact);
    assert!(matches!(estimate(1).rest, Rest::Agree(_)));
    let EstimateKind::Changed { port, value } = &estimate(2).kind else { panic!("a changed port") };
    assert_eq!(shown(&checked, std::slice::from_ref(port)), ["softmax[:, 1, :, :]"]);
    let identity: Vec<f32> = (0..64).map(|at| if at / 8 == at % 8 { 1.0 } else { 0.0 }).collect();
    assert_eq!(**value, identity);
    let EstimateKind::Changed { value, .. } = &estimate(3).kind else { panic!("a changed port") };
    assert_eq!(**value, (0..64).map(|at| if at % 8 == 0 { 1.5 } else { 0.0 }).collect::<Vec<f32>>());
}

const PARITY: &str = "interchange parity on strings {\n    predicts balanced by argmax(logits) == 1\n    \
                      align equal_count = heads(0, 0)\n    align never_below = heads(1, 0)\n}\n";

fn interchange(checked: &Checked) -> (&Interchange, &Dataset) {
    let [found] = checked.interchanges.as_slice() else { unreachable!("one interchange") };
    (found, checked.datasets[found.data].as_ref().expect("the data are loaded"))
}

#[test]
fn an_interchange_is_one_node_for_each_aligned_feature() {
    let checked = check(PARITY);
    let (found, _) = interchange(&checked);
    let claims = &found.stated.claims;
    assert_eq!(
        (claims.unclaimed, claims.nodes.len(), found.outputs.as_slice()),
        (Scheme::Exact, 2, &["logits".to_owned()][..])
    );
    assert!(claims.nodes.iter().all(|node| node.computes == Computes::Any));
    for (arrow, other) in claims.arrows.iter().zip(claims.nodes.iter().rev()) {
        assert_eq!((arrow.to, arrow.paths), (End::Root, PathKind::All));
        assert_eq!(arrow.except, other.parts, "the nearer one has a value of its own");
    }
}

#[test]
fn counterfactuals_take_each_feature_from_its_source() {
    let checked = check(PARITY);
    let (found, dataset) = interchange(&checked);
    let rows: Vec<usize> = (0..dataset.rows).collect();
    let values = |base: &[usize], one: &[usize], other: &[usize]| {
        let values = counterfactual(found, dataset, base, &[one, other]).expect("features have no faults");
        let Data::Bool(values) = values.data else { panic!("`balanced` is a bool") };
        values
    };
    let own = values(&rows, &rows, &rows);
    let ansatz::data::ColumnValues::Int(label) = &dataset.columns["label"].values else { panic!("a category") };
    assert_eq!(own, label.iter().map(|label| *label == 1).collect::<Vec<bool>>(), "`balanced` is what the label says");
    let good = own.iter().position(|balanced| *balanced).expect("a balanced row");
    let bad = own.iter().position(|balanced| !*balanced).expect("another");
    let (all_good, all_bad) = (vec![good; rows.len()], vec![bad; rows.len()]);
    assert_eq!(values(&rows, &all_good, &all_good), vec![true; rows.len()]);
    let (count, below) = (&found.aligned[0].1, &found.aligned[1].1);
    let source = ansatz::feature::Source { dataset, outputs: std::collections::BTreeMap::new() };
    let holds = |feature, row: usize| match ansatz::feature::evaluate(feature, &source, &[row]).expect("no faults").data
    {
        Data::Bool(values) => values[0],
        _ => panic!("a bool"),
    };
    let mixed = values(&rows, &all_good, &all_bad);
    assert_eq!(mixed, vec![holds(count, good) && holds(below, bad); rows.len()]);
    let mixed = values(&rows, &rows, &all_good);
    assert_eq!(mixed, rows.iter().map(|row| holds(count, *row)).collect::<Vec<bool>>());
}
