//! Making a hypothesis that fails a test smaller, so that it can be read.

use super::case::Case;
use super::growth::{fills_well, stands};
use ansatz::hypothesis::{Arrow, Computes, End, Hypothesis, NodeIx, Scheme};
use ansatz::lower::Ground;
use ansatz::model::{Dependence, TensorId};

/// The smallest hypothesis that still fails and that one step after the other leads to.
pub fn shrink(case: &Case, hypothesis: &Hypothesis, fails: &dyn Fn(&Hypothesis) -> bool) -> Hypothesis {
    let shape = |tensor: TensorId| Some(case.shape(tensor));
    let dependence = Dependence::new(&case.graph, &shape);
    let ground = Ground { map: case.map(), dependence: &dependence };
    let usable = |hypothesis: &Hypothesis| {
        let nodes = (0..hypothesis.nodes.len()).map(|node| End::Node(NodeIx(node)));
        nodes.chain([End::Root]).all(|end| {
            let opened = hypothesis.arrows_into(end).next().is_some();
            !opened || stands(case, ground, hypothesis, end) && fills_well(case, hypothesis, end)
        })
    };
    let mut found = hypothesis.clone();
    while let Some(smaller) =
        smaller(&found).into_iter().find(|smaller| *smaller != found && usable(smaller) && fails(smaller))
    {
        found = smaller;
    }
    found
}

/// The same with one thing less.
fn smaller(hypothesis: &Hypothesis) -> Vec<Hypothesis> {
    let mut found = Vec::new();
    let mut with = |change: &dyn Fn(&mut Hypothesis)| {
        let mut other = hypothesis.clone();
        change(&mut other);
        found.push(pruned(&other));
    };
    for at in 0..hypothesis.arrows.len() {
        with(&|other| drop(other.arrows.remove(at)));
        for change in [plain_gates, plain_except, plain_target, plain_terms] {
            with(&|other| change(&mut other.arrows[at]));
        }
        with(&|other| other.arrows[at].source.clone_from(&hypothesis.node(hypothesis.arrows[at].from).parts));
    }
    with(&|other| other.pool = 1);
    for scheme in [Scheme::Exact, Scheme::Any] {
        with(&|other| other.unclaimed = scheme);
    }
    for at in 0..hypothesis.nodes.len() {
        for scheme in [Scheme::Exact, Scheme::Any] {
            with(&|other| other.nodes[at].unclaimed = scheme);
        }
        for computes in [Computes::Exact, Computes::Any] {
            with(&|other| other.nodes[at].computes = computes.clone());
        }
        with(&|other| other.nodes[at].estimate = None);
        with(&|other| drop(other.nodes[at].ports.pop()));
    }
    // A scheme of one kind in the place of another would go round in circles.
    let size = |hypothesis: &Hypothesis| format!("{hypothesis:?}").len();
    found.retain(|other| size(other) < size(hypothesis));
    found
}

fn plain_gates(arrow: &mut Arrow) {
    if arrow.terms.is_none() {
        arrow.gates.clear();
    }
}

fn plain_except(arrow: &mut Arrow) {
    arrow.except.clear();
}

fn plain_target(arrow: &mut Arrow) {
    arrow.target.clear();
}

fn plain_terms(arrow: &mut Arrow) {
    arrow.terms = None;
}

/// Without the nodes that do not reach the root.
fn pruned(hypothesis: &Hypothesis) -> Hypothesis {
    let mut kept = vec![false; hypothesis.nodes.len()];
    let mut open = vec![End::Root];
    while let Some(end) = open.pop() {
        for source in hypothesis.sources(end).filter(|source| !std::mem::replace(&mut kept[source.0], true)) {
            open.push(End::Node(source));
        }
    }
    let place = |node: NodeIx| NodeIx(kept[..node.0].iter().filter(|kept| **kept).count());
    let moved = |end: End| end.node().map_or(End::Root, |node| End::Node(place(node)));
    let mut other = hypothesis.clone();
    let mut keep = kept.iter();
    other.nodes.retain(|_| keep.next().copied().unwrap_or(false));
    other.arrows.retain(|arrow| arrow.to.node().is_none_or(|node| kept[node.0]));
    for arrow in &mut other.arrows {
        (arrow.from, arrow.to) = (place(arrow.from), moved(arrow.to));
    }
    other
}
