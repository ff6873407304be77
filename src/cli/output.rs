//! Writing to the screen: results to standard output, everything else to standard error. A closed
//! pipe is not a fault.
#![expect(clippy::disallowed_methods, reason = "the environment is read here")]

use super::args::{Colour, RunFormat};
use crate::diagnostics::messages::{files as messages, usage};
use crate::diagnostics::{self, Diagnostic, Place, Style};
use crate::report::{github, junit};
use crate::source::Sources;
use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{ErrorKind, IsTerminal, Write};

/// The version of the JSON form of findings.
const SCHEMA: &str = "ansatz-diagnostics/1";

/// Findings drawn for people; nobody reads more, and each takes a while in a long file.
const SHOWN: usize = 200;

/// How to write to the streams of this process.
#[derive(Debug)]
pub struct Screen {
    colour: Colour,
    pub quiet: bool,
    /// Why a result could not be written, if so.
    lost: RefCell<Option<String>>,
}

impl Screen {
    #[must_use]
    pub fn new(colour: Colour, quiet: bool) -> Screen {
        Screen { colour, quiet, lost: RefCell::new(None) }
    }

    /// Writes a result. A reader that has seen enough is no fault; a full disk is one, see
    /// [`Screen::lost`].
    pub fn result(&self, text: &str) {
        let mut out = std::io::stdout().lock();
        if let Err(error) = out.write_all(harmless(text).as_bytes()).and_then(|()| out.flush())
            && error.kind() != ErrorKind::BrokenPipe
        {
            *self.lost.borrow_mut() = Some(error.to_string());
        }
    }

    /// The finding for a result that could not be written to standard output.
    pub fn lost(&self) -> Option<Diagnostic> {
        self.lost.take().map(|why| messages::not_written("standard output", &why))
    }

    /// Writes a remark, unless the user wants none.
    pub fn remark(&self, text: &str) {
        if !self.quiet {
            let _ = writeln!(std::io::stderr().lock(), "{}", harmless(text));
        }
    }

    /// Writes findings: for people to standard error, for programs to standard output.
    pub fn findings(&self, findings: &[Diagnostic], sources: &Sources, format: impl Into<RunFormat>) {
        let format = format.into();
        if format == RunFormat::Json {
            self.finding_list(&[(findings, sources)]);
            return;
        }
        self.finding_blocks(findings, sources);
        match format {
            RunFormat::Github => self.result(&github::findings(findings, sources)),
            RunFormat::Junit => self.result(&junit::findings(findings, sources)),
            RunFormat::Text | RunFormat::Json => {}
        }
    }

    /// Writes the findings of several files for programs, as one object.
    pub fn finding_list(&self, all: &[(&[Diagnostic], &Sources)]) {
        let of_file = |(findings, sources): &(&[Diagnostic], &Sources)| -> Vec<serde_json::Value> {
            findings.iter().map(|finding| diagnostics::json(finding, sources)).collect()
        };
        let list: Vec<serde_json::Value> = all.iter().flat_map(of_file).collect();
        let all = serde_json::json!({"schema": SCHEMA, "diagnostics": list});
        self.result(&format!("{all:#}\n"));
    }

    /// Writes findings for people.
    pub fn finding_blocks(&self, findings: &[Diagnostic], sources: &Sources) {
        let style = Style { colour: self.colour(), unicode: unicode() };
        let mut out = std::io::stderr().lock();
        let mut shown = folded(findings);
        let all = shown.len();
        if all > SHOWN {
            shown.sort_by_key(|finding| finding.severity);
            shown.truncate(SHOWN);
        }
        for finding in shown {
            if out.write_all(diagnostics::terminal(&finding, sources, style).as_bytes()).is_err() {
                return;
            }
        }
        if let Some(more) = all.checked_sub(SHOWN).filter(|more| *more > 0) {
            let _ = writeln!(out, "{}", usage::more_findings(more));
        }
    }

    fn colour(&self) -> bool {
        let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty() && value != "0");
        match self.colour {
            Colour::Always => true,
            Colour::Never => false,
            Colour::Auto if set("NO_COLOR") => false,
            Colour::Auto if set("FORCE_COLOR") || set("CLICOLOR_FORCE") => true,
            Colour::Auto => {
                std::io::stderr().is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
            }
        }
    }
}

/// Findings for people: what is found of three or more members of a family, at one place, is told of the
/// first.
fn folded(findings: &[Diagnostic]) -> Vec<Diagnostic> {
    let mut alike: BTreeMap<(&str, &Place, String), Vec<usize>> = BTreeMap::new();
    for (at, finding) in findings.iter().enumerate() {
        let key = (finding.code.id, &finding.primary.place, without_numbers(&finding.message));
        alike.entry(key).or_default().push(at);
    }
    let mut shown: BTreeMap<usize, Diagnostic> = BTreeMap::new();
    for ((_, place, _), members) in alike {
        match members.as_slice() {
            [first, _, .., last] if matches!(place, Place::Source(_)) => {
                let note = usage::and_others(members.len() - 1, &findings[*last].message);
                shown.insert(*first, findings[*first].clone().note(note));
            }
            _ => shown.extend(members.iter().map(|at| (*at, findings[*at].clone()))),
        }
    }
    shown.into_values().collect()
}

/// A message with each number as `#`: what members of a family have in common.
fn without_numbers(message: &str) -> String {
    let mut out = String::new();
    for letter in message.chars() {
        match letter {
            '0'..='9' if out.ends_with('#') => {}
            '0'..='9' => out.push('#'),
            _ => out.push(letter),
        }
    }
    out
}

/// Box-drawing characters only where the locale has them.
fn unicode() -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().filter_map(std::env::var_os).find(|value| !value.is_empty());
    locale.is_some_and(|value| {
        let name = value.to_string_lossy().to_ascii_lowercase();
        name.contains("utf-8") || name.contains("utf8")
    })
}

/// A text without anything that moves the cursor, colours or turns around what stands behind it. Names are made
/// harmless where they enter a message; this is for those that were forgotten, and for JSON, which keeps names as they
/// are: the form of the escapes is that of its strings.
pub fn harmless(text: &str) -> Cow<'_, str> {
    let is_harmful = |letter: char| match letter {
        '\n' | '\r' | '\t' => false,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => true,
        _ => letter.is_control(),
    };
    if !text.contains(is_harmful) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        if is_harmful(letter) {
            out.push_str(&format!("\\u{:04x}", u32::from(letter)));
        } else {
            out.push(letter);
        }
    }
    Cow::Owned(out)
}

/// Writes what the reader of the command line has to say: help to standard output, mistakes to standard error. Words
/// of the user stand in mistakes.
pub fn usage(error: &clap::Error) {
    let text = error.render().to_string();
    match harmless(&text) {
        Cow::Borrowed(_) => drop(error.print()),
        Cow::Owned(text) => drop(std::io::stderr().lock().write_all(text.as_bytes())),
    }
}

/// Whether standard error is a screen that someone watches.
#[must_use]
pub fn watched() -> bool {
    std::io::stderr().is_terminal() && std::env::var_os("CI").is_none()
}

/// Says that Ansatz itself is wrong.
pub fn bug(info: &str) {
    let _ = writeln!(
        std::io::stderr().lock(),
        "a bug in Ansatz {}: {}\nplease report it, with the command and the file; nothing was written",
        env!("CARGO_PKG_VERSION"),
        harmless(info)
    );
}
