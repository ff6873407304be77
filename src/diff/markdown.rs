//! A diff as Markdown, for a comment on a pull request.

use super::text::{headline, lines, told};
use super::{Diff, State};
use crate::diagnostics::clean;
use std::fmt::Write;

/// The diff as Markdown. Names and lines of the files cannot end a block or make a link.
#[must_use]
pub fn markdown(diff: &Diff) -> String {
    let mut out = String::from("### Hypotheses\n\n| hypothesis | | recovered |\n|---|---|---|\n");
    for found in &diff.hypotheses {
        let state = match (found.state, &found.was) {
            (State::Renamed, Some(was)) => format!("renamed from {}", code(was)),
            (State::Unchanged, _) => "unchanged".to_owned(),
            (State::Added, _) => "added".to_owned(),
            (State::Removed, _) => "removed".to_owned(),
            _ => "**changed**".to_owned(),
        };
        let score = found.score.as_ref().map_or_else(String::new, |score| told(score).join("<br>"));
        let _ = writeln!(out, "| {} | {state} | {} |", code(&found.name), cell(&score));
    }
    for found in diff.hypotheses.iter().filter(|found| !found.claims.is_empty()) {
        let _ = write!(out, "\n{}\n\n```diff\n", code(&found.name));
        for claim in &found.claims {
            let _ = writeln!(out, "@@ {} @@", unfenced(&headline(claim)));
            lines(claim).iter().for_each(|line| {
                let _ = writeln!(out, "{}", unfenced(line));
            });
        }
        out.push_str("```\n");
    }
    if let Some(run) = &diff.run {
        let (engine, version) = (clean(run.engine.name), clean(&run.engine.version));
        let _ = write!(out, "\nSeed {}, engine {engine} {version}, Ansatz {}.\n", run.seed, diff.ansatz);
    }
    out
}

/// A name as code: it cannot end it, nor its cell.
fn code(name: &str) -> String {
    format!("`{}`", cell(&clean(name).replace('`', "'")))
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn unfenced(text: &str) -> String {
    text.replace("```", "'''")
}
