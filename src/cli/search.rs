//! `ansatz search`.

use super::Ended;
use super::args::{Format, SearchArgs};
use super::check::{Analysis, analyse, wrong};
use super::kept::{Keep, header_in, key, laid_out};
use super::loading::{Engines, Files};
use super::output::Screen;
use super::searched_challenges::challenged;
use crate::data::Dataset;
use crate::diagnostics::messages::search as messages;
use crate::diagnostics::{Diagnostic, any_error};
use crate::files;
use crate::hypothesis::{SearchMetric, SearchSpace, Strategy};
use crate::report::{number, percent};
use crate::search::{
    self, EdgeReport, FullReport, Ground, Known, Runner, SearchReport, Searches, Winner, WinnerReport, Written,
};

type Fault = Box<Diagnostic>;

/// `ansatz search`.
pub fn search(args: &SearchArgs, screen: &Screen) -> Ended {
    let engines = match Engines::choose(args.file.engine) {
        Ok(engines) => engines,
        Err(finding) => return wrong(&[*finding], screen, args.format),
    };
    let mut analysis = analyse(&args.file, &engines);
    let names: Vec<String> =
        analysis.checked.iter().flat_map(|checked| checked.searches.iter().map(|space| space.name.clone())).collect();
    if !any_error(&analysis.findings) {
        analysis.findings.extend(chosen(args, &names));
    }
    if any_error(&analysis.findings) {
        screen.findings(&analysis.findings, &analysis.sources, args.format);
        return Ended::Wrong;
    }
    screen.finding_blocks(&analysis.findings, &analysis.sources);
    if let Some(remark) = &engines.remark {
        screen.remark(remark);
    }
    let mut found = Vec::new();
    let text = analysis.sources.iter().next().map_or("", |file| file.text.as_str()).to_owned();
    for name in names.iter().filter(|name| args.only.as_ref().is_none_or(|only| only == *name)) {
        match one(args, name, &engines, screen) {
            Ok(report) => found.extend(report),
            Err(finding) => {
                screen.findings(&[*finding], &analysis.sources, args.format);
                return Ended::Wrong;
            }
        }
    }
    let engine = engines.engine();
    let report = Searches {
        schema: search::SCHEMA,
        ansatz: env!("CARGO_PKG_VERSION"),
        file: args.file.file.display().to_string(),
        blake3: blake3::hash(text.as_bytes()).to_hex().to_string(),
        engine: format!("{} {}", engine.name(), engine.version()),
        seed: args.work.seed,
        searches: found,
    };
    screen.result(&match args.format {
        Format::Text => search::text(&report),
        Format::Json => search::json(&report),
    });
    Ended::Well
}

/// What is wrong with the searches that are asked for.
fn chosen(args: &SearchArgs, names: &[String]) -> Option<Diagnostic> {
    let path = args.file.file.display().to_string();
    if names.is_empty() {
        return Some(messages::nothing_to_search(&path));
    }
    let only = args.only.as_ref().filter(|only| !names.contains(only))?;
    Some(messages::unknown_search(&path, only, names))
}

/// The search of this name.
fn one(args: &SearchArgs, name: &str, engines: &Engines, screen: &Screen) -> Result<Option<SearchReport>, Fault> {
    // The data are cut in two for each search, so that each begins with all of them.
    let Analysis { sources, main, checked, lints, findings, .. } = analyse(&args.file, engines);
    // What was right a moment ago can be unreadable now.
    if let Some(finding) = findings.into_iter().find(Diagnostic::is_error) {
        return Err(Box::new(finding));
    }
    let Some(mut checked) = checked else { return Ok(None) };
    let Some(at) = checked.searches.iter().position(|space| space.name == name) else { return Ok(None) };
    let space = checked.searches.remove(at);
    let loader = Files::new(&args.file, None, engines);
    let (Some(file), Some(model), Some(data)) =
        (sources.iter().next(), &checked.models[space.model], checked.datasets[space.data].clone())
    else {
        return Ok(None);
    };
    let test = space.test.and_then(|test| checked.datasets[test].as_ref());
    let (train, held_out) = match test {
        // It stands in the place of the data that are searched on.
        Some(test) => (data.clone(), Dataset { name: data.name.clone(), ..test.clone() }),
        None => {
            let parts = search::split(&search::same_inputs(&data, model), space.train, args.work.seed);
            search::parts(&data, &parts)
        }
    };
    let rows = search::Rows { searched: train.rows, held_out: held_out.rows };
    if rows.searched.min(rows.held_out) < LEAST_ROWS {
        return Err(Box::new(messages::too_few_rows(space.span, data.rows, (rows.searched, rows.held_out))));
    }
    let (model, data_name, test) = (model.name.clone(), data.name.clone(), test.map(|test| test.name.clone()));
    let ground = Ground {
        outside: &loader,
        loader: &loader,
        engine: engines.engine(),
        constants: &args.file.set,
        allowed: &lints.permitted(),
        seed: args.work.seed,
        limits: args.work.limits(),
    };
    let keep = Keep::new(args.output.as_deref(), name, key((&args.file, args.work.seed), &sources, &checked, engines))?;
    let metric = space.metric;
    let so_far = args.output.as_ref().map(|folder| folder.join(format!("{name}_so_far.ansatz")));
    let mut round = |evaluations: usize, best: &search::SoFar, known: &Known| {
        let value = metric.sign() * best.value;
        let value = if metric.name() == SearchMetric::Least.name() { number(value) } else { percent(value) };
        screen.remark(&messages::round(name, evaluations, &value, best.arrows));
        keep.write(&search::write_progress(&keep.key, known))?;
        let (Some(path), Some(folder)) = (&so_far, &args.output) else { return Ok(()) };
        let told = search::told_so_far(evaluations, &value);
        let text = header_in(folder, &args.file.file, &format!("{told}{}", best.text))?;
        files::write(path, laid_out(&text).as_bytes())
    };
    let mut runner = Runner::new(ground, (&space, checked), (file, &main), &mut round);
    runner.on(train);
    runner.remember(keep.read()?.and_then(|bytes| search::read_progress(&keep.key, &bytes)).unwrap_or_default());
    let references_held_out = rows.held_out.min(space.references.saturating_mul(MORE_HELD_OUT));
    let then = (held_out, references_held_out);
    let Some(Told { winners, spent, edges, full }) = searched(&space, &mut runner, (then, args, engines))? else {
        return Err(Box::new(messages::nothing_found(space.span, 1, runner.turned_down.as_deref())));
    };
    let header = runner.header().to_owned();
    write(args, &winners, (&header, space.metric))?;
    so_far.as_ref().map_or(Ok(()), |path| files::remove(path))?;
    let [evaluations, turned_down, rounds] = spent.counts;
    Ok(Some(SearchReport {
        name: space.name.clone(),
        behaviour: space.behaviour.clone(),
        model,
        data: data_name,
        test,
        metric: space.metric.name(),
        goal: if space.metric == SearchMetric::Least { "minimise" } else { "maximise" },
        baseline: space.baseline.clone().unwrap_or_else(|| "shuffled".to_owned()),
        price: space.price.each,
        per: space.price.per.name(),
        reward: space.reward,
        strategy: search::strategy(&space),
        rows,
        references: space.references.min(rows.searched),
        references_held_out,
        evaluations,
        turned_down,
        rounds,
        ended: search::ended(spent.ended),
        winners,
        edges,
        full,
    }))
}

