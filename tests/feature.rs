//! The array language: types, and every mistake at its place.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod expressions;

use ansatz::diagnostics::Diagnostic;
use ansatz::feature::{Purpose, check_behaviour, check_claim, check_expr, reads};
use expressions::{
    BEFORE, behaviour, brackets, checked, expression, features, scope, values_on, with_bracket_features,
};

fn findings(text: &str, purpose: Purpose) -> Vec<(String, String)> {
    let mut sink = Vec::new();
    let scope = with_bracket_features();
    let typed = check_expr(&expression(text), &scope, purpose, &mut sink);
    assert_eq!(typed.is_none(), !sink.is_empty() || text.contains("broken"), "{text}");
    let at = |finding: &Diagnostic| match &finding.primary.place {
        ansatz::diagnostics::Place::Source(span) => format!("{BEFORE}{text}")[span.range()].to_string(),
        other => panic!("{other:?}"),
    };
    let has_words = |finding: &Diagnostic| !finding.primary.text.is_empty() || !finding.secondary.is_empty();
    assert!(sink.iter().all(has_words), "every place has words: {sink:?}");
    sink.iter().map(|finding| (finding.code.id.to_string(), at(finding))).collect()
}

#[test]
fn mistakes_are_found_at_their_places() {
    for (text, code, place) in [
        ("sum(step) + true", "A2001", "true"),
        ("tokens + 1", "A2001", "tokens"),
        ("label * 2", "A2001", "label"),
        ("not size", "A2001", "size"),
        ("size and true", "A2001", "size"),
        ("if size then 1 else 2", "A2001", "size"),
        ("if true then 1 else false", "A2001", "if true then 1 else false"),
        ("(1 < 2) < 3", "A2001", "(1 < 2)"),
        ("tokens == size", "A2001", "tokens == size"),
        ("tokens < \")\"", "A2001", "tokens"),
        ("ratio(1, 2) == 0.5", "A2001", "ratio(1, 2) == 0.5"),
        ("ratio(1, 2) + 1", "A2001", "ratio(1, 2)"),
        ("weight % 2", "A2001", "weight"),
        ("\"(\" == \"(\"", "A2001", "\"(\""),
        ("label == \"(\"", "A2001", "\"(\""),
        ("1 + (1, 2)", "A2001", "(1, 2)"),
        ("int(weight)", "A2001", "weight"),
        ("tokens[weight]", "A2001", "weight"),
        ("sums(step)", "A2002", "sums"),
        ("step(1)", "A2002", "step"),
        ("exp(weight) > 1", "A2002", "exp"),
        ("shift(step)", "A2003", "shift(step)"),
        ("shift(step, size, 0)", "A2003", "size"),
        ("sum(step, 1)", "A2003", "1"),
        ("step[size..4]", "A2003", "size"),
        ("step + keyed", "A2004", "step + keyed"),
        ("step[1..5] + step", "A2004", "step[1..5] + step"),
        ("step[1..5] + step[2..6]", "A2004", "step[1..5] + step[2..6]"),
        ("step[-1]", "A2005", "-1"),
        ("step[8]", "A2005", "8"),
        ("step[pos: length(pos)]", "A2005", "length(pos)"),
        ("step[1..9]", "A2005", "1..9"),
        ("step[3..3]", "A2005", "3..3"),
        ("step[1..5][4]", "A2005", "4"),
        ("tokens == \"((\"", "A2006", "\"((\""),
        ("plain == \"(\"", "A2006", "\"(\""),
        ("tokens == 5", "A2006", "5"),
        ("tokens == -1", "A2006", "-1"),
        ("logits[0] > 0", "A2010", "logits"),
        ("sum(size)", "A2013", "sum(size)"),
        ("sum(grid)", "A2013", "sum(grid)"),
        ("sum(step, key)", "A2013", "key"),
        ("size[0]", "A2013", "size[0]"),
        ("stepp", "A1001", "stepp"),
        ("pos + 1", "A1001", "pos"),
        ("position(poss)", "A1001", "poss"),
    ] {
        let expected = (code.to_string(), place.to_string());
        let found = findings(text, Purpose::Feature);
        assert!(found.contains(&expected), "{text}: {found:?}");
        let one_place_each = if text == "\"(\" == \"(\"" { 2 } else { 1 };
        assert_eq!(found.len(), one_place_each, "{text}: {found:?}");
    }
}

#[test]
fn one_run_finds_all_mistakes_and_none_twice() {
    let found = findings("if stepp == 1 then tokens + 1 else sum(size)", Purpose::Feature);
    let codes: Vec<&str> = found.iter().map(|(code, _)| code.as_str()).collect();
    assert_eq!(codes, ["A1001", "A2001", "A2013"]);
    assert_eq!(findings("broken + true + broken(1)", Purpose::Feature).len(), 2);
    assert_eq!(findings("broken[0] == 1 and all(broken)", Purpose::Feature), []);
}

