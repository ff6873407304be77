//! The syntax layer as a whole: what is found in mistaken text, and what holds for every text.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail by panicking, as tests do")]

#[path = "syntax/mistakes.rs"]
mod mistakes;

use ansatz::diagnostics::{Diagnostic, Place, concise};
use ansatz::source::{FileId, SourceFile, Sources, Span};
use ansatz::syntax::ast::{
    self, Aim, Arithmetic, Comparison, Computes, Expr, ExprKind, Hypothesis, ItemFamily, Logic, Part, Used,
};
use ansatz::syntax::{KEYWORDS, Parsed, Tree, parse};
use mistakes::MISTAKES;
use std::collections::BTreeSet;

const BRACKETS: &str = include_str!("fixtures/syntax/brackets.ansatz");
const CLAIMS: &str = include_str!("fixtures/syntax/claims.ansatz");
const SMALL: &str = include_str!("fixtures/syntax/small.ansatz");
const GRAMMAR: &[&str] = &[
    include_str!("../grammar/ansatz.pest"),
    include_str!("../grammar/hypothesis.pest"),
    include_str!("../grammar/challenge.pest"),
    include_str!("../grammar/expr.pest"),
    include_str!("../grammar/token.pest"),
    include_str!("../grammar/recover.pest"),
];

fn parsed(text: &str) -> Parsed {
    parse(FileId(0), text)
}

fn span(finding: &Diagnostic) -> Span {
    match finding.primary.place {
        Place::Source(span) => span,
        _ => panic!("a finding of grammar has a place in the text: {finding:?}"),
    }
}

/// `line:column code` of each finding.
fn found(text: &str) -> Vec<String> {
    let file = SourceFile::new("test", text);
    let place = |finding: &Diagnostic| {
        let at = file.line_column(span(finding).start);
        format!("{}:{} {}", at.line, at.column, finding.code.id)
    };
    parsed(text).diagnostics.iter().map(place).collect()
}

