//! Reference points: a variation of a hypothesis gives what the text gives that states it, and the
//! figures made of them are what they are said to be.

#[path = "support/checking.rs"]
#[allow(clippy::panic, reason = "helpers of tests fail like tests")]
mod checking;

use ansatz::estimate::{Baseline, Inputs, Looks, Point, Varies, estimate, gain, ratio};
use ansatz::hypothesis::{Checked, End, Part, Ready};
use ansatz::lower::{Ground, row_shape};
use ansatz::model::Dependence;
use ansatz::plan::Limits;
use ansatz::run::{self, Claim, DEFAULT_BUDGET, Observation, Seen, Settings};
use ansatz::vary::{Change, Kind, random_places};
use checking::observed;
use std::collections::BTreeSet;
use std::path::Path;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/truth");
/// References of the hypothesis; its variations have half as many at most.
const N: usize = 40;

const HEAD: &str = r#"
model written = onnx("both.onnx") {
    dim batch
    dim pos    = 8
    dim d
    dim head   = 3
    dim d_head

    input  tokens : token[batch, pos]  vocabulary { "[start]" "x" "y" "z" }
    output logits : real[batch, class = 2]

    component embed = "embed" : [batch, pos, d]
    component head(l in 0..1, h in 0..3) = "blocks.{l}.attn.core" : [batch, head, pos, d_head] at head = h {
        port q = "blocks.{l}.attn.q" : [batch, head, pos, d_head] at head = h
        port k = "blocks.{l}.attn.k" : [batch, head, pos, d_head] at head = h
        port v = "blocks.{l}.attn.v" : [batch, head, pos, d_head] at head = h
    }
    component mlp(l in 0..1) = "blocks.{l}.mlp" : [batch, pos, d]
}
data rows for written = npz("both.npz") {
    tokens
    label : category
}
feature first_x  = tokens[1] == "x"
feature any_y    = any(tokens == "y")
feature last_x   = tokens[7] == "x"
feature second_y = tokens[2] == "y"
feature is_x     = tokens == "x"
behaviour loss = cross_entropy(logits, label)
"#;

const NODES: [&str; 4] = [
    "node first   = head(0, 0) + head(0, 2) computes first_x and last_x",
    "node some    = head(0, 1) computes (any_y, second_y)",
    "node letters = embed computes is_x",
    "node gate    = mlp(0) computes first_x and any_y",
];
const ARROWS: [&str; 4] = ["first -> gate", "some -> gate", "letters -> some.{k, v}", "gate -> loss"];

fn text(lines: &[String]) -> String {
    format!("{HEAD}hypothesis claim explains loss {{\n{}\n}}\n", lines.join("\n"))
}

fn base() -> Vec<String> {
    NODES.iter().chain(&ARROWS).map(|line| (*line).to_owned()).collect()
}

fn settings(n: usize, reference_points: bool, memory: u64) -> Settings {
    let limits = Limits { memory, threads: 1 };
    Settings {
        n: Some(n),
        budget: DEFAULT_BUDGET,
        seed: 5,
        limits,
        keep_outputs: false,
        blame: false,
        reference_points,
        panel: false,
    }
}

const AMPLE: u64 = 1 << 30;

/// What a text without variations gives.
fn points(text: &str) -> Vec<Point> {
    observed(text, Path::new(FOLDER), settings(N, false, AMPLE), |_, mut found| found.remove(0).scrubbed)
}