#[test]
fn suggestions_can_be_applied() {
    let mut sink = Vec::new();
    check_expr(&expression("tokens == \"[strt]\""), &scope(), Purpose::Feature, &mut sink);
    let fix = sink[0].helps[0].fix.clone().unwrap();
    let edit = &fix.edits[0];
    assert_eq!((edit.span.range(), edit.replacement.as_str()), (22..30, "\"[start]\""));
}

#[test]
fn features_are_checked_in_any_order_and_cycles_are_found() {
    let mut scope = scope();
    let found = features(
        &mut scope,
        &[
            "a : int = b + 1",
            "b = c",
            "c = a",
            "d = a + 1",
            "e = e",
            "f : int[pos] = 1",
            "g : bool[nope] = true",
            "h : float = 1",
        ],
    );
    let mut codes: Vec<&str> = found.iter().map(|finding| finding.code.id).collect();
    codes.sort_unstable();
    assert_eq!(codes, ["A1001", "A2001", "A2009", "A2009", "A2012"]);
    let cycle = found.iter().find(|finding| finding.message.contains("`b`")).unwrap();
    assert!(cycle.message.ends_with("`a` reads `b` reads `c` reads `a`"), "{}", cycle.message);
    assert!(scope.features.values().all(Option::is_none));
}

#[test]
fn claims_are_discrete_and_may_be_tuples() {
    let scope = with_bracket_features();
    let mut sink = Vec::new();
    assert_eq!(check_claim(&expression("(equal_count, sum(step))"), &scope, &mut sink).unwrap().len(), 2);
    assert_eq!(sink, []);
    assert!(check_claim(&expression("(equal_count, weight)"), &scope, &mut sink).is_none());
    assert_eq!(sink[0].code.id, "A2007");
}

#[test]
fn behaviours_are_one_real_number() {
    let scope = with_bracket_features();
    for (text, code) in [
        ("b = cross_entropy(logits, label)", None),
        ("b : real = logits[1] - logits[0]", None),
        ("b : real = size", None),
        ("b = size", Some("A2008")),
        ("b = logits", Some("A2008")),
        ("b = equal_count", Some("A2008")),
        ("b = logit_difference(logits, 1, 2)", Some("A2005")),
        ("b = cross_entropy(logits, weight)", Some("A2001")),
        ("b = cross_entropy(size, label)", Some("A2013")),
        ("b : int = 1.5", Some("A2001")),
    ] {
        let mut sink = Vec::new();
        let typed = check_behaviour(&behaviour(text), &scope, &mut sink);
        assert_eq!(sink.first().map(|finding| finding.code.id), code, "{text}");
        assert_eq!(typed.is_some(), code.is_none(), "{text}");
    }
}

#[test]
fn reads_go_through_features() {
    let scope = with_bracket_features();
    let names: Vec<String> = reads(&checked("never_below and label == 1", &scope)).into_iter().collect();
    assert_eq!(names, ["label", "tokens"]);
}

#[test]
fn deep_and_shared_expressions_neither_overflow_nor_explode() {
    let mut scope = scope();
    // Sixty features that each read the one before twice: 2^60 paths.
    let texts: Vec<String> =
        (1..60).map(|at| format!("f{at} = (f{} + f{}) % 7", at - 1, at - 1)).chain(["f0 = size".to_string()]).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    assert_eq!(features(&mut scope, &texts), []);
    let typed = checked("f59", &scope);
    assert_eq!(reads(&typed).len(), 1);
    assert!(values_on("f59 + f58", &scope, &brackets(&["()"])).is_ok());
    // A chain of 20,000 features ends in a code.
    let texts: Vec<String> =
        (0..20_000).map(|at| format!("f{at} = 1 + f{}", at + 1)).chain(["f20000 = 1".to_string()]).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let found = features(&mut scope, &texts);
    assert_eq!(found.iter().map(|finding| finding.code.id).collect::<Vec<_>>(), ["A2011"]);
    // So does deep syntax.
    let mut expr = expression("1");
    for _ in 0..1_000 {
        let span = expr.span;
        expr = ansatz::syntax::ast::Expr { kind: ansatz::syntax::ast::ExprKind::Negate(Box::new(expr)), span };
    }
    let mut sink = Vec::new();
    assert!(check_expr(&expr, &scope, Purpose::Feature, &mut sink).is_none());
    assert_eq!(sink.iter().map(|finding| finding.code.id).collect::<Vec<_>>(), ["A2011"]);
}
