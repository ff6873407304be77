//! `ansatz report`.

use super::args::{ReportArgs, ReportFormat, RunArgs, RunFormat};
use super::lock::Locking;
use super::output::Screen;
use super::run::measured;
use super::{Ended, check};
use crate::diagnostics::Diagnostic;
use crate::diagnostics::messages::usage;
use crate::report::{Report, read};
use crate::{files, page};

/// `ansatz report`.
pub fn report(args: &ReportArgs, screen: &Screen) -> Ended {
    let wrong = |finding: Box<Diagnostic>| check::wrong(&[*finding], screen, RunFormat::Text);
    if let Err(finding) = target(args) {
        return wrong(finding);
    }
    let found = match is_report(args) {
        true => from_json(args, screen).map_err(wrong),
        false => measured(&run_args(args), Locking::Not, screen).map(|found| (found.report, found.ended)),
    };
    let (report, ended) = match found {
        Ok(found) => found,
        Err(ended) => return ended,
    };
    let text = match args.format {
        ReportFormat::Html => page::html(&report),
        ReportFormat::Markdown => page::markdown(&report),
    };
    match &args.output {
        None => screen.result(&text),
        Some(path) => match files::write(path, text.as_bytes()) {
            Ok(()) => screen.remark(&usage::written(&path.display().to_string())),
            Err(finding) => return wrong(finding),
        },
    }
    ended
}

/// Before any work is done: the result can be written, and not over what it is made from.
fn target(args: &ReportArgs) -> Result<(), Box<Diagnostic>> {
    let Some(path) = &args.output else { return Ok(()) };
    files::can_write(path)?;
    if Some(files::real_target(path)?) == files::resolved_if_there(&args.file.file)? {
        let what = if is_report(args) { "the report" } else { "the hypothesis file" };
        return Err(Box::new(usage::would_overwrite("--output", &path.display().to_string(), what)));
    }
    Ok(())
}

/// Whether the file is what a run wrote.
fn is_report(args: &ReportArgs) -> bool {
    args.file.file.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json"))
}

fn from_json(args: &ReportArgs, screen: &Screen) -> Result<(Report, Ended), Box<Diagnostic>> {
    let path = args.file.file.display().to_string();
    let bytes = files::read(&args.file.file, files::BINARY_LIMIT)?;
    let report = read(&bytes).map_err(|why| Box::new(usage::not_a_report(&path, &why)))?;
    let (file, sample) = (&args.file, &args.sample);
    let is_bound = !file.models.is_empty() || !file.data.is_empty() || !file.set.is_empty();
    if is_bound || sample.n.is_some() || sample.seed != 0 {
        screen.remark(&usage::nothing_is_run(&path));
    }
    let verdicts = report.hypotheses.iter().map(|found| found.verdict);
    let all: Vec<&str> = verdicts.chain(report.interchanges.iter().map(|found| found.verdict)).collect();
    let is_refuted = all.contains(&"refuted") || (args.strict && all.contains(&"undecided"));
    Ok((report, if is_refuted { Ended::Refuted } else { Ended::Well }))
}

/// A run with all that a report shows.
fn run_args(args: &ReportArgs) -> RunArgs {
    RunArgs {
        file: args.file.clone(),
        sample: args.sample.clone(),
        format: RunFormat::Text,
        strict: args.strict,
        blame: true,
        reference_points: true,
        panel: true,
        size: true,
        lock: false,
        locked: false,
        per_example: None,
        draws: None,
        replay: None,
    }
}
