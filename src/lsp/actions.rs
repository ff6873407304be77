//! The fixes of findings, as edits.

use super::findings::{Shown, ShownFix};
use super::view::View;
use lsp_types::{CodeAction, CodeActionKind, CodeActionOrCommand, CodeActionParams, Range, TextEdit, WorkspaceEdit};

/// What can be done about the findings of a range.
#[must_use]
pub fn actions(_: &View, findings: &[Shown], params: &CodeActionParams) -> Vec<CodeActionOrCommand> {
    let uri = params.text_document.uri.as_str();
    let wanted = |kind: &CodeActionKind| {
        let only = params.context.only.as_deref();
        only.is_none_or(|only| only.iter().any(|asked| is_part(kind.as_str(), asked.as_str())))
    };
    let mut found = Vec::new();
    if wanted(&CodeActionKind::QUICKFIX) {
        let here = findings
            .iter()
            .filter(|finding| finding.uri.as_str() == uri && touch(finding.diagnostic.range, params.range));
        for finding in here {
            let is_only = finding.fixes.len() == 1;
            found.extend(finding.fixes.iter().map(|fix| quick(finding, fix, is_only)));
        }
    }
    if wanted(&CodeActionKind::SOURCE_FIX_ALL) {
        found.extend(all(uri, findings));
    }
    found.into_iter().map(CodeActionOrCommand::CodeAction).collect()
}

fn quick(finding: &Shown, fix: &ShownFix, is_preferred: bool) -> CodeAction {
    CodeAction {
        title: fix.title.clone(),
        kind: Some(CodeActionKind::QUICKFIX),
        diagnostics: Some(vec![finding.diagnostic.clone()]),
        edit: Some(edit(&fix.uri, fix.edits.clone())),
        is_preferred: Some(is_preferred),
        ..CodeAction::default()
    }
}

/// All safe fixes of a text that are the only ones of their findings, as far as they leave each other alone.
fn all(uri: &str, findings: &[Shown]) -> Option<CodeAction> {
    let only = findings.iter().filter_map(|finding| match finding.fixes.as_slice() {
        [fix] if fix.is_safe && fix.uri.as_str() == uri => Some(fix),
        _ => None,
    });
    let mut taken: Vec<TextEdit> = Vec::new();
    let mut target = None;
    let mut count = 0;
    for fix in only {
        let is_apart = |edit: &TextEdit| taken.iter().all(|other| !touch(other.range, edit.range));
        if fix.edits.iter().all(is_apart) {
            taken.extend(fix.edits.iter().cloned());
            target = Some(fix.uri.clone());
            count += 1;
        }
    }
    let target = target.filter(|_| count > 1)?;
    Some(CodeAction {
        title: format!("Fix all {count} mistakes that have one safe fix"),
        kind: Some(CodeActionKind::SOURCE_FIX_ALL),
        edit: Some(edit(&target, taken)),
        ..CodeAction::default()
    })
}

fn edit(uri: &lsp_types::Uri, edits: Vec<TextEdit>) -> WorkspaceEdit {
    let edits = [(uri.clone(), edits)];
    WorkspaceEdit { changes: Some(edits.into_iter().collect()), ..WorkspaceEdit::default() }
}

/// Whether a kind is the one that is asked for, or lies below it.
fn is_part(kind: &str, asked: &str) -> bool {
    kind.strip_prefix(asked).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        || asked.strip_prefix(kind).is_some_and(|rest| rest.starts_with('.'))
}

fn touch(one: Range, other: Range) -> bool {
    one.start <= other.end && other.start <= one.end
}
