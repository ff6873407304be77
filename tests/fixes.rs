//! Fixes: each is classified on purpose, and making them never makes a text worse.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "support/checking.rs"]
mod checking;
#[path = "fixes/classes.rs"]
mod classes;
#[path = "support/random.rs"]
#[allow(dead_code, reason = "shared with other tests")]
mod random;

use ansatz::diagnostics::{Applicability, any_error};
use ansatz::fixing::{MOST_ROUNDS, Refusals, round};
use ansatz::source::FileId;
use ansatz::syntax::{Node, SyntaxKind, parse};
use checking::{Found, check, files_below, read};
use random::Random;
use std::path::Path;

const FOLDER: &str = "tests/fixtures";
const MICRO: &str = "tests/fixtures/micro.ansatz";

/// What becomes of a text, and what was made of it.
struct Mended {
    text: String,
    made: usize,
    rounds: usize,
    found: Found,
}

/// Rounds of fixes, as `ansatz check --fix` makes them.
fn mended(text: &str, most: Applicability) -> Mended {
    let (mut text, mut made, mut refusals) = (text.to_owned(), 0, Refusals::default());
    for rounds in 0..=MOST_ROUNDS {
        let found = check("text.ansatz", &text, Path::new(FOLDER));
        let round = round(&found.findings, &found.sources, most, &|id| id == FileId(0), &mut refusals);
        assert!(most == Applicability::Unsafe || round.refused.is_empty(), "{:?}\n{text}", round.refused);
        match round.texts.get(&FileId(0)) {
            Some(next) if rounds < MOST_ROUNDS => {
                (text, made) = (next.clone(), made + round.made);
            }
            _ => return Mended { text, made, rounds, found },
        }
    }
    unreachable!("the last round returns")
}

fn mistakes(text: &str) -> usize {
    parse(FileId(0), text).diagnostics.len()
}

fn tokens(text: &str, is_wanted: impl Fn(SyntaxKind) -> bool) -> Vec<String> {
    let tree = parse(FileId(0), text).tree;
    let wanted = |node: &Node| node.is_token() && is_wanted(node.kind());
    tree.root().descendants().filter(wanted).map(|node| node.text().trim_end().to_owned()).collect()
}

fn comments(text: &str) -> Vec<String> {
    tokens(text, |kind| matches!(kind, SyntaxKind::LineComment | SyntaxKind::ItemDoc | SyntaxKind::FileDoc))
}

/// The text with one small mistake: a token that is absent, doubled or exchanged, a letter that is absent or
/// doubled, or two letters in the wrong order.
fn mutant(text: &str, random: &mut Random) -> String {
    let tree = parse(FileId(0), text).tree;
    let solid = |node: &Node| node.is_token() && !node.kind().is_trivia() && !node.range().is_empty();
    let ranges: Vec<std::ops::Range<usize>> = tree.root().descendants().filter(solid).map(Node::range).collect();
    let range = ranges[random.below(ranges.len())].clone();
    let token = &text[range.clone()];
    let at = random.below(token.len());
    let new = match random.below(5) {
        0 => String::new(),
        1 => format!("{token} {token}"),
        2 if at + 1 < token.len() && token.is_ascii() => {
            let mut letters: Vec<char> = token.chars().collect();
            letters.swap(at, at + 1);
            letters.into_iter().collect()
        }
        3 if token.is_ascii() => format!("{}{}", &token[..at], &token[at + 1..]),
        _ => {
            let other = ranges[random.below(ranges.len())].clone();
            text[other].to_owned()
        }
    };
    format!("{}{new}{}", &text[..range.start], &text[range.end..])
}

#[test]
fn fixing_mutants_is_idempotent_keeps_comments_and_makes_nothing_worse() {
    let commented = |(at, line): (usize, &str)| format!("{line} // comment {at}\n");
    let text: String = read(Path::new(MICRO)).lines().enumerate().map(commented).collect();
    let mut random = Random::new(24);
    let (mut fixed, mut cured) = (0, 0);
    for _ in 0..500 {
        let broken = mutant(&text, &mut random);
        let before = check("text.ansatz", &broken, Path::new(FOLDER));
        for most in [Applicability::Safe, Applicability::Unsafe] {
            let after = mended(&broken, most);
            assert!(mistakes(&after.text) <= mistakes(&broken), "{broken}\n-----\n{}", after.text);
            if !any_error(&before.findings) {
                assert!(!any_error(&after.found.findings), "{broken}\n-----\n{}", after.text);
            }
            if most == Applicability::Unsafe {
                continue;
            }
            assert!(after.rounds < MOST_ROUNDS, "safe fixes come to an end\n{broken}");
            assert_eq!(comments(&after.text), comments(&broken), "{broken}");
            let again = mended(&after.text, most);
            assert_eq!((again.made, again.text), (0, after.text.clone()), "{broken}");
            fixed += usize::from(after.made > 0);
            cured += usize::from(any_error(&before.findings) && !any_error(&after.found.findings));
        }
    }
    assert!(fixed > 60 && cured > 40, "{fixed} of 500 were mended, {cured} are right again");
}

#[test]
fn safe_fixes_change_no_text_without_errors() {
    let mut texts = 0;
    for folder in ["examples", "tests/ui", "tests/fixtures"] {
        for path in files_below(Path::new(folder), ".ansatz") {
            let text = read(&path);
            let own = path.parent().unwrap_or(Path::new(""));
            let found = check(&path.display().to_string(), &text, own);
            if any_error(&found.findings) {
                continue;
            }
            let mut refusals = Refusals::default();
            let made = round(&found.findings, &found.sources, Applicability::Safe, &|_| true, &mut refusals);
            assert_eq!((made.made, made.refused.len()), (0, 0), "{}", path.display());
            texts += 1;
        }
    }
    assert!(texts > 20, "{texts}");
}

#[test]
fn slips_in_names_and_keywords_are_mended_to_what_was_there() {
    let text = read(Path::new(MICRO));
    for (right, wrong) in [
        ("behaviour loss", "behavoiur loss"),
        ("hypothesis", "hypotesis"),
        ("computes", "compute"),
        ("feature", "featur"),
        ("component", "componnet"),
        ("cross_entropy(", "cross_entopy("),
    ] {
        let broken = text.replacen(right, wrong, 1);
        assert_ne!(broken, text, "{right} stands in the text");
        let after = mended(&broken, Applicability::Safe);
        assert_eq!(after.text, text, "{wrong}: {:#?}", after.found.codes());
    }
}

/// Names that differ by a number, or by their only letter, are never exchanged without being asked.
#[test]
fn near_names_of_other_things_are_left_alone() {
    let text = read(Path::new(MICRO));
    let all = tokens(&text, |kind| kind == SyntaxKind::Ident);
    assert!(!all.is_empty());
    let items = "\nfeature ones_1 : bool = tokens[1] == \"(\"\nfeature g : bool = ones_2\nfeature h : bool = k\n";
    let after = mended(&format!("{text}{items}"), Applicability::Safe);
    assert!(after.text.ends_with(items), "{}", after.text);
    let asked = mended(&format!("{text}{items}"), Applicability::Unsafe);
    assert!(asked.text.contains("feature g : bool = ones_1"), "{}", asked.text);
}
