//! The meaning of a hypothesis: what changes nothing leaves it as it is, and what changes a claim does not.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "support/checking.rs"]
mod checking;

use ansatz::diagnostics::any_error;
use ansatz::meaning::{Meaning, meanings};
use checking::{bound, read};
use std::collections::BTreeSet;
use std::path::Path;

/// The model, the data, the features and the behaviour of the fixtures.
fn head() -> String {
    let text = read(Path::new("tests/fixtures/micro.ansatz"));
    text.split("hypothesis base").next().unwrap_or_default().to_owned()
}

const BASE: &str = "
hypothesis h explains loss on strings {
    node count = heads(1, 0)  computes (equal_count, never_below)
    node late  = heads(1, 1)  computes is_open
    node first = embed[pos: 1]  computes balanced
    node cut   = mlp(0)  computes mean over balanced

    count -> loss
    late -> loss
    first ~> count.{q, k} except via mlp(0)
    cut -> count.v
    first ~> late
    unclaimed exact for count
    unclaimed c for late.q
    draw c from few
    pool 2
}
";

fn base() -> String {
    BASE.to_owned()
}

/// The meanings of all that stands below the head of the fixtures.
fn all(items: &str) -> Vec<Meaning> {
    let text = format!("{}{items}", head());
    let (found, checked) = bound("test.ansatz", &text, Path::new("tests/fixtures"));
    let errors: Vec<&String> =
        found.findings.iter().filter(|finding| finding.is_error()).map(|finding| &finding.message).collect();
    assert!(!any_error(&found.findings), "{errors:?}\n{items}");
    meanings(&checked)
}

/// The meaning of `h`.
fn meaning(items: &str) -> Meaning {
    all(items).into_iter().find(|found| found.name == "h").unwrap()
}

fn edited(edits: &[(&str, &str)]) -> String {
    edits.iter().fold(base(), |text, (from, to)| {
        assert!(text.contains(from), "no {from}");
        text.replace(from, to)
    })
}

#[test]
fn names_order_layout_and_abbreviations_do_not_count() {
    let same = [
        ("other names of nodes", edited(&[("count", "x"), ("first", "y"), ("equal_x", "equal_count")])),
        ("another order", edited(&[("    late -> loss\n", ""), ("    pool 2\n", "    pool 2\n    late -> loss\n")])),
        ("another order of ports", edited(&[("{q, k}", "{k, q}")])),
        ("another order of features", edited(&[("(equal_count, never_below)", "(never_below, equal_count)")])),
        ("comments and blanks", edited(&[("    count -> loss", "    // why\n\n    count   ->   loss // so")])),
        ("a feature written out", edited(&[("balanced", "equal_count and never_below")])),
        (
            "a feature taken out",
            edited(&[("computes is_open", "computes opens")]) + "\nfeature opens : bool[pos] = tokens == \"(\"\n",
        ),
        ("a function", edited(&[("computes is_open", "computes is(\"(\")")]) + "\nfeature is(x) = tokens == x\n"),
        ("a constant", edited(&[("heads(1, 0)", "heads(last, 0)")]) + "\nconstant last = 1\n"),
        (
            "a family",
            edited(&[(
                "    count -> loss\n    late -> loss\n",
                "    for i in 0..1 {\n        count -> loss\n        late -> loss\n    }\n",
            )]),
        ),
        ("parentheses", edited(&[("computes balanced", "computes ((balanced))")])),
        ("a docs comment", format!("\n/// What it is about.{}", base())),
        ("a default that is said", edited(&[("    pool 2\n", "    pool 2\n    unclaimed any for loss\n")])),
        ("a scheme for what draws nothing", edited(&[("    pool 2\n", "    pool 2\n    unclaimed any\n")])),
        (
            "two nodes for one that is read twice",
            edited(&[
                ("    first ~> late\n", "    again ~> late\n"),
                ("    node cut", "    node again = embed[pos: 1]  computes balanced\n    node cut"),
            ]),
        ),
        ("other hypotheses", format!("\nhypothesis more explains loss on strings {{\n}}\n{}", base())),
    ];
    let wanted = meaning(&base());
    for (what, items) in same {
        let found = meaning(&items);
        let texts = |meaning: &Meaning| -> Vec<String> {
            meaning.claims.iter().map(|claim| format!("{}: {}", claim.key, claim.text)).collect()
        };
        assert_eq!(texts(&found), texts(&wanted), "{what}");
        assert!(found.equals(&wanted), "{what}");
    }
}

