//! Checks and runs a text as the command line does, on the reference engine and without a process.
#![allow(dead_code, reason = "each test binary uses a part")]

use ansatz::diagnostics::{Diagnostic, Place, any_error, settle, sort};
use ansatz::elaborate::{Outside, Read, elaborate};
use ansatz::engine::Engine;
use ansatz::engine::reference::Reference;
use ansatz::files;
use ansatz::hypothesis::{self, Checked, Loader};
use ansatz::lints::{Levels, Lints};
use ansatz::model::{ByRunning, ModelFile, ShapeProbe, load};
use ansatz::plan::Limits;
use ansatz::run::{self, DEFAULT_BUDGET, Settings};
use ansatz::source::{SourceFile, Sources};
use ansatz::syntax::{self, ast};
use std::path::{Path, PathBuf};

/// A text with what was found in it, in order.
pub struct Found {
    pub sources: Sources,
    pub findings: Vec<Diagnostic>,
}

impl Found {
    /// The codes of all findings, in order.
    pub fn codes(&self) -> Vec<&'static str> {
        self.findings.iter().map(|finding| finding.code.id).collect()
    }

    /// The line of a finding in the text, from 1.
    pub fn line(&self, finding: &Diagnostic) -> Option<usize> {
        let Place::Source(span) = finding.primary.place else { return None };
        let file = self.sources.get(span.file)?;
        usize::try_from(file.line_column(span.start).line).ok()
    }
}

/// Checks a text whose models and data lie relative to a folder.
pub fn check(name: &str, text: &str, folder: &Path) -> Found {
    on_a_deep_stack(|| analyse(name, text, folder).0)
}

/// The same, and runs it where the check finds no error.
pub fn check_and_run(name: &str, text: &str, folder: &Path, n: Option<usize>) -> Found {
    on_a_deep_stack(|| {
        let (mut found, checked) = analyse(name, text, folder);
        if !any_error(&found.findings) {
            run_all(&checked, n, &mut found.findings);
            sort(&mut found.findings);
        }
        found
    })
}

/// What a text without errors gives, hypothesis by hypothesis.
pub fn carried_out(text: &str, folder: &Path, n: usize, seed: u64) -> Vec<run::Done> {
    let limits = Limits { memory: 1 << 30, threads: 1 };
    let settings = Settings {
        n: Some(n),
        budget: DEFAULT_BUDGET,
        seed,
        limits,
        keep_outputs: false,
        blame: false,
        reference_points: false,
        panel: false,
    };
    observed(text, folder, settings, |_, observed| {
        run::compared(observed).map_err(|fault| fault.message).expect("baselines have the same references")
    })
}

