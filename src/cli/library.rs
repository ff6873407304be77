//! `ansatz explain std`, `std.features`, `std.features.previous`: the documentation of the library,
//! as it stands in its files.

use crate::diagnostics::nearest;
use crate::elaborate::{LIBRARY, Part};
use crate::source::{FileId, Span};
use crate::syntax::ast::Ident;
use crate::syntax::parse;
use std::fmt::Write;

/// One thing of a part of the library.
struct Entry {
    name: String,
    /// `previous(x, fill)`
    usage: String,
    docs: String,
    /// As it is declared.
    text: String,
    at: usize,
}

/// Whether a name is one of the library.
#[must_use]
pub fn is_library(name: &str) -> bool {
    name == "std" || name.starts_with("std.")
}

/// The documentation of the library, of a part, or of a thing in it.
///
/// # Errors
/// Similar names, where there is no such thing.
pub fn documentation(name: &str) -> Result<String, Vec<String>> {
    if name == "std" {
        return Ok(LIBRARY.iter().fold(String::new(), |mut out, part| {
            let _ = writeln!(out, "{:18} {}", part.name, heading(part).lines().next().unwrap_or_default());
            out
        }));
    }
    if let Some(part) = LIBRARY.iter().find(|part| part.name == name) {
        return Ok(overview(part));
    }
    let entry = LIBRARY.iter().find_map(|part| {
        let own = name.strip_prefix(part.name)?.strip_prefix('.')?;
        entries(part).into_iter().find(|entry| entry.name == own).map(|entry| (part, entry))
    });
    match entry {
        Some((part, entry)) => Ok(page(part, &entry)),
        None => Err(similar(name)),
    }
}

/// The names of the library near to one that is not there.
fn similar(name: &str) -> Vec<String> {
    let all: Vec<String> = LIBRARY
        .iter()
        .flat_map(|part| {
            let own = entries(part).into_iter().map(|entry| format!("{}.{}", part.name, entry.name));
            own.chain([part.name.to_owned()]).collect::<Vec<String>>()
        })
        .collect();
    nearest(name, all.iter().map(String::as_str)).into_iter().map(ToOwned::to_owned).collect()
}

/// The lines of a file that begin with `//!`.
fn heading(part: &Part) -> String {
    let lines = part.text.lines().take_while(|line| line.starts_with("//!"));
    lines.map(|line| line.trim_start_matches("//!").trim()).collect::<Vec<&str>>().join("\n")
}

fn overview(part: &Part) -> String {
    let mut out = format!("{}\n\n{}\n\nuse {}\n", part.name, heading(part), part.name);
    let entries = entries(part);
    let widest = entries.iter().map(|entry| entry.usage.len()).max().unwrap_or(0).min(40);
    for entry in &entries {
        let first = entry.docs.lines().next().unwrap_or_default();
        let _ = write!(out, "\n{:widest$}  {first}", entry.usage);
    }
    out.push('\n');
    out
}

fn page(part: &Part, entry: &Entry) -> String {
    let Entry { usage, docs, text, .. } = entry;
    format!("{}.{usage}\n\n{}\n\nuse {}\n\n{}\n", part.name, docs.trim(), part.name, text.trim_end())
}

/// The features, behaviours and maps of a part, in the order of its file.
fn entries(part: &Part) -> Vec<Entry> {
    let file = parse(FileId(0), part.text).file;
    let entry = |name: &Ident, parameters: Vec<&str>, docs: &str, span: Span| Entry {
        name: name.text.clone(),
        usage: if parameters.is_empty() {
            name.text.clone()
        } else {
            format!("{}({})", name.text, parameters.join(", "))
        },
        docs: docs.to_owned(),
        text: part.text.get(span.range()).unwrap_or_default().to_owned(),
        at: name.span.start as usize,
    };
    let names = |parameters: &Option<Vec<Ident>>| -> Vec<String> {
        parameters.iter().flatten().map(|parameter| parameter.text.clone()).collect()
    };
    fn borrowed(names: &[String]) -> Vec<&str> {
        names.iter().map(String::as_str).collect()
    }
    let features =
        file.features.iter().map(|item| entry(&item.name, borrowed(&names(&item.parameters)), &item.docs, item.span));
    let behaviours =
        file.behaviours.iter().map(|item| entry(&item.name, borrowed(&names(&item.parameters)), &item.docs, item.span));
    let maps = file.maps.iter().map(|item| {
        let parameters = item.parameters.iter().map(|(name, _)| name.text.as_str()).collect();
        entry(&item.name, parameters, &item.docs, item.span)
    });
    let mut all: Vec<Entry> = features.chain(behaviours).chain(maps).collect();
    all.sort_by_key(|entry| entry.at);
    all
}