#[test]
fn a_refinement_means_what_it_is_written_out_to() {
    let refined = "
hypothesis small explains loss on strings {
    node count = heads(1, 0)  computes equal_count
    count -> loss
}
hypothesis h refines small {
    node first = embed  computes any
    first -> count
}
";
    let whole = "
hypothesis h explains loss on strings {
    node first = embed  computes any
    node count = heads(1, 0)  computes equal_count
    first -> count
    count -> loss
}
";
    assert!(meaning(refined).equals(&meaning(whole)));
}

#[test]
fn a_family_means_what_its_members_do() {
    let family = "
hypothesis h explains loss on strings {
    for i in 0..2 {
        node head(i) = heads(1, i)  computes equal_count
        head(i) ~> loss except via mlp(1)
    }
}
";
    let whole = "
hypothesis h explains loss on strings {
    node a = heads(1, 0)  computes equal_count
    node b = heads(1, 1)  computes equal_count
    b ~> loss except via mlp(1)
    a ~> loss except via mlp(1)
}
";
    assert!(meaning(family).equals(&meaning(whole)));
}

#[test]
fn every_edit_of_a_claim_counts() {
    let different = [
        (
            "a region",
            edited(&[("= heads(1, 0)", "= HERE"), ("= heads(1, 1)", "= heads(1, 0)"), ("HERE", "heads(1, 1)")]),
        ),
        ("a position", edited(&[("embed[pos: 1]", "embed[pos: 2]")])),
        ("no position", edited(&[("embed[pos: 1]", "embed")])),
        ("a feature", edited(&[("(equal_count, never_below)", "equal_count")])),
        ("exact", edited(&[("computes is_open", "computes exact")])),
        ("any", edited(&[("computes is_open", "computes any")])),
        ("a feature without its axis", edited(&[("computes is_open", "computes equal_count")])),
        ("what a mean is over", edited(&[("mean over balanced", "mean over equal_count")])),
        ("a mean without groups", edited(&[("mean over balanced", "mean")])),
        ("a number", edited(&[("mean over balanced", "constant 0.5")])),
        ("another number", edited(&[("mean over balanced", "constant 0.25")])),
        ("an arrow's kind", edited(&[("cut -> count.v", "cut ~> count.v")])),
        (
            "an arrow less",
            edited(&[
                ("    late -> loss\n    first", "    first"),
                ("    first ~> late\n", ""),
                ("    unclaimed c for late.q\n    draw c from few\n", ""),
                ("    node late  = heads(1, 1)  computes is_open\n", ""),
            ]),
        ),
        ("a port", edited(&[("count.{q, k}", "count.q")])),
        ("another port", edited(&[("count.{q, k}", "count.{q, v}"), ("count.v", "count.k")])),
        (
            "an exception less",
            edited(&[
                (" except via mlp(0)", ""),
                ("    cut -> count.v\n", ""),
                ("    node cut   = mlp(0)  computes mean over balanced\n", ""),
            ]),
        ),
        ("another exception", edited(&[("except via mlp(0)", "except via mlp(0), heads(0, 0)")])),
        ("a scheme", edited(&[("unclaimed exact for count", "unclaimed apart for count")])),
        ("the scheme of the behaviour", edited(&[("    pool 2\n", "    pool 2\n    unclaimed exact for loss\n")])),
        (
            "the scheme of a port",
            edited(&[("unclaimed c for late.q", "unclaimed exact for late.q"), ("    draw c from few\n", "")]),
        ),
        ("the port of a scheme", edited(&[("for late.q", "for late.k")])),
        ("the data of a draw", edited(&[("draw c from few", "draw c from strings")])),
        ("a draw of another name", edited(&[("unclaimed c for", "unclaimed d for"), ("draw c", "draw d")])),
        ("a pool", edited(&[("pool 2", "pool 3")])),
        ("no pool", edited(&[("    pool 2\n", "")])),
    ];
    let base = meaning(&base());
    let mut seen = BTreeSet::from([base.hash()]);
    for (what, items) in different {
        let found = meaning(&items);
        assert!(!found.equals(&base), "{what}");
        assert!(seen.insert(found.hash()), "{what} means what another edit means");
    }
}

