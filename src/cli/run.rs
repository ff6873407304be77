//! `ansatz run`.

use super::args::{RunArgs, RunFormat, SampleArgs};
use super::check::{Analysis, analyse, wrong};
use super::loading::Engines;
use super::lock::{self, Locking};
use super::output::Screen;
use super::progress::bar;
use super::{Ended, again};
use crate::data::{Array, write_npz};
use crate::diagnostics::messages::usage;
use crate::diagnostics::{Diagnostic, any_error, sort};
use crate::engine::{Engine, Value};
use crate::estimate::{Point, Verdict};
use crate::files;
use crate::hypothesis::Checked;
use crate::plan::Limits;
use crate::replay::Replay;
use crate::report::{self, EngineUsed, Hashed, HashedData, Provenance, Report, allowed};
use crate::run::{self, DEFAULT_BUDGET, Done, Group, Interchanged, Settings, interchange_verdicts, verdicts};
use crate::source::Sources;
use ndarray::{ArrayD, IxDyn};
use std::path::{Path, PathBuf};

/// `ansatz run`.
pub fn run(args: &RunArgs, screen: &Screen) -> Ended {
    match Locking::begin(args) {
        Ok(locking) => run_locked(&locking.sampled(args), locking, screen),
        Err(finding) => wrong(&[*finding], screen, args.format),
    }
}

fn run_locked(args: &RunArgs, locking: Locking, screen: &Screen) -> Ended {
    let Measured { report, broken, sources, ended } = match measured(args, locking, screen) {
        Ok(found) => found,
        Err(ended) => return ended,
    };
    screen.result(&match args.format {
        RunFormat::Text => report::text(&report),
        RunFormat::Json => report::json(&report),
        RunFormat::Github => {
            let told = report::github::expectations(&report, args.strict);
            report::text(&report) + &told + &report::github::findings(&broken, &sources)
        }
        RunFormat::Junit => report::junit::report(&report, args.strict, &broken, &sources),
    });
    ended
}

/// What a run gives.
#[derive(Debug)]
pub struct Measured {
    pub report: Report,
    /// What of a lock does not hold.
    pub broken: Vec<Diagnostic>,
    pub sources: Sources,
    pub ended: Ended,
}

/// Runs a file; what is found on the way is shown.
///
/// # Errors
/// The file or its inputs are wrong, or a lock does not hold: how the command ends.
pub fn measured(args: &RunArgs, locking: Locking, screen: &Screen) -> Result<Measured, Ended> {
    let engines = match Engines::choose(args.file.engine) {
        Ok(engines) => engines,
        Err(finding) => return Err(wrong(&[*finding], screen, args.format)),
    };
    let mut analysis = analyse(&args.file, &engines);
    if analysis.checked.as_ref().is_some_and(Checked::is_empty) && !any_error(&analysis.findings) {
        analysis.findings.push(usage::nothing_to_run(&args.file.file.display().to_string()));
    }
    let Analysis { sources, checked: Some(checked), mut findings, lints, .. } = analysis else {
        return Err(wrong(&analysis.findings, screen, args.format));
    };
    if any_error(&findings) {
        screen.findings(&findings, &sources, args.format);
        return Err(Ended::Wrong);
    }
    let broken = locking.before(&checked);
    if !broken.is_empty() {
        findings.extend(broken);
        sort(&mut findings);
        screen.findings(&findings, &sources, args.format);
        return Err(Ended::Refuted);
    }
    if let Some(remark) = &engines.remark {
        screen.remark(remark);
    }
    let outcome = carry_out(args, &checked, engines.engine(), &sources, screen);
    let (done, interchanged, provenance) = match outcome {
        Ok(found) => found,
        Err(finding) => {
            findings.push(*finding);
            sort(&mut findings);
            screen.findings(&findings, &sources, args.format);
            return Err(Ended::Wrong);
        }
    };
    remarks(args, &done, screen);
    findings.extend(done.iter().flat_map(|done| done.remarks.iter().cloned()));
    lints.apply(&mut findings, &sources);
    let mut report = report::report((&done, &interchanged), &checked, &sources, args.sample.seed, provenance);
    report.allowed = allowed::allowed(&findings, &sources);
    report.shown.size = args.size;
    report.shown.panel = args.panel;
    let broken = match locking.behind(args, &report, &checked) {
        Ok(broken) => broken,
        Err(finding) => return Err(wrong(&[*finding], screen, args.format)),
    };
    findings.extend(broken.iter().cloned());
    sort(&mut findings);
    screen.finding_blocks(&findings, &sources);
    let ended = if broken.is_empty() { ended(&done, &interchanged, &checked, args.strict) } else { Ended::Refuted };
    let ended = if any_error(&findings) { ended.or_wrong() } else { ended };
    Ok(Measured { report, broken, sources, ended })
}

