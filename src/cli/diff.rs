//! `ansatz diff`.

use super::Ended;
use super::args::{DiffArgs, DiffFormat, FileArgs};
use super::check::{Analysis, analyse_at, wrong};
use super::git::Revision;
use super::loading::Engines;
use super::output::Screen;
use super::progress::bar;
use super::run::{all_rows, settings};
use crate::diagnostics::{Diagnostic, any_error};
use crate::diff::{self, Diff, Pair, RunWith, Texts, pairs};
use crate::engine::Engine;
use crate::files;
use crate::hypothesis::Checked;
use crate::meaning::{Meaning, MeaningOf, meanings};
use crate::report::EngineUsed;
use crate::run::{self, Group, Interchanged, Observation, Settings};
use std::collections::BTreeSet;
use std::path::Path;

type Fault = Box<Diagnostic>;

/// `ansatz diff`.
pub fn diff(args: &DiffArgs, screen: &Screen) -> Ended {
    let engines = match Engines::choose(args.file.engine) {
        Ok(engines) => engines,
        Err(finding) => return wrong(&[*finding], screen, args.format),
    };
    let (before, after) = match (side(args, &args.file.file, Some(&args.after)), side(args, &args.after, None)) {
        (Ok(before), Ok(after)) => (before, after),
        (Err(finding), _) | (_, Err(finding)) => return wrong(&[*finding], screen, args.format),
    };
    let mut analysed = Vec::new();
    for (args_of, revision, _) in [&before, &after] {
        let analysis = analyse_at(args_of, revision.as_ref(), &engines);
        if any_error(&analysis.findings) {
            screen.findings(&analysis.findings, &analysis.sources, args.format);
            return Ended::Wrong;
        }
        analysed.push(analysis);
    }
    if let Some(remark) = engines.remark.as_ref().filter(|_| !args.no_run) {
        screen.remark(remark);
    }
    let [one, other] = analysed.as_mut_slice() else { return Ended::Wrong };
    match compare(args, (one, other), engines.engine(), screen) {
        Ok(hypotheses) => {
            let used = EngineUsed { name: engines.engine().name(), version: engines.engine().version() };
            let found = Diff {
                schema: diff::SCHEMA,
                before: before.2,
                after: after.2,
                hypotheses,
                run: (!args.no_run).then_some(RunWith { engine: used, seed: args.sample.seed }),
                ansatz: env!("CARGO_PKG_VERSION"),
            };
            screen.result(&match args.format {
                DiffFormat::Text => diff::text(&found),
                DiffFormat::Json => diff::json(&found),
                DiffFormat::Markdown => diff::markdown(&found),
            });
            Ended::Well
        }
        Err((finding, is_first)) => {
            let sources = if is_first { &one.sources } else { &other.sources };
            screen.findings(&[*finding], sources, args.format);
            Ended::Wrong
        }
    }
}

/// A file to read, with its revision if it has one, and what it is called.
type Side = (FileArgs, Option<Revision>, String);

/// A path; else `REVISION:PATH`; else a revision of the `other` file.
fn side(args: &DiffArgs, named: &Path, other: Option<&Path>) -> Result<Side, Fault> {
    let written = named.to_string_lossy();
    let revision = match (written.split_once(':'), other) {
        _ if files::exists(named) => None,
        (Some((name, path)), _) => Some(Revision::of_path(name, path)?),
        (None, Some(other)) if files::exists(other) => Some(Revision::of_file(&written, other)?),
        (None, _) => None,
    };
    let file = revision.as_ref().map_or_else(|| named.to_owned(), Revision::in_tree);
    let shown = revision.as_ref().map_or_else(|| named.display().to_string(), Revision::shown);
    Ok((FileArgs { file, ..args.file.clone() }, revision, shown))
}

/// What is found; a fault with whether it lies in the first file.
type Found<T> = Result<T, (Fault, bool)>;