fn varied<T: Send>(text: &str, memory: u64, then: impl FnOnce(&Checked, Observation<'_>) -> T + Send) -> T {
    observed(text, Path::new(FOLDER), settings(N, true, memory), |checked, mut found| then(checked, found.remove(0)))
}

/// The text with one line in the place of another; without it where there is nothing.
fn edited(line: &str, by: &[&str]) -> Vec<String> {
    let all = base();
    assert!(all.iter().any(|own| own == line), "{line}");
    all.into_iter()
        .flat_map(|own| if own == line { by.iter().map(|new| (*new).to_owned()).collect() } else { vec![own] })
        .collect()
}

/// With the class of a node written otherwise.
fn with_class(node: usize, class: &str) -> Vec<String> {
    let (place, _) = NODES[node].split_once(" computes ").expect("a node computes something");
    edited(NODES[node], &[&format!("{place} computes {class}")])
}

/// The lines that state a changed hypothesis. `written` is what stands at a place of the text.
fn stated(change: &Change, written: &dyn Fn(usize, usize) -> String) -> Vec<String> {
    let class = |node: usize| NODES[node].split_once(" computes ").map_or("", |(_, class)| class);
    match change {
        Change::Without(3) => Vec::new(),
        // What reaches nothing is an error of its own.
        Change::Without(arrow) => {
            let gone = [NODES[[0, 1, 2][*arrow]], ARROWS[*arrow]];
            let below = if *arrow == 1 { vec![NODES[2], ARROWS[2]] } else { Vec::new() };
            base()
                .into_iter()
                .filter(|line| !gone.contains(&line.as_str()) && !below.contains(&line.as_str()))
                .collect()
        }
        Change::Nothing(node) => with_class(node.0, "any"),
        Change::WithoutPart(node, 0) => with_class(node.0, "second_y"),
        Change::WithoutPart(node, _) => with_class(node.0, "any_y"),
        Change::Operands(node) if node.0 == 0 => with_class(0, "(first_x, last_x)"),
        Change::Operands(node) => with_class(node.0, "(first_x, any_y)"),
        Change::Also(node, span) => {
            let own = class(node.0).trim_start_matches('(').trim_end_matches(')');
            let other = written(span.start as usize, span.end as usize);
            with_class(node.0, &format!("({own}, {})", other.trim_start_matches('(').trim_end_matches(')')))
        }
        Change::Apart(End::Root) => {
            let schemes = ["unclaimed apart", "unclaimed any for some", "unclaimed any for gate"];
            base().into_iter().chain(schemes.map(str::to_owned)).collect()
        }
        Change::Apart(End::Node(node)) => {
            let name = NODES[node.0].split_whitespace().nth(1).unwrap_or_default();
            base().into_iter().chain([format!("unclaimed apart for {name}")]).collect()
        }
        Change::PartsApart(_) => {
            let halves = [
                "node first = head(0, 0) computes first_x and last_x",
                "node half = head(0, 2) computes first_x and last_x",
            ];
            edited(NODES[0], &halves).into_iter().chain(["half -> gate".to_owned()]).collect()
        }
        Change::PortsApart(_) => edited(ARROWS[2], &["letters -> some.k", "letters -> some.v"]),
    }
}

#[test]
fn a_change_is_the_hypothesis_that_states_it() {
    let text_of_base = text(&base());
    let seen: Seen = varied(&text_of_base, AMPLE, |_, one| one.seen);
    let written = |start: usize, end: usize| text_of_base[start..end].to_owned();
    let mut kinds = BTreeSet::new();
    for (kind, found) in &seen.all {
        let Kind::Changed(change) = kind else { continue };
        let expected = points(&text(&stated(change, &written)));
        assert_eq!(*found, expected[..seen.references], "{change:?}");
        kinds.insert(format!("{change:?}").split('(').next().unwrap_or_default().to_owned());
    }
    let all = ["Without", "Nothing", "WithoutPart", "Operands", "Also", "Apart", "PartsApart", "PortsApart"];
    assert_eq!(kinds, all.map(str::to_owned).into());
}

/// With the draws of two arrows' claims exact, or that of the root.
fn relaxed(claims: [Claim; 2]) -> Vec<String> {
    let mut nodes: Vec<String> = NODES.map(str::to_owned).to_vec();
    let mut schemes = Vec::new();
    for claim in claims {
        match claim {
            Claim::Arrow(arrow) => {
                let place = nodes[arrow].split_once(" computes ").expect("a node computes something").0.to_owned();
                nodes[arrow] = format!("{place} computes exact");
            }
            Claim::Unclaimed(End::Root, None) => {
                schemes = vec!["unclaimed exact", "unclaimed any for some", "unclaimed any for gate"];
            }
            other => assert!(matches!(other, Claim::Arrow(_)), "{other:?}: choose other claims"),
        }
    }
    let rest = ARROWS.iter().chain(&schemes).map(|line| (*line).to_owned());
    nodes.into_iter().chain(rest).collect()
}

#[test]
fn two_claims_are_relaxed_together() {
    let blame = Settings { blame: true, ..settings(N, false, AMPLE) };
    let (together, alone, done) = observed(&text(&base()), Path::new(FOLDER), blame, |_, mut found| {
        let one = found.remove(0);
        let together = one.together.clone().expect("two claims have an effect");
        let n = together.points.len();
        let gain = |points: &[Point]| {
            one.scrubbed[..n].iter().zip(points).map(|(before, after)| before.sum - after.sum).sum::<f64>()
        };
        let of = |claim| one.relaxed.iter().find(|(own, _)| *own == claim).expect("it was relaxed alone");
        let alone = together.claims.map(|claim| gain(&of(claim).1));
        let alone = (gain(&together.points), alone);
        let done = run::compared(vec![one]).map_err(|fault| fault.message);
        (together, alone, done.expect("it has one baseline").remove(0))
    });
    // The two were chosen on the other half.
    assert_eq!(together.points.len(), N / 2);
    assert_eq!(together.points, points(&text(&relaxed(together.claims)))[..N / 2]);
    // What they need is held, or captured anew.
    for memory in [1 << 21, 1 << 19] {
        let tight = Settings { blame: true, ..settings(N, false, memory) };
        let other = observed(&text(&base()), Path::new(FOLDER), tight, |_, mut found| found.remove(0).together);
        assert_eq!(other.expect("two claims have an effect").points, together.points);
    }
    let found = done.interaction.expect("they were run");
    let (both, excess) = (found.gain.expect("defined"), found.excess.expect("defined"));
    let (all, [first, second]) = alone;
    assert!((excess.value / both.value - (all - first - second) / all).abs() < 1e-9, "{found:?}");
}

#[test]
fn no_claims_is_the_empty_hypothesis() {
    let seen = varied(&text(&base()), AMPLE, |_, one| one.seen);
    let (_, empty) = seen.all.iter().find(|(kind, _)| *kind == Kind::Empty).expect("it is always there");
    assert_eq!(*empty, points(&text(&[]))[..seen.references]);
}

/// Claims that can be about many places.
const FREE: [&str; 3] = [
    "node first   = head(0, 0) computes first_x",
    "node some    = head(0, 1)[pos: 0] computes any_y",
    "node letters = embed computes is_x",
];
const WAYS: [&str; 3] = ["first -> loss", "some -> loss", "letters -> some.{k, v}"];

/// The nodes at the places of a random explanation.
fn at_random_places(checked: &Checked, ready: &Ready) -> Vec<Vec<String>> {
    let model = checked.models[0].as_ref().expect("the model is bound");
    let map = model.map();
    let shape = |tensor| Some(row_shape(map, tensor));
    let dependence = Dependence::new(map.graph, &shape);
    let found = random_places(&ready.stated, model, Ground { map, dependence: &dependence }, (100, 5));
    let describe = |part: &Part| model.describe(part).expect("a place is a component");
    let lines = |claims: &ansatz::hypothesis::Hypothesis| {
        let region = |node: usize| claims.nodes[node].parts.iter().map(describe).collect::<Vec<_>>().join(" + ");
        let node = |(at, line): (usize, &&str)| {
            let name = line.split_whitespace().nth(1).unwrap_or_default();
            let class = line.split_once(" computes ").map_or("", |(_, class)| class);
            format!("node {name} = {} computes {class}", region(at))
        };
        FREE.iter().enumerate().map(node).chain(WAYS.map(str::to_owned)).collect()
    };
    found.iter().map(|variation| lines(&variation.claims)).collect()
}

#[test]
fn a_random_explanation_is_the_text_with_other_places() {
    let own: Vec<String> = FREE.iter().chain(&WAYS).map(|line| (*line).to_owned()).collect();
    let (texts, seen) = varied(&text(&own), AMPLE, |checked, one| (at_random_places(checked, one.ready), one.seen));
    let found: Vec<&Vec<Point>> =
        seen.all.iter().filter(|(kind, _)| *kind == Kind::Random).map(|(_, points)| points).collect();
    assert_eq!(found.len(), texts.len());
    assert!(found.len() >= 5, "{}", found.len());
    assert_eq!(texts.iter().collect::<BTreeSet<_>>().len(), texts.len());
    for (lines, found) in texts.iter().zip(found) {
        assert_ne!(*lines, own);
        assert_eq!(*found, points(&text(lines))[..seen.references], "{lines:?}");
    }
}

/// Variations that do not fit beside what is held of the hypotheses are run apart.
#[test]
fn nothing_depends_on_memory() {
    let lines = text(&base());
    let ample = varied(&lines, AMPLE, |_, one| one.seen);
    for memory in [1 << 21, 1 << 19] {
        let tight = varied(&lines, memory, |_, one| one.seen);
        assert_eq!(ample.all, tight.all);
        assert_eq!(ample.extremes, tight.extremes);
    }
}

#[test]
fn figures_are_those_of_the_points() {
    let (seen, one) = varied(&text(&base()), AMPLE, |_, one| {
        let seen = one.seen.clone();
        (seen, run::compared(vec![one]).map_err(|fault| fault.message).expect("it has one baseline").remove(0))
    });
    let points = one.points.expect("they were asked for");
    let n = points.references;
    assert_eq!(n, N / 2);
    let baseline = Baseline::Exact(one.estimates.baseline.value);
    let rows = 4_000;
    let inputs = |scrubbed, range: std::ops::Range<usize>| Inputs {
        looks: Looks::Once,
        varies: Varies::Draws,
        model: &one.model[range],
        scrubbed,
        baseline,
        rows,
        cluster: 1,
    };
    let recovered = |points: &[Point]| {
        let (model, baseline) = (ratio(&one.model[..n]), one.estimates.baseline.value);
        (ratio(points) - baseline) / (model - baseline)
    };
    let own = points.own.expect("the model has something to recover");
    assert!((own.value - recovered(&one.scrubbed[..n])).abs() < 1e-12);
    let others: Vec<f64> =
        seen.all.iter().filter(|(kind, _)| *kind == Kind::Random).map(|(_, points)| recovered(points)).collect();
    let random = points.random.expect("its nodes can be elsewhere");
    let beaten = others.iter().filter(|other| **other < own.value).count();
    assert_eq!(random.beaten, beaten);
    assert!((random.p - (1 + others.len() - beaten) as f64 / (1 + others.len()) as f64).abs() < 1e-12);
    let changes = points.changes.expect("it has claims");
    let worst = changes.worst.expect("some change makes it worse");
    let least = seen.all.iter().filter(|(kind, _)| matches!(kind, Kind::Changed(_)));
    let least = least.min_by(|a, b| recovered(&a.1).total_cmp(&recovered(&b.1))).expect("there are changes");
    assert_eq!(Kind::Changed(worst.change.clone()), least.0);
    let (_, fresh) = seen.extremes.iter().find(|(at, _)| seen.all[*at].0 == least.0).expect("it was measured");
    let expected = gain(inputs(&one.scrubbed[n..2 * n], n..2 * n), fresh);
    let (expected, found) = (expected.expect("defined"), worst.gain.expect("defined"));
    assert!((expected.value - found.value).abs() < 1e-12);
    let whole = estimate(inputs(fresh, n..2 * n)).recovered.expect("defined");
    assert!((whole.value - worst.recovered.expect("defined").value).abs() < 1e-12);
    let own = estimate(inputs(&one.scrubbed[n..2 * n], n..2 * n)).recovered.expect("defined");
    assert_eq!(changes.own, Some(own), "what the changes are held against is of the same references");
}

/// Chosen on the first references, of the changes that claim more; measured on those behind them.
#[test]
fn the_worst_refinement_is_told_apart_from_the_worst_change() {
    let (seen, one) = varied(&text(&base()), AMPLE, |_, one| {
        let seen = one.seen.clone();
        (seen, run::compared(vec![one]).map_err(|fault| fault.message).expect("it has one baseline").remove(0))
    });
    let changes = one.points.and_then(|points| points.changes).expect("it has claims");
    let finer = ["Operands", "Also", "Apart", "PartsApart", "PortsApart"];
    let is_finer = |change: &Change| finer.contains(&format!("{change:?}").split('(').next().unwrap_or_default());
    let mut refinements: Vec<(f64, &Change)> = Vec::new();
    for (kind, points) in &seen.all {
        if let Kind::Changed(change) = kind {
            assert_eq!(change.is_refinement(), is_finer(change), "{change:?}");
            refinements.extend(is_finer(change).then(|| (ratio(points), change)));
        }
    }
    assert_eq!(changes.refinements, refinements.len());
    assert!(changes.refinements > 1 && changes.refinements < changes.tried);
    // The loss of the baseline is above that of the model: the greatest is the worst.
    let worst = refinements.iter().map(|(mean, _)| *mean).fold(f64::NEG_INFINITY, f64::max);
    let (_, wanted) = refinements.iter().find(|(mean, _)| *mean == worst).expect("one of them is it");
    let found = changes.worst_refinement.expect("some refinement makes it worse");
    assert_eq!(found.change, **wanted);
    assert_ne!(Some(&found.change), changes.worst.as_ref().map(|worst| &worst.change), "another change is worse");
    let (own, recovered) = (changes.own.expect("defined"), found.recovered.expect("defined"));
    let gain = found.gain.expect("defined").value;
    assert!((own.value + gain - recovered.value).abs() < 1e-9, "{own:?} and {gain} make {recovered:?}");
}