#[test]
fn every_mistake_is_found_once_and_at_its_place() {
    let mut wrong = String::new();
    for (text, expected) in MISTAKES.iter().filter(|(text, expected)| found(text) != *expected) {
        let mut sources = Sources::new();
        let id = sources.add(SourceFile::new("test", *text));
        let lines: Vec<String> = parse(id, text).diagnostics.iter().map(|finding| concise(finding, &sources)).collect();
        wrong += &format!("{text}\n  expected {expected:?}\n  found    {:?}\n{}\n\n", found(text), lines.join("\n"));
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn every_code_of_syntax_has_a_case() {
    let elsewhere = ["A0001", "A0002", "A0004", "A0005", "A0007", "A0008"]; // bytes and bounds, below
    let cases: BTreeSet<&str> =
        MISTAKES.iter().flat_map(|(_, found)| found.iter()).filter_map(|found| found.split(' ').nth(1)).collect();
    for code in ansatz::diagnostics::CODES.iter().flat_map(|area| area.iter()).filter(|code| code.id.starts_with("A0"))
    {
        assert!(cases.contains(code.id) || elsewhere.contains(&code.id), "{} has no case", code.id);
    }
}

#[test]
fn fixes_mend_what_they_are_for() {
    let mut fixes = 0;
    for (text, _) in MISTAKES {
        let before = parsed(text).diagnostics;
        for fix in before.iter().flat_map(|finding| &finding.helps).filter_map(|help| help.fix.as_ref()) {
            let mut mended = (*text).to_owned();
            for edit in fix.edits.iter().rev() {
                mended.replace_range(edit.span.range(), &edit.replacement);
            }
            let after = parsed(&mended).diagnostics;
            let codes: Vec<_> = after.iter().map(|finding| &finding.message).collect();
            assert!(after.len() < before.len(), "{fix:?} mends nothing in\n{text}\n{codes:#?}");
            fixes += 1;
        }
    }
    assert!(fixes > 30, "only {fixes} fixes were tried");
}

#[test]
fn correct_files_have_no_findings_and_keep_their_text() {
    for text in [BRACKETS, CLAIMS, SMALL] {
        let parsed = parsed(text);
        assert!(parsed.diagnostics.is_empty(), "{:#?}", parsed.diagnostics);
        assert_eq!(parsed.tree.text(), text);
        assert!(parsed.tree.dump().contains("Hypothesis"));
        let crlf = text.replace('\n', "\r\n");
        assert_eq!(found(&crlf), [""; 0]);
        let without_breaks = text.lines().filter(|line| !line.contains("//")).collect::<Vec<_>>().join(" ");
        assert_eq!(found(&without_breaks), [""; 0], "line breaks mean nothing");
    }
}

#[test]
fn the_corpus_is_built_as_written() {
    let file = parsed(BRACKETS).file;
    let model = &file.models[0];
    assert_eq!(model.docs, "The classifier: three layers of two heads.");
    assert_eq!(model.path.value, "brackets.onnx");
    assert_eq!(
        model.body.dims.iter().map(|dim| dim.size.map(|size| size.0)).collect::<Vec<_>>(),
        [None, Some(42), None, Some(2), None]
    );
    let vocabulary = model.body.inputs[0].vocabulary.as_ref().unwrap();
    assert_eq!(
        vocabulary[5..].iter().map(|text| text.value.as_str()).collect::<Vec<_>>(),
        ["\"", "\\", "\n\t\u{1F600}"]
    );
    assert_eq!(model.body.inputs[1].tensor.as_ref().unwrap().value, "attention_mask");
    let heads = &model.body.components[1];
    assert_eq!(
        (heads.docs.as_str(), heads.parameters.len(), heads.ports.len()),
        ("A head, cut from the tensor of its layer.", 2, 3)
    );
    assert!(matches!(model.body.components[2].at[1].part, Part::Many(_)));
    assert_eq!(
        file.data[0].columns.iter().map(|column| column.name.text.as_str()).collect::<Vec<_>>(),
        ["tokens", "label", "length", "extra"]
    );
    assert_eq!(file.data[1].columns.len(), 2, "a column of only a name leaves the next one alone");
    assert_eq!(file.features[0].docs, "One for each bracket, with its sign.\nBlanks count as nothing.");
    let claim = &file.hypotheses[0];
    assert_eq!((claim.body.nodes.len(), claim.body.arrows.len(), claim.body.unclaimed.len()), (5, 5, 1));
    assert_eq!(claim.body.nodes[2].regions[0].parts.len(), 2);
    assert_eq!(claim.data.as_ref().unwrap().text, "parens");
    assert_eq!(file.expects[0].clauses.len(), 4);
}

#[test]
fn claims_are_built_as_written() {
    let file = parsed(CLAIMS).file;
    let used = file.uses.iter().map(|used| match &used.what {
        Used::Library(path) => path.len(),
        Used::File(path) => path.value.len(),
    });
    assert_eq!(used.collect::<Vec<_>>(), [2, 3, "../common.ansatz".len()]);
    assert_eq!(
        file.constants.iter().map(|constant| show(&constant.value)).collect::<Vec<_>>(),
        ["3", "((depth - 1) / 2)"]
    );
    let map = &file.maps[0];
    assert_eq!(
        (map.docs.as_str(), map.parameters.len(), map.parameters[1].1.is_none()),
        ("A map without a model.", 2, true)
    );
    assert_eq!(
        map.body.components.iter().map(|component| component.cuts).collect::<Vec<_>>(),
        [true, true, false, false]
    );
    assert_eq!(map.body.components[1].ports.iter().map(|port| port.at.len()).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(file.models.iter().map(|model| model.docs.as_str()).collect::<Vec<_>>(), ["", "With more.", ""]);
    assert_eq!(file.models[1].map.as_ref().unwrap().arguments.len(), 2);
    assert_eq!(file.tables.iter().map(|table| table.key.is_some()).collect::<Vec<_>>(), [true, false]);
    assert_eq!(file.features[0].parameters.as_ref().unwrap().len(), 2);
    assert_eq!(show(&file.features[3].expr), "sum((w[depth] * open[key]), key)");
    assert_eq!(file.behaviours.iter().filter(|behaviour| behaviour.mask.is_some()).count(), 2);
    assert_eq!(file.interchanges[0].aligned[0].regions.len(), 2);
    challenges_of_both_kinds(&file);
    let body = &file.hypotheses[0].body;
    assert_eq!((body.nodes.len(), body.arrows.len(), body.unclaimed.len(), body.draws.len()), (18, 10, 10, 4));
    assert_eq!(body.families.iter().map(|family| family.body.families.len()).collect::<Vec<_>>(), [1, 0]);
    let better = &file.hypotheses[1];
    assert_eq!(better.refines.as_ref().unwrap().name.text, "claim");
    assert_eq!((better.body.overrides.len(), better.body.drops.len(), better.body.swaps.len()), (1, 4, 2));
    assert_eq!(file.expects[0].variant.as_ref().unwrap().0.swaps.len(), 1);
    assert_eq!(file.expects[0].clauses[0].baseline.as_ref().unwrap().name.text, "claim");
    let family = &file.families[0];
    assert_eq!((family.parameters.len(), family.hypotheses.len(), family.interchanges.len()), (2, 2, 1));
    assert_eq!(family.families[0].expects[0].hypothesis.arguments.len(), 2);
}

fn challenges_of_both_kinds(file: &ast::File) {
    let [fools, two] = file.challenges.as_slice() else { panic!("{:?}", file.challenges) };
    assert_eq!(
        (fools.docs.as_str(), fools.hypothesis.name.text.as_str()),
        ("What the hypothesis is good for.", "better")
    );
    let Aim::Fools(found) = &fools.aim else { panic!("{fools:?}") };
    let shown = [&found.filter, &found.rank, &found.budget, &found.success, &fools.draws];
    assert_eq!(
        shown.map(|expr| show(expr.as_ref().unwrap())),
        ["(fools or (match > 1))", "(scrubbed(loss) - (2 * draws))", "100", "(loss > Real(0.7))", "(depth + 1)"]
    );
    assert_eq!((found.matched.len(), found.from.as_ref().unwrap().text.as_str()), (2, "d"));
    let measures = |challenge: &ast::Challenge| {
        let part = |name: &Option<ast::Ident>| name.as_ref().map_or("", |name| name.text.as_str()).to_owned();
        let measure = |found: &ast::Expected| (found.measure.text.clone(), part(&found.of), part(&found.setting));
        challenge.expected.iter().map(measure).collect::<Vec<_>>()
    };
    let named = |names: [&str; 3]| (names[0].to_owned(), names[1].to_owned(), names[2].to_owned());
    assert_eq!(measures(fools), [named(["ratio", "matched", ""]), named(["rate", "", ""])]);
    let Aim::Distinguishes(found) = &two.aim else { panic!("{two:?}") };
    let sets = [&found.trusted, &found.anomalous].map(|set| set.as_ref().unwrap());
    assert_eq!(sets.map(|set| (set.filter.is_some(), set.from.is_some())), [(true, false), (true, true)]);
    assert_eq!((found.scores.len(), two.hypothesis.arguments.len()), (2, 2));
    assert_eq!(measures(two), [named(["auroc", "effect", "supervised"]), named(["precision", "direct", ""])]);
    assert_eq!(file.families[1].challenges.len(), 1);
}

#[test]
fn words_of_claims_mean_something_only_there() {
    let claim = |statement: &str| {
        let parsed = parsed(&format!("hypothesis h explains l {{ {statement} }}"));
        assert!(parsed.diagnostics.is_empty(), "{statement}: {:?}", parsed.diagnostics);
        parsed.file.hypotheses.into_iter().next().unwrap().body
    };
    let computes = |what: &str| {
        let mut nodes = claim(&format!("node n = c computes {what}")).nodes;
        match nodes.pop().unwrap().computes {
            Computes::Feature(expr) => show(&expr),
            Computes::Mean { over, .. } => format!("mean of {}", over.map_or("all".to_owned(), |over| show(&over))),
            Computes::Zero(_) => "no value".to_owned(),
            Computes::Constant(expr, _) => format!("always {}", show(&expr)),
            Computes::Exact(_) | Computes::Any(_) => "a class".to_owned(),
        }
    };
    let cases = [
        ("mean", "mean of all"),
        ("mean over (f, g)", "mean of <f, g>"),
        ("mean(f)", "mean(f)"),
        ("mean == 2", "(mean == 2)"),
        ("zero", "no value"),
        ("zero + 1", "(zero + 1)"),
        ("constant -1", "always (-1)"),
        ("constant(0.5)", "always Real(0.5)"),
        ("constant * 2", "(constant * 2)"),
        ("any", "a class"),
        ("any(f)", "any(f)"),
        ("exact from d", "a class"),
        ("from from from", "from"),
    ];
    for (text, expected) in cases {
        assert_eq!(computes(text), expected, "{text}");
    }
    let arrows = "pool -> from from -> rest rest -> paired[by: 1] paired -> by.map pool(1) -> mean";
    assert_eq!(claim(arrows).arrows.len(), 5);
    let body =
        claim("a -> b.k where x except via c, d a ~> b . { q, k } except via c where x pool 8 draw from from from");
    assert_eq!(
        body.arrows.iter().map(|arrow| (arrow.ports.len(), arrow.except.len())).collect::<Vec<_>>(),
        [(1, 2), (2, 1)]
    );
    assert_eq!((body.pools.len(), body.draws[0].from.as_ref().unwrap().text.as_str()), (1, "from"));
    let rest = |text: &str| claim(&format!("node e = estimate(x) of c {text}")).nodes.remove(0);
    assert!(matches!(rest("").estimate.unwrap().rest, Computes::Any(_)));
    assert!(matches!(rest("rest exact computes any").computes, Computes::Any(_)));
    assert!(matches!(rest("rest computes f computes g").estimate.unwrap().rest, Computes::Feature(_)));
}

#[test]
fn an_index_ends_at_its_bracket() {
    let text = "feature f = -x[1, a: 2] [ 3 ] + 1";
    let file = parsed(text).file;
    let ExprKind::Arithmetic { left, .. } = &file.features[0].expr.kind else { panic!("a sum") };
    assert_eq!(&text[left.span.range()], "-x[1, a: 2] [ 3 ]");
    let ExprKind::Negate(inner) = &left.kind else { panic!("a negation") };
    let ExprKind::Index { base, .. } = &inner.kind else { panic!("an index") };
    assert_eq!(&text[base.span.range()], "x[1, a: 2]");
}

/// An expression with all its parentheses.
fn show(expr: &Expr) -> String {
    let pair = |operator: &str, left: &Expr, right: &Expr| format!("({} {operator} {})", show(left), show(right));
    match &expr.kind {
        ExprKind::Int(value) => value.to_string(),
        ExprKind::Name(name) => name.clone(),
        ExprKind::Negate(inner) => format!("(-{})", show(inner)),
        ExprKind::Not(inner) => format!("(not {})", show(inner)),
        ExprKind::Call { function, arguments } => {
            format!("{}({})", function.text, arguments.iter().map(show).collect::<Vec<_>>().join(", "))
        }
        ExprKind::Index { base, dim, part } => {
            let dim = dim.as_ref().map_or(String::new(), |dim| format!("{}: ", dim.text));
            match &**part {
                Part::One(index) => format!("{}[{dim}{}]", show(base), show(index)),
                Part::Many(range) => format!("{}[{dim}{}..{}]", show(base), show(&range.start), show(&range.end)),
            }
        }
        ExprKind::Arithmetic { operator, left, right } => {
            let operators = [
                (Arithmetic::Add, "+"),
                (Arithmetic::Subtract, "-"),
                (Arithmetic::Multiply, "*"),
                (Arithmetic::Divide, "/"),
                (Arithmetic::Remainder, "%"),
            ];
            pair(operators.iter().find(|known| known.0 == *operator).unwrap().1, left, right)
        }
        ExprKind::Compare { comparison, left, right } => {
            let operators = [
                (Comparison::Less, "<"),
                (Comparison::LessEqual, "<="),
                (Comparison::Greater, ">"),
                (Comparison::GreaterEqual, ">="),
                (Comparison::Equal, "=="),
                (Comparison::NotEqual, "!="),
            ];
            pair(operators.iter().find(|known| known.0 == *comparison).unwrap().1, left, right)
        }
        ExprKind::Logic { operator: Logic::And, left, right } => pair("and", left, right),
        ExprKind::Logic { operator: Logic::Or, left, right } => pair("or", left, right),
        ExprKind::If { condition, then, otherwise } => {
            format!("(if {} then {} else {})", show(condition), show(then), show(otherwise))
        }
        ExprKind::Tuple(elements) => format!("<{}>", elements.iter().map(show).collect::<Vec<_>>().join(", ")),
        other => format!("{other:?}"),
    }
}

#[test]
fn precedence() {
    let cases = [
        ("a or b and c", "(a or (b and c))"),
        ("a and b or c and d", "((a and b) or (c and d))"),
        ("not a and b", "((not a) and b)"),
        ("not a == b", "(not (a == b))"),
        ("not not a", "(not (not a))"),
        ("a < b + c", "(a < (b + c))"),
        ("a == b and c != d", "((a == b) and (c != d))"),
        ("a - b - c", "((a - b) - c)"),
        ("a - b * c % d / e", "(a - (((b * c) % d) / e))"),
        ("-a * b", "((-a) * b)"),
        ("a - -b", "(a - (-b))"),
        ("- -a[1]", "(-(-a[1]))"),
        ("-f(x)[pos: 1][2..3]", "(-f(x)[pos: 1][2..3])"),
        ("(a or b) and c", "((a or b) and c)"),
        ("if a then b else c + 1", "(if a then b else (c + 1))"),
        ("1 + if a then b else if c then d else e", "(1 + (if a then b else (if c then d else e)))"),
        ("any(a > 0) and all(b)", "(any((a > 0)) and all(b))"),
        ("(a, b == c, f())", "<a, (b == c), f()>"),
        ("a <= b or a >= c or a > d", "(((a <= b) or (a >= c)) or (a > d))"),
        ("x[a - 1, d: 2]", "x[(a - 1)][d: 2]"),
    ];
    for (text, expected) in cases {
        let parsed = parsed(&format!("feature f = {text}"));
        assert!(parsed.diagnostics.is_empty(), "{text}: {:?}", parsed.diagnostics);
        assert_eq!(show(&parsed.file.features[0].expr), expected, "{text}");
    }
}

#[test]
fn keywords_are_the_grammar_s_and_reserved() {
    let token_rules = GRAMMAR.iter().flat_map(|grammar| grammar.lines()).filter(|line| line.starts_with("kw_"));
    let words: BTreeSet<&str> = token_rules.map(|line| line.split('"').nth(1).unwrap()).collect();
    assert_eq!(words, KEYWORDS.iter().copied().collect());
    for word in KEYWORDS {
        assert_eq!(found(&format!("feature {word} = 1")), ["1:9 A0015"], "{word} is not reserved");
        assert_eq!(found(&format!("feature {word}2 = {word}_ + _{word}")), [""; 0], "{word} ends too early");
    }
}

#[test]
fn recovery_keeps_what_stands_around_a_mistake() {
    let text = "hypotheis h explains l of m on d {\n    node a = b computes f\n    nod c = b computes g\n    a -> ~\n    a ~> c\n}\n";
    let file = parsed(text).file;
    let claim = &file.hypotheses[0];
    assert_eq!(claim.name.name.text, "h");
    assert_eq!((claim.body.nodes.len(), claim.body.arrows.len()), (2, 2));
    let file = parsed("behavior b = 1 + * 2\nfeature f = f(1 2)\nfeature g = (1, 2").file;
    assert_eq!(file.behaviours.len(), 1);
    assert_eq!(show(&file.features[0].expr), "f(1, 2)");
    assert_eq!(show(&file.features[1].expr), "<1, 2>");
}

#[test]
fn pages_show_what_they_are_about() {
    for code in ansatz::diagnostics::CODES.iter().flat_map(|area| area.iter()).filter(|code| code.id.starts_with("A0"))
    {
        let blocks: Vec<&str> =
            code.page.split("```ansatz\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
        assert!(code.page.starts_with(&format!("# {} {}\n\n", code.id, code.slug)), "{}", code.id);
        assert!(code.page.contains("## Why it matters\n"), "{}", code.id);
        match blocks.as_slice() {
            [wrong, right] => {
                let codes: BTreeSet<&str> = parsed(wrong).diagnostics.iter().map(|finding| finding.code.id).collect();
                assert_eq!(codes, BTreeSet::from([code.id]), "{wrong}");
                assert_eq!(found(right), [""; 0], "{right}");
            }
            [] => {}
            _ => panic!("{} has {} examples", code.id, blocks.len()),
        }
    }
}

/// A small generator of our own, so that a failing mutant is the same on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % limit.max(1)
    }
}

/// One to three edits of single characters: removed, inserted or replaced.
fn mutant(text: &str, random: &mut Random) -> String {
    let alphabet: Vec<char> = "(){}[],.:=<>+-*/%\"\\ \n~!;&|#$_ax019é\u{202e}\u{0}\u{1F600}".chars().collect();
    let mut characters: Vec<char> = text.chars().collect();
    for _ in 0..=random.below(3) {
        let at = random.below(characters.len());
        let other = alphabet[random.below(alphabet.len())];
        match random.below(3) {
            0 => drop(characters.remove(at)),
            1 => characters.insert(at, other),
            _ => characters[at] = other,
        }
    }
    characters.into_iter().collect()
}

fn has_mistake(tree: &Tree) -> bool {
    tree.root().descendants().any(|node| node.kind().is_mistake())
}

/// Refinements have no behaviour of their own: its name is empty and no hole.
fn name_behaviours(hypotheses: &mut [Hypothesis], families: &mut [ItemFamily]) {
    for hypothesis in hypotheses.iter_mut().filter(|hypothesis| hypothesis.refines.is_some()) {
        hypothesis.behaviour.text = "that of the base".to_owned();
    }
    for family in families {
        name_behaviours(&mut family.hypotheses, &mut family.families);
    }
}

/// What holds for every text. Returns the number of findings.
fn check_any(text: &str) -> usize {
    let parsed = parsed(text);
    assert_eq!(parsed.tree.text(), text, "the tree loses text");
    if parsed.diagnostics.is_empty() {
        let mut file = parsed.file;
        name_behaviours(&mut file.hypotheses, &mut file.families);
        let built = format!("{file:?}");
        let has_hole = built.contains("kind: Error") || built.contains("text: \"\"");
        assert!(!has_hole && !has_mistake(&parsed.tree), "silent about\n{text}\n{}", parsed.tree.dump());
    }
    for finding in &parsed.diagnostics {
        let edits = finding.helps.iter().filter_map(|help| help.fix.as_ref()).flat_map(|fix| &fix.edits);
        let fixes = edits.map(|edit| edit.span);
        let others = finding.secondary.iter().filter_map(|label| match label.place {
            Place::Source(span) => Some(span),
            _ => None,
        });
        for span in fixes.chain(others).chain([span(finding)]) {
            assert!(text.get(span.range()).is_some(), "{span:?} of {finding:?} is no place in\n{text}");
        }
    }
    parsed.diagnostics.len()
}

#[test]
fn mutants_are_lossless_and_never_silent() {
    let mut random = Random(2026);
    let pieces: Vec<&str> =
        [BRACKETS, CLAIMS, SMALL].iter().flat_map(|text| text.split("\n\n")).filter(|piece| piece.len() > 20).collect();
    let (mut findings, mut wrong) = (0, 0);
    for round in 0..20_000 {
        let piece = if round % 50 == 0 { SMALL } else { pieces[random.below(pieces.len())] };
        let mutant = mutant(piece, &mut random);
        let count = check_any(&mutant);
        findings += count;
        wrong += usize::from(count > 0);
    }
    let mean = findings as f64 / f64::from(u32::try_from(wrong).unwrap());
    assert!(wrong > 10_000, "only {wrong} mutants were wrong");
    assert!(mean < 2.0, "{mean} findings for one to three edits: cascades");
}

#[test]
fn rows_of_any_tokens_are_lossless_and_never_silent() {
    let others = "( ) [ ] { } , : = == -> ~> .. . + - * < and a b f x 1 2.5 \"s\" \"t /// // \n \n \n ; $ é \
                  constant map mean zero from rest self pool paired by predicts align baseline range => ~~>";
    let tokens: Vec<&str> = others.split(' ').chain(KEYWORDS.iter().copied()).collect();
    let mut random = Random(7);
    for _ in 0..2_000 {
        let row: Vec<&str> = (0..random.below(60)).map(|_| tokens[random.below(tokens.len())]).collect();
        check_any(&row.join(" "));
    }
}

#[test]
fn every_prefix_and_every_deletion_is_parsed() {
    for (at, character) in SMALL.char_indices() {
        check_any(&SMALL[..at]);
        let mut without = SMALL.to_owned();
        without.replace_range(at..at + character.len_utf8(), "");
        check_any(&without);
    }
    // The longer text: each declaration by itself, cut at its words and without each of them.
    for piece in CLAIMS.split("\n\n") {
        let words: Vec<_> = piece.split_inclusive([' ', '\n']).collect();
        for at in 0..words.len() {
            check_any(&words[..at].concat());
            check_any(&[&words[..at], &words[at + 1..]].concat().concat());
        }
    }
}

/// The code of the only finding.
fn only_code(text: &str) -> &'static str {
    let parsed = parsed(text);
    assert_eq!(parsed.tree.text(), text);
    assert_eq!(parsed.diagnostics.len(), 1, "{:#?}", parsed.diagnostics);
    parsed.diagnostics[0].code.id
}

#[test]
fn depth_is_bounded() {
    let families =
        |depth: usize| format!("hypothesis h explains l {{{}{}}}", "for i in 0..1 { ".repeat(depth), "}".repeat(depth));
    assert_eq!(only_code(&families(50_000)), "A0005");
    assert_eq!(found(&families(250)), [""; 0]);
    assert_eq!(found(&families(250).replace("hypothesis h explains l ", "for j in 0..2 ")), [""; 0]);
    for (open, close) in
        [("(", ")"), ("f(", ")"), ("x[", "]"), ("{", "}"), ("if ", " then 1 else 2"), ("if a then b else ", "")]
    {
        let nested = |depth: usize| format!("feature x = {}1{}", open.repeat(depth), close.repeat(depth));
        assert_eq!(only_code(&nested(50_000)), "A0005", "{open}");
        assert_eq!(only_code(&open.repeat(60_000)), "A0005", "{open}");
        if open != "{" {
            let parsed = parsed(&nested(250));
            assert!(parsed.diagnostics.is_empty(), "{open}: {:?}", parsed.diagnostics);
            assert!(format!("{:?}", parsed.file).len() > 50);
        }
    }
    for chain in ["not ", "- ", "1 + ", "a and ", "1 < "] {
        let long = format!("feature x = {}a", chain.repeat(50_000));
        assert_eq!(only_code(&long), "A0005", "{chain}");
    }
    assert_eq!(only_code(&format!("feature x = a{}", "[1]".repeat(50_000))), "A0005");
    assert_eq!(found(&format!("feature x = {}a", "1 + ".repeat(200))), [""; 0]);
}

#[test]
fn length_and_work_are_bounded() {
    assert_eq!(only_code(&"feature x = 1 + 2 ".repeat(600_000)), "A0004");
    let arrows = format!("hypothesis h explains l {{ {}}}", "a -> b ".repeat(149_000));
    assert_eq!(found(&arrows), [""; 0]);
    let long = format!("feature x = \"{}\"", "a".repeat(1_000_000));
    assert_eq!(found(&long), [""; 0]);
    // Openings that are never closed make the parser look for their ends again and again.
    let costly = format!("feature x = {}{}", "(a[$ ".repeat(125), "x ".repeat(400_000));
    assert_eq!(only_code(&costly), "A0008");
    let many = "dim ;\n".repeat(1_000);
    let findings = parsed(&many).diagnostics;
    assert_eq!((findings.len(), findings[100].code.id), (101, "A0007"));
}

#[test]
#[allow(clippy::disallowed_methods, reason = "the bound is on work; the clock is its measure, with a wide margin")]
fn nested_brackets_take_linear_work() {
    let nested = |depth: usize| format!("feature x = {}1{}", "(".repeat(depth), ")".repeat(depth));
    let start = std::time::Instant::now();
    assert_eq!(found(&nested(40)), [""; 0]);
    assert_eq!(found(&nested(240)), [""; 0]);
    let unclosed = found(&format!("feature x = {}", "f(a b ".repeat(40)));
    assert!(!unclosed.is_empty());
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
}
