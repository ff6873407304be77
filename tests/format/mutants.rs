//! Texts with something inserted, left out, doubled, squeezed or blown up.

use super::corpus::{Piece, correct, items, joined, pieces};
use super::kept::{Layout, checked, meaning};
use super::random::Random;
use ansatz::diagnostics::any_error;
use ansatz::source::FileId;
use ansatz::syntax::parse;

fn is_correct(text: &str) -> bool {
    !any_error(&parse(FileId(0), text).diagnostics)
}

fn pieces_of(text: &str) -> Vec<Piece> {
    pieces(&parse(FileId(0), text).tree)
}

/// The places of spaces among the pieces.
fn gaps(pieces: &[Piece]) -> Vec<usize> {
    (0..pieces.len()).filter(|at| matches!(pieces[*at], Piece::Space(_))).collect()
}

/// A text with something else in one gap.
fn with_gap(pieces: &[Piece], at: usize, gap: &str) -> String {
    let mut pieces = pieces.to_vec();
    pieces[at] = Piece::Space(gap.to_owned());
    joined(&pieces)
}

#[test]
fn a_comment_survives_in_every_gap() {
    let forms = ["  // why\n", "\n// why\n", "\n\n    /// why\n\n\n", " //why  \n\n  // and why\n  "];
    let (mut laid, mut refused) = (0_usize, 0_usize);
    for (name, text) in items() {
        let pieces = pieces_of(&text);
        // What is long has nothing that short items lack.
        let step = text.len() / 500 + 1;
        for (turn, at) in gaps(&pieces).into_iter().enumerate().step_by(step) {
            let mutant = with_gap(&pieces, at, forms[turn % forms.len()]);
            match checked(&format!("{name}, gap {at}"), &mutant) {
                Layout::Text(after) => {
                    laid += 1;
                    assert!(after.contains("why"), "{name}\n{after}");
                }
                Layout::Refused => refused += 1,
            }
        }
    }
    // A few words must stand on one line with what follows them, and a comment ends a line.
    assert!(laid > 10_000 && refused * 20 < laid, "{laid} laid out, {refused} refused");
}

#[test]
fn comments_survive_in_many_gaps() {
    let mut random = Random::new(1);
    for (name, text) in correct() {
        let mut pieces = pieces_of(&text);
        for share in [0.02, 0.2, 1.0] {
            for at in gaps(&pieces) {
                if !random.chance(share) {
                    continue;
                }
                let old = std::mem::replace(&mut pieces[at], Piece::Space(" // x\n".to_owned()));
                if random.chance(0.5) {
                    pieces[at] = Piece::Space("\n\n// x\n".to_owned());
                }
                // Where all gaps are filled, those that may not hold a comment stay as they are.
                if share == 1.0 && text.len() < 500 && !is_correct(&joined(&pieces)) {
                    pieces[at] = old;
                }
            }
            checked(&name, &joined(&pieces));
        }
    }
}

#[test]
fn space_without_meaning_has_no_effect() {
    let mut random = Random::new(2);
    let mut compared = 0;
    for (name, text) in correct() {
        let Layout::Text(plain) = checked(&name, &without_empty_lines(&text)) else { panic!("{name}") };
        let wanted = meaning(&parse(FileId(0), &plain).file);
        for turn in 0..4 {
            let pieces = pieces_of(&plain);
            let mut mutant = pieces.clone();
            for at in gaps(&pieces) {
                mutant[at] = Piece::Space(space(&pieces, at, turn, &mut random));
            }
            let mutant = joined(&mutant);
            let parsed = parse(FileId(0), &mutant);
            // Some words take what follows on their line, and only there.
            if any_error(&parsed.diagnostics) || meaning(&parsed.file) != wanted {
                continue;
            }
            compared += 1;
            assert_eq!(checked(&name, &mutant), Layout::Text(plain.clone()), "{name}, turn {turn}\n{mutant}");
        }
    }
    assert!(compared > 800, "{compared}");
}

/// The text without empty lines, so that none is kept.
fn without_empty_lines(text: &str) -> String {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines.join("\n")
}

/// Other space for a gap; next to comments it has as many ends of lines as before.
fn space(pieces: &[Piece], at: usize, turn: usize, random: &mut Random) -> String {
    let is_comment = |at: Option<usize>| at.is_some_and(|at| matches!(pieces.get(at), Some(Piece::Comment(_))));
    let old = pieces[at].text();
    let is_glued = |side: Option<usize>| side.and_then(|side| pieces.get(side)).is_none();
    if is_comment(at.checked_sub(1)) || is_comment(Some(at + 1)) {
        let blanks = if turn == 0 { "" } else { *random.pick(&["", " ", "\t", "     "]) };
        return if old.contains('\n') { format!("{blanks}\n{blanks}") } else { format!(" {blanks}") };
    }
    if is_glued(at.checked_sub(1)) || is_glued(Some(at + 1)) || (old.is_empty() && turn < 2) {
        return old.to_owned();
    }
    match turn {
        0 => " ".to_owned(),
        1 => "\n".to_owned(),
        2 => (*random.pick(&[" ", "\t", "    ", " \t "])).to_owned(),
        _ => (*random.pick(&[" ", "\n", "\n\t", "  \n  ", " \r  "])).to_owned(),
    }
}

#[test]
fn words_left_out_doubled_and_exchanged_are_refused_or_kept() {
    let mut random = Random::new(3);
    let (mut laid, mut refused) = (0, 0);
    for (name, text) in items() {
        let pieces = pieces_of(&text);
        let words: Vec<usize> = (0..pieces.len()).filter(|at| matches!(pieces[*at], Piece::Token(_))).collect();
        for _ in 0..12 {
            let mut mutant = pieces.clone();
            let (one, other) = (*random.pick(&words), *random.pick(&words));
            match random.below(4) {
                0 => mutant[one] = Piece::Space(" ".to_owned()),
                1 => mutant[one] = Piece::Token(format!("{0} {0}", pieces[one].text())),
                2 => mutant.swap(one, other),
                _ => mutant[one] = Piece::Token(format!("{} {}", pieces[one].text(), pieces[other].text())),
            }
            match checked(&name, &joined(&mutant)) {
                Layout::Text(_) => laid += 1,
                Layout::Refused => refused += 1,
            }
        }
    }
    assert!(laid > 200 && refused > 2000, "{laid} laid out, {refused} refused");
}

/// Long names, so that lines must be broken at every place.
#[test]
fn long_lines_are_broken_without_loss() {
    for (name, text) in correct() {
        for length in [12, 30, 70] {
            let long = |piece: &Piece| match piece {
                Piece::Token(word) if is_name(word) => Piece::Token(format!("{word}_{}", "x".repeat(length))),
                piece => piece.clone(),
            };
            let tree = parse(FileId(0), &text).tree;
            let names: Vec<String> = tree
                .tokens()
                .filter(|token| token.kind() == ansatz::syntax::SyntaxKind::Ident)
                .map(|token| token.text().to_owned())
                .collect();
            let mutant: Vec<Piece> = pieces(&tree)
                .iter()
                .map(|piece| if names.iter().any(|name| name == piece.text()) { long(piece) } else { piece.clone() })
                .collect();
            checked(&name, &joined(&mutant));
        }
    }
}

fn is_name(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && !word.starts_with(|first: char| first.is_ascii_digit())
}