fn compare(
    args: &DiffArgs,
    (before, after): (&mut Analysis, &mut Analysis),
    engine: &dyn Engine,
    screen: &Screen,
) -> Found<Vec<diff::HypothesisDiff>> {
    let (Some(old), Some(new)) = (&mut before.checked, &mut after.checked) else { return Ok(Vec::new()) };
    let (old_meanings, new_meanings) = (meanings(old), meanings(new));
    let found = pairs(&old_meanings, &new_meanings);
    let texts = Texts { before: &before.sources, after: &after.sources };
    if args.no_run || !found.iter().any(Pair::moved) {
        return Ok(found.iter().map(|pair| diff::hypothesis(*pair, texts, None, (&[], &[]))).collect());
    }
    let moved: Vec<&Pair<'_>> = found.iter().filter(|pair| pair.moved()).collect();
    keep(old, &moved.iter().filter_map(|pair| pair.before).collect::<Vec<_>>());
    keep(new, &moved.iter().filter_map(|pair| pair.after).collect::<Vec<_>>());
    // So many and no fewer: both on the same references.
    let asked = settings(&args.sample, false);
    // Both sides have the same references, wherever a run of one of them would stop.
    let settings = Settings { n: Some(asked.n.unwrap_or(asked.budget)), ..asked };
    let is_asked = args.sample.n.is_some();
    let (old_groups, old_found) = ran(old, (settings, is_asked), engine, screen).map_err(|fault| (fault, true))?;
    let (new_groups, new_found) = ran(new, (settings, is_asked), engine, screen).map_err(|fault| (fault, false))?;
    let seen = observed(&old_groups, old, (settings, engine), screen).map_err(|fault| (fault, true))?;
    let seen_after = observed(&new_groups, new, (settings, engine), screen).map_err(|fault| (fault, false))?;
    let one = |pair: &Pair<'_>| {
        let names = pair.before.zip(pair.after).filter(|_| pair.moved());
        let same_data = |(old, new): (&Meaning, &Meaning)| old.about.get(1) == new.about.get(1);
        let moved = names
            .and_then(|(old, new)| run::moved((&seen, &old.name), (&seen_after, &new.name), same_data((old, new))));
        diff::hypothesis(*pair, texts, moved.as_ref(), (&old_found, &new_found))
    };
    Ok(found.iter().map(one).collect())
}

/// Leaves only what is named, and the hypotheses that these are measured from.
fn keep(checked: &mut Checked, wanted: &[&Meaning]) {
    let names = |kind: MeaningOf| -> BTreeSet<&str> {
        wanted.iter().filter(|meaning| meaning.kind == kind).map(|meaning| meaning.name.as_str()).collect()
    };
    let own = names(MeaningOf::Hypothesis);
    for ready in &mut checked.hypotheses {
        ready.reported &= own.contains(ready.stated.claims.name.as_str());
    }
    let serving: BTreeSet<String> = checked
        .hypotheses
        .iter()
        .filter(|ready| ready.reported)
        .flat_map(|ready| ready.baselines.iter().filter_map(|baseline| Some(baseline.hypothesis()?.to_owned())))
        .collect();
    checked.hypotheses.retain(|ready| ready.reported || serving.contains(&ready.stated.claims.name));
    let own = names(MeaningOf::Interchange);
    checked.interchanges.retain(|interchange| own.contains(interchange.name.as_str()));
}

/// The groups of a file, and the accuracies of its interchanges.
fn ran<'a>(
    checked: &'a Checked,
    (settings, is_asked): (Settings, bool),
    engine: &dyn Engine,
    screen: &Screen,
) -> Result<(Vec<Group<'a>>, Vec<Interchanged>), Fault> {
    let groups = run::groups(checked, settings, None)?;
    for remark in all_rows(checked, &groups, settings).iter().filter(|_| is_asked) {
        screen.remark(remark);
    }
    Ok((groups, run::interchanges(checked, engine, settings)?))
}

fn observed<'a>(
    groups: &[Group<'a>],
    checked: &'a Checked,
    (settings, engine): (Settings, &dyn Engine),
    screen: &Screen,
) -> Result<Vec<Observation<'a>>, Fault> {
    let bar = bar(screen, "running", groups.iter().map(run::steps).sum());
    let found = run::execute(groups, checked, engine, settings, &|steps| bar.inc(steps as u64));
    bar.finish_and_clear();
    found
}
