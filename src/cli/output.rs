//! Writing to the screen: results to standard output, everything else to standard error. A closed
//! pipe is not a fault.
#![expect(clippy::disallowed_methods, reason = "the environment is read here")]

use super::args::{Colour, RunFormat};
use super::findings;
use crate::diagnostics::messages::files as messages;
use crate::diagnostics::{Diagnostic, Style};
use crate::report::{github, junit};
use crate::source::Sources;
use std::borrow::Cow;
use std::cell::RefCell;
use std::io::{ErrorKind, IsTerminal, Write};

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
    pub fn findings(&self, found: &[Diagnostic], sources: &Sources, format: impl Into<RunFormat>) {
        let format = format.into();
        if format == RunFormat::Json {
            self.result(&findings::object(&[(found, sources)]));
            return;
        }
        self.finding_blocks(found, sources);
        match format {
            RunFormat::Github => self.result(&github::findings(&findings::visible(found), sources)),
            RunFormat::Junit => self.result(&junit::findings(&findings::visible(found), sources)),
            RunFormat::Text | RunFormat::Json => {}
        }
    }

    /// Writes findings for people.
    pub fn finding_blocks(&self, found: &[Diagnostic], sources: &Sources) {
        let style = Style { colour: self.colour(), unicode: unicode() };
        let _ = std::io::stderr().lock().write_all(findings::blocks(found, sources, style).as_bytes());
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
        '\n' | '\t' => false,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => true,
        _ => letter.is_control(),
    };
    // Lines may end as they did in a file.
    if !text.replace("\r\n", "\n").contains(is_harmful) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for (at, letter) in text.char_indices() {
        let ends_line = letter == '\r' && text[at..].starts_with("\r\n");
        if is_harmful(letter) && !ends_line {
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
