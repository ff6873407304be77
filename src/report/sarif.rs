//! SARIF 2.1.0 (OASIS), as code scanning reads it: rules with their pages, results with places, fixes and who
//! allowed them.

use crate::diagnostics::{AllowedBy, Code, Diagnostic, Fix, Label, Place, Severity, as_written, page};
use crate::source::{SourceFile, Sources, Span};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";
/// Where the pages of codes lie, if the manifest says so.
const REPOSITORY: &str = env!("CARGO_PKG_REPOSITORY");

/// The log of one command: all findings of the files that were checked.
#[must_use]
pub fn findings(all: &[(&[Diagnostic], &Sources)]) -> String {
    let of_files = || all.iter().flat_map(|(findings, sources)| findings.iter().map(move |found| (found, *sources)));
    let used: BTreeMap<&str, &'static Code> = of_files().map(|(found, _)| (found.code.id, found.code)).collect();
    let place: BTreeMap<&str, usize> = used.keys().enumerate().map(|(at, id)| (*id, at)).collect();
    let rules: Vec<Value> = used.values().map(|code| rule(code, REPOSITORY)).collect();
    let results: Vec<Value> =
        of_files().map(|(found, sources)| result(&as_written(found, sources), sources, &place)).collect();
    let driver = json!({
        "name": "ansatz",
        "version": env!("CARGO_PKG_VERSION"),
        "semanticVersion": env!("CARGO_PKG_VERSION"),
        "rules": rules,
    });
    let run = json!({"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results});
    format!("{:#}\n", json!({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}))
}

/// A code with its page. `repository` is an address, or empty.
fn rule(code: &Code, repository: &str) -> Value {
    let mut rule = json!({
        "id": code.id,
        "name": code.slug,
        "shortDescription": {"text": code.summary},
        "help": {"text": page(code), "markdown": page(code)},
        "defaultConfiguration": {"level": level(code.severity)},
    });
    if !repository.is_empty() {
        let version = env!("CARGO_PKG_VERSION");
        rule["helpUri"] = format!("{repository}/blob/v{version}/docs/codes/{}.md", code.id).into();
    }
    rule
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

fn result(found: &Diagnostic, sources: &Sources, rules: &BTreeMap<&str, usize>) -> Value {
    let mut out = Map::new();
    out.insert("ruleId".to_owned(), found.code.id.into());
    out.insert("ruleIndex".to_owned(), rules.get(found.code.id).copied().into());
    out.insert("level".to_owned(), level(found.severity).into());
    out.insert("message".to_owned(), json!({"text": said(found)}));
    out.insert("locations".to_owned(), location(&found.primary, sources).into_iter().collect());
    let related: Vec<Value> = found.secondary.iter().filter_map(|label| location(label, sources)).collect();
    if !related.is_empty() {
        out.insert("relatedLocations".to_owned(), related.into());
    }
    let fixes = found.helps.iter().filter_map(|help| fix(&help.text, help.fix.as_ref()?, sources));
    let fixes: Vec<Value> = fixes.collect();
    if !fixes.is_empty() {
        out.insert("fixes".to_owned(), fixes.into());
    }
    if let Some(suppression) = &found.suppressed {
        let kind = if matches!(suppression.by, AllowedBy::Line | AllowedBy::File) { "inSource" } else { "external" };
        let reason = suppression.reason.clone().unwrap_or_else(|| suppression.by.word().to_owned());
        out.insert("suppressions".to_owned(), json!([{"kind": kind, "justification": reason}]));
    }
    Value::Object(out)
}

/// The message with its notes and advice, a line each.
fn said(found: &Diagnostic) -> String {
    let helps = found.helps.iter().map(|help| &help.text);
    let lines: Vec<&str> =
        std::iter::once(&found.message).chain(&found.notes).chain(helps).map(String::as_str).collect();
    lines.join("\n")
}

/// A label with a place; a place in a model or a dataset is that file.
fn location(label: &Label, sources: &Sources) -> Option<Value> {
    let mut physical = match &label.place {
        Place::Source(span) => {
            let file = sources.get(span.file)?;
            json!({"artifactLocation": {"uri": uri(&file.name)}, "region": region(file, *span)})
        }
        Place::File { path } | Place::Data { path, .. } | Place::Model { path, .. } => {
            json!({"artifactLocation": {"uri": uri(path)}})
        }
        Place::Nowhere => return None,
    };
    let mut out = Map::new();
    out.insert("physicalLocation".to_owned(), physical.take());
    if !label.text.is_empty() {
        out.insert("message".to_owned(), json!({"text": label.text}));
    }
    Some(Value::Object(out))
}

fn region(file: &SourceFile, span: Span) -> Value {
    let (start, end) = (file.line_column(span.start), file.line_column(span.end));
    json!({"startLine": start.line, "startColumn": start.column, "endLine": end.line, "endColumn": end.column})
}

fn fix(text: &str, fix: &Fix, sources: &Sources) -> Option<Value> {
    let file = sources.get(fix.edits.first()?.span.file)?;
    let replacements: Vec<Value> = fix
        .edits
        .iter()
        .map(|edit| json!({"deletedRegion": region(file, edit.span), "insertedContent": {"text": edit.replacement}}))
        .collect();
    let change = json!({"artifactLocation": {"uri": uri(&file.name)}, "replacements": replacements});
    let description = format!("{text} ({})", fix.applicability.word());
    Some(json!({"description": {"text": description}, "artifactChanges": [change]}))
}

/// A path as a URI reference: what is not a letter, a digit or one of `-._~/` is escaped.
fn uri(path: &str) -> String {
    let path = path.replace('\\', "/");
    let mut out = String::new();
    if path.starts_with('/') {
        out.push_str("file://");
    }
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostics::{CODES, find_code};

    #[test]
    fn paths_are_uris() {
        assert_eq!(uri("a b/é.ansatz"), "a%20b/%C3%A9.ansatz");
        assert_eq!(uri("/x/a:b"), "file:///x/a%3Ab");
    }

    #[test]
    fn rules_lead_to_their_pages_where_the_repository_is_known() {
        let code = find_code("A1001").unwrap();
        assert!(rule(code, "").get("helpUri").is_none());
        let uri = rule(code, "https://example.org/ansatz")["helpUri"].clone();
        assert_eq!(uri, format!("https://example.org/ansatz/blob/v{}/docs/codes/A1001.md", env!("CARGO_PKG_VERSION")));
    }

    #[test]
    fn every_code_is_a_rule() {
        for code in CODES.iter().flat_map(|area| area.iter()) {
            let rule = rule(code, "");
            assert!(rule["help"]["markdown"].as_str().is_some_and(|page| page.contains(code.id)));
        }
    }
}
