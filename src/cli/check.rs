//! `ansatz check`, and the analysis that other commands start with.

use super::Ended;
use super::args::{CheckArgs, CheckFormat, FileArgs, RunFormat};
use super::git::Revision;
use super::loading::{Engines, Files};
use super::output::Screen;
use crate::diagnostics::messages::usage as messages;
use crate::diagnostics::{ALLOWABLE, Diagnostic, Severity, any_error, clean, nearest, settle};
use crate::elaborate::elaborate;
use crate::files;
use crate::hypothesis::{self, Checked};
use crate::source::{FileId, SourceFile, Sources};
use crate::syntax::{self, Parsed, ast};
use std::path::Path;

/// A file with everything that was found in it.
#[derive(Debug)]
pub struct Analysis {
    pub sources: Sources,
    /// The file itself, as it was parsed.
    pub main: ast::File,
    /// With what it uses, constants and families in their place.
    pub elaborated: ast::File,
    pub checked: Option<Checked>,
    pub findings: Vec<Diagnostic>,
}

/// `ansatz check`: as bad as the worst of its files.
pub fn check(args: &CheckArgs, screen: &Screen) -> Ended {
    let engines = match Engines::choose(args.file.engine) {
        Ok(engines) => engines,
        Err(finding) => return wrong(&[*finding], screen, args.format),
    };
    let files = std::iter::once(&args.file.file).chain(&args.more);
    let mut found = Vec::new();
    for file in files {
        let one = FileArgs { file: file.clone(), ..args.file.clone() };
        found.push((file, analyse(&one, &engines)));
        if args.format != CheckFormat::Json {
            let Some((_, analysis)) = found.last_mut() else { continue };
            one_file(file, analysis, args.format, screen);
            // Models and data are large, and have been told of.
            analysis.checked = None;
        }
    }
    if args.format == CheckFormat::Json {
        let all: Vec<_> = found.iter().map(|(_, analysis)| (analysis.findings.as_slice(), &analysis.sources)).collect();
        screen.finding_list(&all);
    }
    let is_wrong = found.iter().any(|(_, analysis)| any_error(&analysis.findings));
    if is_wrong { Ended::Wrong } else { Ended::Well }
}

fn one_file(file: &Path, analysis: &Analysis, format: CheckFormat, screen: &Screen) {
    screen.findings(&analysis.findings, &analysis.sources, format);
    if !any_error(&analysis.findings) {
        let count = analysis.checked.as_ref().map_or(0, |checked| checked.hypotheses.len());
        let plural = if count == 1 { "hypothesis" } else { "hypotheses" };
        let name = clean(&file.display().to_string());
        screen.result(&format!("{name}: {count} {plural}, no mistakes\n"));
    }
}

/// Reports findings that stop a command.
pub fn wrong(findings: &[Diagnostic], screen: &Screen, format: impl Into<RunFormat>) -> Ended {
    screen.findings(findings, &Sources::new(), format);
    Ended::Wrong
}

/// Reads, parses and checks a file. Findings are in order.
#[must_use]
pub fn analyse(args: &FileArgs, engines: &Engines) -> Analysis {
    analyse_at(args, None, engines)
}

/// The same of a file as it was in a revision: models and data are those of the working tree, where
/// `args` say that the file is.
#[must_use]
pub fn analyse_at(args: &FileArgs, revision: Option<&Revision>, engines: &Engines) -> Analysis {
    let mut sources = Sources::new();
    let mut findings = Vec::new();
    let text = match revision {
        Some(revision) => revision.read().and_then(|bytes| decoded(revision.shown(), &bytes)),
        None => text(args),
    };
    let Some((file, parsed)) = parsed(text, &mut sources, &mut findings) else {
        return Analysis {
            sources,
            main: ast::File::default(),
            elaborated: ast::File::default(),
            checked: None,
            findings,
        };
    };
    findings.extend(parsed.diagnostics.iter().cloned());
    let loader = Files::new(args, revision, engines);
    let elaborated = elaborate(file, &parsed.file, &args.set, &loader, &mut sources, &mut findings);
    bindings(args, &elaborated, &mut findings);
    let checked = hypothesis::check(&elaborated, &loader, &mut findings);
    allow(args, &mut findings);
    settle(&mut findings, &sources);
    Analysis { sources, main: parsed.file, elaborated, checked: Some(checked), findings }
}

/// Reads and parses a file.
pub fn parse(args: &FileArgs, sources: &mut Sources, findings: &mut Vec<Diagnostic>) -> Option<(FileId, Parsed)> {
    parsed(text(args), sources, findings)
}

/// A file by name, with its text.
type Named = Result<(String, String), Box<Diagnostic>>;

fn text(args: &FileArgs) -> Named {
    let bytes = files::read(&args.file, files::SOURCE_LIMIT)?;
    decoded(args.file.display().to_string(), &bytes)
}

fn decoded(name: String, bytes: &[u8]) -> Named {
    let text = syntax::decode(&name, bytes)?;
    Ok((name, text))
}

fn parsed(text: Named, sources: &mut Sources, findings: &mut Vec<Diagnostic>) -> Option<(FileId, Parsed)> {
    match text {
        Ok((name, text)) => {
            let id = sources.add(SourceFile::new(name, text.clone()));
            Some((id, syntax::parse(id, &text)))
        }
        Err(finding) => {
            findings.push(*finding);
            None
        }
    }
}

/// Every binding names something of the file.
fn bindings(args: &FileArgs, file: &ast::File, findings: &mut Vec<Diagnostic>) {
    let models: Vec<&str> = file.models.iter().map(|item| item.name.text.as_str()).collect();
    let tables = file.tables.iter().map(|item| item.name.text.as_str());
    let data: Vec<&str> = file.data.iter().map(|item| item.name.text.as_str()).chain(tables).collect();
    for (kind, bindings, known) in [("model", &args.models, models), ("data", &args.data, data)] {
        for binding in bindings.iter().filter(|binding| !known.contains(&binding.name.as_str())) {
            let near = nearest(&binding.name, known.iter().copied());
            findings.push(messages::unknown_binding(kind, &binding.name, &near, &known));
        }
    }
}

/// Findings that the user allows become warnings.
fn allow(args: &FileArgs, findings: &mut Vec<Diagnostic>) {
    for code in &args.allow {
        match crate::diagnostics::find_code(code) {
            Some(code) if code.severity == Severity::Error && !ALLOWABLE.contains(&code.id) => {
                findings.push(messages::cannot_be_allowed(code.id, &ALLOWABLE));
            }
            Some(code) => {
                let allowed = findings.iter_mut().filter(|finding| finding.code == code);
                allowed.for_each(|finding| finding.severity = Severity::Warning);
            }
            None => findings.push(super::explain::unknown(code)),
        }
    }
}