/// What was asked for and is not there.
fn remarks(args: &RunArgs, done: &[Done], screen: &Screen) {
    if args.blame && done.iter().all(|done| done.blame.is_empty()) {
        screen.remark(&usage::nothing_to_blame());
    }
    let without = done.iter().filter(|done| done.points.is_none()).count();
    if args.reference_points && without > 0 {
        screen.remark(&usage::without_points(without, done.len(), run::LARGEST_FAMILY));
    }
}

fn ended(done: &[Done], interchanged: &[Interchanged], checked: &Checked, strict: bool) -> Ended {
    let of_hypotheses = done.iter().flat_map(|done| verdicts(done, &checked.expectations));
    let of_interchanges = interchanged.iter().flat_map(|found| interchange_verdicts(found, &checked.expectations));
    match of_hypotheses.chain(of_interchanges).map(|(_, verdict)| verdict).max() {
        Some(Verdict::Refuted) => Ended::Refuted,
        Some(Verdict::Undecided) if strict => Ended::Refuted,
        _ => Ended::Well,
    }
}

/// The settings of a command that samples.
#[must_use]
pub fn settings(args: &SampleArgs, keep_outputs: bool) -> Settings {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let threads = args.threads.and_then(|threads| usize::try_from(threads).ok()).unwrap_or(cores);
    Settings {
        panel: false,
        n: args.n.and_then(|n| usize::try_from(n).ok()),
        budget: args.budget.and_then(|budget| usize::try_from(budget).ok()).unwrap_or(DEFAULT_BUDGET),
        seed: args.seed,
        limits: Limits { memory: args.memory, threads },
        keep_outputs,
        blame: false,
        reference_points: false,
    }
}

type Fault = Box<Diagnostic>;

fn carry_out(
    args: &RunArgs,
    checked: &Checked,
    engine: &dyn Engine,
    sources: &Sources,
    screen: &Screen,
) -> Result<(Vec<Done>, Vec<Interchanged>, Provenance), Fault> {
    targets(args, checked)?;
    let settings = Settings {
        blame: args.blame,
        reference_points: args.reference_points,
        panel: args.panel,
        ..settings(&args.sample, args.per_example.is_some())
    };
    let mut replayed = args.replay.as_deref().map(read_replay).transpose()?;
    let groups = run::groups(checked, settings, replayed.as_mut())?;
    for remark in all_rows(checked, &groups, settings) {
        screen.remark(&remark);
    }
    let bar = bar(screen, "running", groups.iter().map(run::steps).sum());
    let observed = run::execute(&groups, checked, engine, settings, &|steps| bar.inc(steps as u64));
    bar.finish_and_clear();
    let observed = observed?;
    let draws = run::drawn(&groups, &observed)?;
    let interchanged = run::interchanges(checked, engine, settings)?;
    let mut done = run::compared(observed)?;
    // Members of a family stand where the family does.
    let order = |done: &Done| {
        let place = checked.hypotheses.iter().position(|ready| ready.stated.claims.name == done.name)?;
        let span = checked.hypotheses[place].stated.spans.name;
        Some((span.file, span.start, place))
    };
    done.sort_by_key(order);
    let per_example =
        args.per_example.as_ref().map(|path| per_example(&done).map(|bytes| (path, bytes))).transpose()?;
    if let Some(path) = &args.draws {
        files::write(path, &draws)?;
    }
    if let Some((path, bytes)) = per_example {
        files::write(path, &bytes)?;
    }
    Ok((done, interchanged, provenance(args, checked, engine, sources, &draws)))
}

/// Every result can be written, and none over another file of the run.
fn targets(args: &RunArgs, checked: &Checked) -> Result<(), Fault> {
    let models = checked.models.iter().flatten().map(|model| (model.model.path.as_str(), "a model of the run"));
    let data = checked.datasets.iter().flatten().map(|data| (data.path.as_str(), "a dataset of the run"));
    let tables = checked.tables.iter().flatten().map(|table| (table.path.as_str(), "a table of the run"));
    let inputs = models.chain(data).chain(tables).map(|(path, what)| (Path::new(path), what));
    let lock = args.lock.then(|| lock::path(args));
    if [&lock, &args.draws, &args.per_example].iter().all(|target| target.is_none()) {
        return Ok(());
    }
    let mut taken: Vec<(PathBuf, &str)> = inputs
        .chain([(args.file.file.as_path(), "the hypothesis file")])
        .filter_map(|(path, what)| Some(files::resolved_if_there(path).transpose()?.map(|path| (path, what))))
        .collect::<Result<_, Fault>>()?;
    for (option, path) in [("--lock", &lock), ("--draws", &args.draws), ("--per-example", &args.per_example)] {
        let Some(path) = path else { continue };
        files::can_write(path)?;
        let target = files::real_target(path)?;
        if let Some((_, what)) = taken.iter().find(|(other, _)| *other == target) {
            return Err(Box::new(usage::would_overwrite(option, &path.display().to_string(), what)));
        }
        taken.push((target, if option == "--lock" { "the lock" } else { "the file of --draws" }));
    }
    Ok(())
}

