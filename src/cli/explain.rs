//! `ansatz explain`.

use super::Ended;
use super::args::ExplainArgs;
use super::library;
use super::output::Screen;
use crate::diagnostics::messages::usage as messages;
use crate::diagnostics::{CODES, Code, Diagnostic, find_code, nearest, page};
use crate::source::Sources;
use std::fmt::Write;

/// A page of the documentation that the program carries along.
struct Page {
    name: &'static str,
    summary: &'static str,
    text: &'static str,
}

const PAGES: [Page; 1] = [Page {
    name: "reading-a-report",
    summary: "what each number of a report says, and what it does not say",
    text: include_str!("../../docs/reading-a-report.md"),
}];

/// `ansatz explain`.
pub fn explain(args: &ExplainArgs, screen: &Screen) -> Ended {
    let Some(name) = &args.code else {
        screen.result(&list());
        return Ended::Well;
    };
    if library::is_library(name) {
        return match library::documentation(name) {
            Ok(text) => {
                screen.result(&text);
                Ended::Well
            }
            Err(near) => {
                screen.finding_blocks(&[messages::unknown_in_library(name, &near)], &Sources::new());
                Ended::Wrong
            }
        };
    }
    let wanted = name.trim();
    let text = PAGES.iter().find(|known| known.name.eq_ignore_ascii_case(wanted)).map(|known| known.text);
    match text.or_else(|| find_code(name).map(page)) {
        Some(text) => {
            screen.result(text);
            Ended::Well
        }
        None => {
            screen.finding_blocks(&[not_explained(name)], &Sources::new());
            Ended::Wrong
        }
    }
}

/// The finding for what is neither a page nor a code.
fn not_explained(name: &str) -> Diagnostic {
    let lower = name.to_lowercase();
    // A part of the name of a page is enough to suggest it.
    let pages = || PAGES.iter().map(|known| known.name);
    let begun = pages().filter(|known| lower.len() > 3 && known.contains(lower.as_str()));
    let mut near: Vec<&str> = begun.chain(nearest(&lower, pages())).collect();
    near.dedup();
    if near.is_empty() { unknown(name) } else { messages::unknown_code(name, &near) }
}

/// The finding for a code that does not exist.
#[must_use]
pub fn unknown(name: &str) -> Diagnostic {
    let upper = name.to_uppercase();
    let known = || all().flat_map(|code| [code.id, code.slug]);
    let near = nearest(name, known());
    messages::unknown_code(name, &if near.is_empty() { nearest(&upper, known()) } else { near })
}

fn all() -> impl Iterator<Item = &'static Code> {
    CODES.iter().flat_map(|area| area.iter().copied())
}

fn list() -> String {
    let mut codes: Vec<&Code> = all().collect();
    codes.sort_by_key(|code| code.id);
    let mut out = String::new();
    for page in &PAGES {
        let _ = writeln!(out, "{:35} {}", page.name, page.summary);
    }
    for code in codes {
        let _ = writeln!(out, "{}  {:28} {}", code.id, code.slug, code.summary);
    }
    out
}
