//! `ansatz explain`.

use super::Ended;
use super::args::ExplainArgs;
use super::library;
use super::output::Screen;
use crate::diagnostics::messages::usage as messages;
use crate::diagnostics::{CODES, Code, Diagnostic, find_code, nearest, page};
use crate::source::Sources;
use std::fmt::Write;

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
    match find_code(name) {
        Some(code) => {
            screen.result(page(code));
            Ended::Well
        }
        None => {
            screen.finding_blocks(&[unknown(name)], &Sources::new());
            Ended::Wrong
        }
    }
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
    codes.iter().fold(String::new(), |mut out, code| {
        let _ = writeln!(out, "{}  {:28} {}", code.id, code.slug, code.summary);
        out
    })
}
