//! What recovered is measured from: baselines by name, sampled ones, masks and clean outputs, from
//! the text of a file to its numbers.

#[path = "support/checking.rs"]
mod checking;

use ansatz::estimate::{Point, ratio};
use ansatz::run::Done;
use checking::{carried_out, check};
use std::path::Path;

const FOLDER: &str = "tests/fixtures";

const HEAD: &str = r#"model micro = onnx("micro.onnx") {
    dim batch
    dim pos    = 8
    dim d      = 8
    dim head   = 2
    dim d_head = 4

    input  tokens : token[batch, pos]  vocabulary { "[start]" "[pad]" "[end]" "(" ")" }
    output logits : real[batch, class = 2]

    component embed                       = "embed"                : [batch, pos, d]
    component heads(l in 0..2, h in 0..2) = "blocks.{l}.attn.core" : [batch, head, pos, d_head] at head = h
    component mlp(l in 0..2)              = "blocks.{l}.mlp"       : [batch, pos, d]
}

data strings for micro = npz("micro.npz") {
    tokens
    label : category
}

feature opens : bool = tokens[1] == "("

"#;

fn run(text: &str, n: usize) -> Vec<Done> {
    carried_out(&format!("{HEAD}{text}"), Path::new(FOLDER), n, 3)
}

fn named<'a>(all: &'a [Done], name: &str) -> &'a Done {
    all.iter().find(|done| done.name == name).expect("it is in the report")
}

const CLAIMS: &str = "
hypothesis part explains loss {
    node late = mlp(1) computes opens

    late -> loss
}

hypothesis less explains loss {
    node early = heads(1, 0) computes opens

    early -> loss
}
";

#[test]
fn each_clause_has_its_own_baseline() {
    let text = format!(
        "behaviour loss = cross_entropy(logits, label)\n{CLAIMS}\nexpect part {{
    recovered(loss, baseline = less) < 5.0
    recovered(loss, baseline = unclaimed) < 5.0
    recovered(loss) < 5.0
    scrubbed(loss) > 0.0
}}\n"
    );
    let done = run(&text, 300);
    assert_eq!(done.len(), 2, "the empty hypothesis is no hypothesis of the file");
    let (part, less) = (named(&done, "part"), named(&done, "less"));
    let from: Vec<&str> = part.against.iter().map(|against| against.baseline.shown()).collect();
    assert_eq!(from, ["less", "unclaimed", "shuffled"]);
    let [by_less, by_nothing, shuffled] = part.against.as_slice() else { panic!("three baselines") };
    assert_eq!(by_less.estimates.baseline.value, less.estimates.scrubbed.value);
    let share = |baseline: f64| (part.estimates.scrubbed.value - baseline) / (part.estimates.model.value - baseline);
    for against in [by_less, by_nothing, shuffled] {
        if let Some(recovered) = against.estimates.recovered {
            assert!((recovered.value - share(against.estimates.baseline.value)).abs() < 1e-12);
        }
    }
    assert!(by_nothing.sampled && by_nothing.estimates.baseline.error > 0.0);
    assert!(!shuffled.sampled && shuffled.estimates.baseline.error == 0.0);
    // Both pair outputs with the labels of random rows; one over all pairs, one over some.
    let (some, all) = (by_nothing.estimates.baseline, shuffled.estimates.baseline.value);
    assert!((some.value - all).abs() < 4.0 * some.error, "{some:?} {all}");
}

/// The empty hypothesis written by hand has the same draws as the one that is run for a baseline.
#[test]
fn unclaimed_is_the_empty_hypothesis() {
    let clause = "expect part {\n    recovered(loss, baseline = unclaimed) < 5.0\n}\n";
    let behaviour = "behaviour loss = cross_entropy(logits, label)\n";
    let built_in = run(&format!("{behaviour}{CLAIMS}{clause}"), 100);
    let written = run(
        &format!(
            "{behaviour}{CLAIMS}hypothesis empty explains loss {{\n}}\n{}",
            clause.replace("= unclaimed", "= empty")
        ),
        100,
    );
    let of = |all: &[Done]| named(all, "part").against[0].estimates;
    assert_eq!(of(&built_in), of(&written));
    assert_eq!(of(&built_in).baseline.value, named(&written, "empty").estimates.scrubbed.value);
}