/// A remark for each dataset with fewer rows than references were asked for.
#[must_use]
pub fn all_rows(checked: &Checked, groups: &[Group<'_>], settings: Settings) -> Vec<String> {
    let Some(asked) = settings.n else { return Vec::new() };
    let mut data: Vec<usize> = groups.iter().map(|group| group.data).collect();
    data.sort_unstable();
    data.dedup();
    let datasets = data.iter().filter_map(|data| checked.datasets.get(*data)?.as_ref());
    let small = datasets.filter(|dataset| dataset.rows < asked);
    small.map(|dataset| usage::all_rows(asked, &dataset.name, dataset.rows)).collect()
}

fn read_replay(path: &Path) -> Result<Replay, Fault> {
    Replay::read(&path.display().to_string(), &files::read(path, files::BINARY_LIMIT)?)
}

fn provenance(args: &RunArgs, checked: &Checked, engine: &dyn Engine, sources: &Sources, draws: &[u8]) -> Provenance {
    let (replayed, command) = (args.replay.is_some(), again::command(args));
    let Inputs { file, models, data, tables } = inputs(checked, sources);
    let engine = EngineUsed { name: engine.name(), version: engine.version() };
    let draws = blake3::hash(draws).to_hex().to_string();
    let ansatz = env!("CARGO_PKG_VERSION").to_owned();
    Provenance { ansatz, engine, file, models, data, tables, draws, replayed, command }
}

/// Everything that a command has read, by its hash.
#[derive(Debug)]
pub struct Inputs {
    pub file: Hashed,
    pub models: Vec<Hashed>,
    pub data: Vec<HashedData>,
    pub tables: Vec<Hashed>,
}

/// What a checked file was read from.
#[must_use]
pub fn inputs(checked: &Checked, sources: &Sources) -> Inputs {
    let hash = |bytes: &[u8]| blake3::hash(bytes).to_hex().to_string();
    let (name, text) = sources.iter().next().map_or(("", ""), |file| (file.name.as_str(), file.text.as_str()));
    let model = |bound: &crate::hypothesis::BoundModel| Hashed {
        name: bound.name.clone(),
        path: bound.model.path.clone(),
        blake3: bound.model.hash.clone(),
    };
    let data = |data: &crate::data::Dataset| HashedData {
        name: data.name.clone(),
        path: data.path.clone(),
        blake3: data.hash.clone(),
        rows: data.rows,
    };
    let table = |table: &crate::hypothesis::TableFile| Hashed {
        name: table.name.clone(),
        path: table.path.clone(),
        blake3: table.hash.clone(),
    };
    Inputs {
        file: Hashed { name: name.to_owned(), path: name.to_owned(), blake3: hash(text.as_bytes()) },
        models: checked.models.iter().flatten().map(model).collect(),
        data: checked.datasets.iter().flatten().map(data).collect(),
        tables: checked.tables.iter().flatten().map(table).collect(),
    }
}

/// The bytes of the per-example file; its layout is documented in `docs/files.md`.
fn per_example(done: &[Done]) -> Result<Vec<u8>, Fault> {
    let mut arrays = Vec::new();
    let vector = |points: &[Point]| {
        let values: Vec<f64> = points.iter().map(|point| point.value()).collect();
        Array::Real(ArrayD::from_shape_vec(IxDyn(&[values.len()]), values).expect("one axis"))
    };
    for done in done {
        let rows: Vec<i64> = done.references.iter().map(|row| i64::from(*row)).collect();
        let rows = ArrayD::from_shape_vec(IxDyn(&[rows.len()]), rows).expect("one axis");
        let (name, behaviour) = (&done.name, &done.behaviour);
        arrays.push((format!("{name}/row"), Array::Int(rows)));
        arrays.push((format!("{name}/{behaviour}/clean"), vector(&done.model)));
        arrays.push((format!("{name}/{behaviour}/scrubbed"), vector(&done.scrubbed)));
        let weights: Vec<f64> = done.model.iter().map(|point| point.weight).collect();
        let weights = ArrayD::from_shape_vec(IxDyn(&[weights.len()]), weights).expect("one axis");
        arrays.push((format!("{name}/{behaviour}/weight"), Array::Real(weights)));
        let Some(kept) = &done.kept else { continue };
        for (which, values) in [("clean", &kept.clean), ("scrubbed", &kept.scrubbed)] {
            for (output, value) in done.output_names.iter().zip(values) {
                arrays.push((format!("{name}/outputs/{output}/{which}"), array(value)));
            }
        }
    }
    write_npz(&arrays)
}

fn array(value: &Value) -> Array {
    match value {
        Value::F32(array) => Array::F32(array.clone()),
        Value::F64(array) => Array::Real(array.clone()),
        Value::I64(array) => Array::Int(array.clone()),
        Value::I32(array) => Array::Int(array.mapv(i64::from)),
        Value::Bool(array) => Array::Int(array.mapv(i64::from)),
    }
}
