//! `ansatz check`, and the analysis that other commands start with.

use super::Ended;
use super::args::{CheckArgs, CheckFormat, FileArgs, RunFormat};
use super::findings::{self, OfFile};
use super::fixes::{self, Mended};
use super::git::Revision;
use super::loading::{Engines, Files};
use super::output::Screen;
use super::settings;
use crate::diagnostics::messages::usage as messages;
use crate::diagnostics::{ALLOWABLE, Diagnostic, Style, any_error, clean, nearest, settle};
use crate::elaborate::elaborate;
use crate::files;
use crate::hypothesis::{self, Checked};
use crate::lints::{Level, Levels, Lints, Refused, code_with_levels};
use crate::source::{FileId, SourceFile, Sources};
use crate::syntax::{self, Parsed, ast};
use std::path::{Path, PathBuf};

/// A file with everything that was found in it.
#[derive(Debug, Default)]
pub struct Analysis {
    pub sources: Sources,
    /// The file itself, as it was parsed.
    pub main: ast::File,
    /// With what it uses, constants and families in their place.
    pub elaborated: ast::File,
    pub checked: Option<Checked>,
    pub findings: Vec<Diagnostic>,
    /// What gives findings their levels.
    pub lints: Lints,
}

/// `ansatz check`: as bad as the worst of its files.
pub fn check(args: &CheckArgs, screen: &Screen) -> Ended {
    let engines = match Engines::choose(args.file.engine) {
        Ok(engines) => engines,
        Err(finding) => {
            tell(args, &[*finding], &Sources::new(), screen);
            return Ended::Wrong;
        }
    };
    if let Some(fault) = args.output.as_ref().and_then(|path| target(path, args)) {
        screen.finding_blocks(&[fault], &Sources::new());
        return Ended::Wrong;
    }
    let mut mended = Mended::default();
    let (found, told) = all(args, &engines, &mut mended, screen);
    let files: Vec<OfFile> = found.iter().map(|(file, analysis)| of_file(file, analysis)).collect();
    // A difference stands alone on standard output.
    let is_told = !args.diff || args.output.is_some();
    let result = if is_told { told + &findings::written(&files, args.format) } else { String::new() };
    let is_wrong = found.iter().any(|(_, analysis)| any_error(&analysis.findings));
    let ended = if is_wrong { Ended::Wrong } else { Ended::Well };
    let ended = finish(args, &found, &mended, ended, screen);
    written(args, &result, ended, screen)
}

fn of_file<'a>(file: &Path, analysis: &'a Analysis) -> OfFile<'a> {
    OfFile { name: file.display().to_string(), findings: &analysis.findings, sources: &analysis.sources }
}