/// A behaviour that reads clean outputs: 0 for the model, and sampled from other rows.
#[test]
fn the_distance_to_the_model() {
    let text = format!("behaviour loss = kl(clean(logits), logits)\n{CLAIMS}");
    let done = run(&text, 400);
    let part = named(&done, "part");
    assert!(part.model.iter().all(|point| *point == Point::one(0.0)));
    assert!(part.scrubbed.iter().any(|point| point.sum > 1e-6) && part.scrubbed.iter().all(|point| point.sum >= 0.0));
    let against = &part.against[0];
    assert!(against.sampled && against.estimates.baseline.value > 0.0);
    // Every hypothesis about these outputs has the same pairs.
    assert_eq!(against.estimates.baseline, named(&done, "less").against[0].estimates.baseline);
    let exact = format!("{text}hypothesis itself explains loss {{\n    unclaimed exact\n}}\n");
    let itself = run(&exact, 100);
    let recovered = named(&itself, "itself").estimates.recovered.expect("the model is apart from the baseline");
    assert!((recovered.value - 1.0).abs() < 1e-12);
}

/// Where the mask is a column's, the mean is over positions, not over examples.
#[test]
fn means_over_positions() {
    let text = format!(
        "behaviour loss : real[pos] where tokens == \"(\" = cross_entropy(logits, label) + 0.0 * position(pos)\n{CLAIMS}"
    );
    let done = run(&text, 300);
    let part = named(&done, "part");
    assert_eq!(part.estimates.model.value, ratio(&part.model));
    assert!(part.model.iter().any(|point| point.weight > 1.0) && part.model.iter().any(|point| point.weight == 0.0));
    let single = run(&format!("behaviour loss = cross_entropy(logits, label)\n{CLAIMS}"), 300);
    for (many, one) in part.model.iter().zip(&named(&single, "part").model) {
        assert!((many.sum - many.weight * one.sum).abs() < 1e-9);
    }
}

#[test]
fn baselines_that_cannot_be() {
    let codes = |clause: &str, more: &str| {
        let text = format!(
            "{HEAD}behaviour loss = cross_entropy(logits, label)\nbehaviour hits = accuracy(logits, label)\n{CLAIMS}{more}
expect part {{\n    {clause}\n}}\n"
        );
        check("test.ansatz", &text, Path::new(FOLDER)).codes()
    };
    assert_eq!(codes("recovered(loss, baseline = part) < 1", ""), ["A4014"]);
    assert_eq!(codes("scrubbed(loss, baseline = less) < 1", ""), ["A4014"]);
    assert_eq!(codes("recovered(loss, baseline = lees) < 1", ""), ["A1001"]);
    let other = "hypothesis other explains hits {\n    unclaimed exact\n}\n";
    assert_eq!(codes("recovered(loss, baseline = other) < 1", other), ["A4014"]);
    assert_eq!(codes("iia(loss) < 1", ""), ["A4012"]);
    // Nothing to shuffle: an error only where it is what is asked for.
    let gap = |clauses: &str| {
        let claim = "hypothesis part explains gap {\n    node late = mlp(1) computes opens\n\n    late -> gap\n}\n";
        let text = format!("{HEAD}behaviour gap = logits[1] - logits[0]\n{claim}{clauses}");
        check("test.ansatz", &text, Path::new(FOLDER)).codes()
    };
    assert_eq!(gap(""), ["A7003"]);
    assert_eq!(gap("expect part {\n    recovered(gap) > 0\n}\n"), ["A7003"]);
    assert!(gap("expect part {\n    scrubbed(gap) > 0\n}\n").is_empty());
    assert!(gap("expect part {\n    recovered(gap, baseline = unclaimed) > 0\n}\n").is_empty());
    let measured = "hypothesis low explains gap {\n}\nexpect part {\n    recovered(gap, baseline = low) > 0\n}\n";
    assert!(gap(measured).is_empty(), "{:?}", gap(measured));
}

/// A file with an interchange is held to its aligned features.
#[test]
fn accuracies_of_interchanges_are_expected_by_feature() {
    let found = |clause: &str| {
        let text = format!(
            "{HEAD}behaviour loss = cross_entropy(logits, label)\n{CLAIMS}interchange swapped of micro on strings {{
    predicts opens by argmax(logits) == 1
    align opens = mlp(1)
}}\nexpect swapped {{\n    {clause}\n}}\n"
        );
        check("test.ansatz", &text, Path::new(FOLDER)).codes()
    };
    assert_eq!(found("iia(opens) >= 0.5"), [""; 0]);
    assert_eq!(found("iia(opened) >= 0.5"), ["A1001"]);
    assert_eq!(found("recovered(opens) >= 0.5"), ["A4012"]);
    assert_eq!(found("iia(opens, baseline = unclaimed) >= 0.5"), ["A4014"]);
}