#[test]
fn what_stands_behind_names_counts() {
    let text = |items: &str, edits: &[(&str, &str)]| {
        let whole = format!("{}{items}", head());
        edits.iter().fold(whole, |text, (from, to)| {
            assert!(text.contains(from), "no {from}");
            text.replace(from, to)
        })
    };
    let of = |text: &str| {
        let (found, checked) = bound("test.ansatz", text, Path::new("tests/fixtures"));
        assert!(!any_error(&found.findings), "{:?}", found.codes());
        meanings(&checked).into_iter().find(|found| found.name == "h").unwrap()
    };
    let base = of(&text(&base(), &[]));
    let different = [
        ("the behaviour", vec![("cross_entropy(logits, label)", "accuracy(logits, label)")]),
        ("a feature", vec![("all(suffix_sum(step) <= 0)", "all(suffix_sum(step) <= 1)")]),
        ("a feature of a feature", vec![("else if tokens == \")\" then -1", "else if tokens == \")\" then -2")]),
        ("what cuts paths", vec![("mlp(l in 0..2) ", "mlp(l in 0..1) ")]),
    ];
    for (what, edits) in different {
        assert!(!of(&text(&self::base(), &edits)).equals(&base), "{what}");
    }
    // The few rows have classes of one.
    let on = |data: &str| {
        let claims = "    node count = heads(1, 0)  computes any\n    count -> loss\n";
        of(&text(&format!("\nhypothesis h explains loss on {data} {{\n{claims}}}\n"), &[]))
    };
    assert!(!on("few").equals(&on("strings")), "the dataset");
    let same = of(&text(&self::base(), &[("heads", "attention"), ("loss", "how_bad"), ("strings", "texts")]));
    assert!(same.equals(&base), "names of components, behaviours and datasets are names");
}

#[test]
fn interchanges_mean_something_too() {
    let of = |items: &str| all(items).into_iter().find(|found| found.name == "mirror").unwrap();
    let text = "
interchange mirror of micro on strings {
    predicts balanced by logits[class: 1] > logits[class: 0]
    align equal_count = heads(1, 0)
}
";
    let base = of(text);
    assert!(of(&text.replace("    align", "    // so\n    align")).equals(&base));
    for (from, to) in [
        ("heads(1, 0)", "heads(1, 1)"),
        ("logits[class: 1] > logits[class: 0]", "logits[class: 1] < logits[class: 0]"),
        ("align equal_count", "align never_below"),
        ("predicts balanced", "predicts equal_count"),
    ] {
        assert!(!of(&text.replace(from, to)).equals(&base), "{to}");
    }
}

/// A feature that is used twice by a feature that is used twice, and so on, is no larger.
#[test]
fn features_of_features_stay_small() {
    let mut items = "\nfeature f0 : int = sum(step)\n".to_owned();
    for at in 1..60 {
        items.push_str(&format!("feature f{at} : int = f{0} + f{0}\n", at - 1));
    }
    let of = |last: &str| {
        let claim = "hypothesis h explains loss on strings {\n    node a = heads(1, 0)  computes f59 == LAST\n    a -> loss\n}\n";
        meaning(&format!("{items}{}", claim.replace("LAST", last)))
    };
    let (one, other) = (of("0"), of("1"));
    assert!(one.claims.iter().all(|claim| claim.text.len() < 2_000));
    assert!(!one.equals(&other) && one.equals(&of("0")));
}