/// What is found in each file, and what of it belongs to the result and was not shown yet.
fn all<'a>(
    args: &'a CheckArgs,
    engines: &Engines,
    mended: &mut Mended,
    screen: &Screen,
) -> (Vec<(&'a PathBuf, Analysis)>, String) {
    let (mut found, mut told) = (Vec::new(), String::new());
    for file in std::iter::once(&args.file.file).chain(&args.more) {
        let mut analysis = checked(args, file, engines, mended);
        if is_for_people(args.format) {
            let line = one_file(file, &analysis, args, screen);
            match args.output.is_none() && !args.diff {
                true => screen.result(&line),
                false => told += &line,
            }
        }
        // Models and data are large, and have been told of.
        analysis.checked = None;
        found.push((file, analysis));
    }
    (found, told)
}

/// One file, mended if that is asked for, with the settings of its folder.
fn checked(args: &CheckArgs, file: &Path, engines: &Engines, mended: &mut Mended) -> Analysis {
    let mut one = FileArgs { file: file.to_owned(), ..args.file.clone() };
    if file != args.file.file {
        match settings::load(file) {
            Ok(settings) => one.levels = settings.levels,
            Err(faults) => {
                let (findings, sources) = *faults;
                return Analysis { findings, sources, ..Analysis::default() };
            }
        }
    }
    match args.fix || args.diff {
        true => fixes::mend(args, &one, engines, mended),
        false => analyse(&one, engines),
    }
}

/// Writes what was mended, or shows it, and says how much is left.
fn finish(args: &CheckArgs, found: &[(&PathBuf, Analysis)], mended: &Mended, ended: Ended, screen: &Screen) -> Ended {
    if !args.fix && !args.diff {
        return ended;
    }
    if let Err(finding) = mended.finish(args.diff, screen) {
        screen.finding_blocks(&[*finding], &Sources::new());
        return Ended::Wrong;
    }
    let findings = found.iter().flat_map(|(_, analysis)| &analysis.findings);
    let (left, later) = fixes::left(findings, args.unsafe_fixes);
    screen.remark(&messages::fixed(mended.made, left, later, args.diff));
    if args.diff && mended.has_changed() { Ended::Refuted } else { ended }
}

/// Whether findings are drawn as each file is checked.
fn is_for_people(format: CheckFormat) -> bool {
    matches!(format, CheckFormat::Full | CheckFormat::Github)
}

/// What is found in a file, for people; gives what belongs to the result.
fn one_file(file: &Path, analysis: &Analysis, args: &CheckArgs, screen: &Screen) -> String {
    let mut told = String::new();
    match &args.output {
        Some(_) if args.format == CheckFormat::Full => {
            let style = Style { colour: false, unicode: false };
            told += &findings::blocks(&analysis.findings, &analysis.sources, style);
        }
        _ => screen.finding_blocks(&analysis.findings, &analysis.sources),
    }
    if !any_error(&analysis.findings) {
        let count = analysis.checked.as_ref().map_or(0, |checked| checked.hypotheses.len());
        let plural = if count == 1 { "hypothesis" } else { "hypotheses" };
        told += &format!("{}: {count} {plural}, no mistakes\n", clean(&file.display().to_string()));
    }
    told
}

/// Writes a result where it is wanted.
fn written(args: &CheckArgs, result: &str, ended: Ended, screen: &Screen) -> Ended {
    let Some(path) = &args.output else {
        screen.result(result);
        return ended;
    };
    match files::write(path, result.as_bytes()) {
        Ok(()) => ended,
        Err(finding) => {
            screen.finding_blocks(&[*finding], &Sources::new());
            Ended::Wrong
        }
    }
}

/// Why the result cannot be written to a file, if so.
fn target(path: &Path, args: &CheckArgs) -> Option<Diagnostic> {
    let real = match files::real_target(path) {
        Ok(real) => Some(real),
        Err(finding) => return Some(*finding),
    };
    let is_input = |file: &PathBuf| files::real_path(file) == real;
    if std::iter::once(&args.file.file).chain(&args.more).any(is_input) {
        return Some(messages::would_overwrite("--output", &path.display().to_string(), "a file that is checked"));
    }
    files::can_write(path).err().map(|finding| *finding)
}

/// Tells of findings that stop the command, as it was asked to.
pub fn tell(args: &CheckArgs, found: &[Diagnostic], sources: &Sources, screen: &Screen) {
    if is_for_people(args.format) {
        screen.finding_blocks(found, sources);
    }
    let name = args.file.file.display().to_string();
    screen.result(&findings::written(&[OfFile { name, findings: found, sources }], args.format));
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
        return Analysis { sources, findings, ..Analysis::default() };
    };
    findings.extend(parsed.diagnostics.iter().cloned());
    let loader = Files::new(args, revision, engines);
    let elaborated = elaborate(file, &parsed.file, &args.set, &loader, &mut sources, &mut findings);
    bindings(args, &elaborated, &mut findings);
    let checked = hypothesis::check(&elaborated, &loader, &mut findings);
    let lints = Lints::new(levels(args, &mut findings), args.levels.clone(), &sources, &mut findings);
    lints.apply(&mut findings, &sources);
    lints.unused(&mut findings, &sources);
    settle(&mut findings, &sources);
    Analysis { sources, main: parsed.file, elaborated, checked: Some(checked), findings, lints }
}

/// Reads and parses a file.
pub fn parse(args: &FileArgs, sources: &mut Sources, findings: &mut Vec<Diagnostic>) -> Option<(FileId, Parsed)> {
    parsed(text(args), sources, findings)
}

/// A file by name, with its text.
type Named = Result<(String, String), Box<Diagnostic>>;

fn text(args: &FileArgs) -> Named {
    let bytes = args.texts.read(&args.file)?;
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
            Some((id, syntax::parse_with_edits(id, &text)))
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

/// The levels that the command line gives, the strictest last. What it cannot give is told.
fn levels(args: &FileArgs, findings: &mut Vec<Diagnostic>) -> Levels {
    let given = [(Level::Allow, &args.allow), (Level::Warn, &args.warn), (Level::Error, &args.deny)];
    let mut levels = Levels::new();
    for (level, name) in given.into_iter().flat_map(|(level, names)| names.iter().map(move |name| (level, name))) {
        match code_with_levels(name) {
            Ok(code) => {
                levels.insert(code.id, level);
            }
            Err(Refused::AlwaysError(code)) => findings.push(messages::cannot_be_allowed(code.id, &ALLOWABLE)),
            Err(Refused::Unknown) => findings.push(super::explain::unknown(name)),
        }
    }
    levels
}