/// What a search took.
struct Spent {
    /// Hypotheses that were run, those that could not be, rounds.
    counts: [usize; 3],
    ended: search::Ended,
}

/// What a search found.
struct Told {
    winners: Vec<WinnerReport>,
    spent: Spent,
    edges: Option<Vec<EdgeReport>>,
    full: Option<FullReport>,
}

/// Rows that are held out, and references of them.
type Then<'a> = ((Dataset, usize), &'a SearchArgs, &'a Engines);

/// Searches, and measures what is found on the rows that are held out. `None` if there is nothing to begin with.
fn searched(space: &SearchSpace, runner: &mut Runner<'_>, then: Then<'_>) -> Result<Option<Told>, Fault> {
    if let Strategy::Acdc(threshold) = space.strategy {
        let found = search::acdc(space, threshold, runner);
        runner.fault()?;
        let Some(found) = found else { return Ok(None) };
        let winners = held_out(space, runner, vec![search::circuit(&found)], then);
        runner.fault()?;
        let spent = Spent { counts: [found.evaluations, found.turned_down, found.rounds], ended: found.ended };
        let edges = found.edges.iter().map(|edge| EdgeReport::of(edge, space)).collect();
        let searched = space.metric.sign() * found.full.1.value + 0.0;
        let full = FullReport { arrows: found.full.0.arrows(), searched };
        return Ok(Some(Told { winners, spent, edges: Some(edges), full: Some(full) }));
    }
    let found = search::search(space, runner);
    runner.fault()?;
    let Some(found) = found else { return Ok(None) };
    let winners = held_out(space, runner, search::frontier(&found, space.price), then);
    runner.fault()?;
    let spent = Spent { counts: [found.evaluations, found.turned_down, found.rounds], ended: found.ended };
    Ok(Some(Told { winners, spent, edges: None, full: None }))
}

/// What was found, on rows that the search never saw.
fn held_out<W: Written + Clone>(
    space: &SearchSpace,
    runner: &mut Runner<'_>,
    mut winners: Vec<Winner<W>>,
    ((data, references), args, engines): Then<'_>,
) -> Vec<WinnerReport> {
    runner.on(data);
    let candidates: Vec<W> = winners.iter().map(|winner| winner.candidate.clone()).collect();
    for (winner, measured) in winners.iter_mut().zip(runner.measure(&candidates, references)) {
        winner.held_out = measured.map(|measured| measured.metric);
    }
    let about = (space.metric, winners.len());
    let mut reports = Vec::new();
    for (number, winner) in winners.iter().enumerate() {
        let name = format!("{}_{}", space.name, number + 1);
        let text = laid_out(&runner.text(&winner.candidate, &name));
        let mut report = WinnerReport::of(winner, (name, text), about);
        report.challenges = challenged((space, runner), &report, (args, engines.engine()));
        reports.push(report);
    }
    reports
}

/// On each side of the split.
const LEAST_ROWS: usize = 20;
/// Winners are run on so many times the references of the search, if there are as many rows.
const MORE_HELD_OUT: usize = 10;

/// Writes each winner as a file of its own.
fn write(args: &SearchArgs, winners: &[WinnerReport], (header, metric): (&str, SearchMetric)) -> Result<(), Fault> {
    let Some(folder) = &args.output else { return Ok(()) };
    let header = header_in(folder, &args.file.file, header)?;
    for winner in winners {
        let told = search::told(winner, metric);
        let text = laid_out(&format!("{told}{header}\n{}", winner.text));
        files::write(&folder.join(format!("{}.ansatz", winner.name)), text.as_bytes())?;
    }
    Ok(())
}