/// What is made of that which a text without errors is observed to do.
pub fn observed<T: Send>(
    text: &str,
    folder: &Path,
    settings: Settings,
    then: impl FnOnce(&Checked, Vec<run::Observation<'_>>) -> T + Send,
) -> T {
    on_a_deep_stack(|| {
        let (found, checked) = analyse("test.ansatz", text, folder);
        assert!(!any_error(&found.findings), "{:?}", found.findings);
        let engine = Reference::new();
        let groups = run::groups(&checked, settings, None).map_err(|fault| fault.message).expect("it can be planned");
        let observed = run::execute(&groups, &checked, &engine, settings, &|_| {});
        then(&checked, observed.map_err(|fault| fault.message).expect("it runs"))
    })
}

/// The same with what is bound.
pub fn bound(name: &str, text: &str, folder: &Path) -> (Found, Checked) {
    on_a_deep_stack(|| analyse(name, text, folder))
}

fn analyse(name: &str, text: &str, folder: &Path) -> (Found, Checked) {
    let mut sources = Sources::new();
    let file = sources.add(SourceFile::new(name.to_owned(), text.to_owned()));
    let parsed = syntax::parse_with_edits(file, text);
    let mut findings = parsed.diagnostics.clone();
    let engine = Reference::new();
    let files = Files { folder, engine: &engine, probe: ByRunning(&engine) };
    let elaborated = elaborate(file, &parsed.file, &[], &files, &mut sources, &mut findings);
    let checked = hypothesis::check(&elaborated, &files, &mut findings);
    let lints = Lints::new(Levels::new(), Levels::new(), &sources, &mut findings);
    lints.apply(&mut findings, &sources);
    lints.unused(&mut findings, &sources);
    settle(&mut findings, &sources);
    findings.retain(|finding| finding.suppressed.is_none());
    (Found { sources, findings }, checked)
}

fn run_all(checked: &Checked, n: Option<usize>, findings: &mut Vec<Diagnostic>) {
    let engine = Reference::new();
    let settings = Settings {
        n,
        budget: DEFAULT_BUDGET,
        seed: 0,
        limits: Limits { memory: 1 << 30, threads: 1 },
        keep_outputs: false,
        blame: false,
        reference_points: false,
        panel: false,
    };
    let groups = match run::groups(checked, settings, None) {
        Ok(groups) => groups,
        Err(fault) => return findings.push(*fault),
    };
    match run::execute(&groups, checked, &engine, settings, &|_| {}).and_then(run::compared) {
        Ok(done) => findings.extend(done.into_iter().flat_map(|done| done.remarks)),
        Err(fault) => findings.push(*fault),
    }
}

/// As the command line does: deep expressions recurse.
fn on_a_deep_stack<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let worker = std::thread::Builder::new().stack_size(256 << 20).spawn_scoped(scope, work);
        match worker.expect("a thread can be started").join() {
            Ok(value) => value,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

struct Files<'a> {
    folder: &'a Path,
    engine: &'a Reference,
    probe: ByRunning<'a>,
}

impl Outside for Files<'_> {
    fn read(&self, path: &Path) -> Result<Read, Box<Diagnostic>> {
        let whole = self.folder.join(path);
        let bytes = files::read(&whole, files::SOURCE_LIMIT)?;
        let identity = files::real_path(&whole).unwrap_or(whole).display().to_string();
        Ok(Read { identity, name: path.display().to_string(), bytes })
    }

    fn main_identity(&self) -> String {
        "the main file".to_owned()
    }

    fn modules(&self, model: &ast::Model) -> Option<Vec<String>> {
        let (file, _) = self.model(model).ok()?;
        Some(ansatz::model::modules(&file.graph).into_iter().collect())
    }

    fn inputs(&self, model: &ast::Model) -> Option<Vec<String>> {
        let (file, _) = self.model(model).ok()?;
        Some(file.graph.input_names().map(str::to_owned).collect())
    }
}

impl Loader for Files<'_> {
    fn model(&self, item: &ast::Model) -> Result<(ModelFile, Vec<Diagnostic>), Vec<Diagnostic>> {
        load(&self.folder.join(&item.path.value))
    }

    fn data(&self, item: &ast::Data) -> Result<(String, Vec<u8>), Box<Diagnostic>> {
        let path = self.folder.join(&item.path.value);
        Ok((path.display().to_string(), files::read(&path, files::BINARY_LIMIT)?))
    }

    fn table(&self, item: &ast::Table) -> Result<(String, Vec<u8>), Box<Diagnostic>> {
        let path = self.folder.join(&item.path.value);
        Ok((path.display().to_string(), files::read(&path, files::BINARY_LIMIT)?))
    }

    fn is_bound(&self, _name: &str) -> bool {
        false
    }

    fn probe(&self) -> &dyn ShapeProbe {
        &self.probe
    }

    fn engine(&self) -> &dyn Engine {
        self.engine
    }
}

/// The text of a file below the repository's root, which is where tests run.
pub fn read(path: &Path) -> String {
    let bytes = files::read(path, files::SOURCE_LIMIT).expect("a file of the repository can be read");
    String::from_utf8(bytes).expect("files of the repository are text")
}

/// All files below a folder whose names end so, sorted.
pub fn files_below(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for name in files::list_folder(folder) {
        let path = folder.join(&name);
        if path.is_dir() {
            found.extend(files_below(&path, ending));
        } else if name.ends_with(ending) {
            found.push(path);
        }
    }
    found
}

/// A list of failures, one block each; empty means well.
pub fn report(failures: &[String]) {
    assert!(failures.is_empty(), "\n\n{}\n\n{} failed", failures.join("\n\n"), failures.len());
}
