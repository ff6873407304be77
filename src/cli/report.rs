//! `ansatz report`.

use super::args::{ReportArgs, ReportFormat, RunArgs, RunFormat};
use super::output::Screen;
use super::run::measured;
use super::{Ended, check};
use crate::diagnostics::messages::usage;
use crate::{files, page};

/// `ansatz report`.
pub fn report(args: &ReportArgs, screen: &Screen) -> Ended {
    let wrong = |finding| check::wrong(&[finding], screen, RunFormat::Text);
    if let Some(path) = &args.output {
        // Before any work is done.
        if let Err(finding) = files::can_write(path) {
            return wrong(*finding);
        }
        let target = files::real_target(path);
        if target.is_some() && target == files::real_path(&args.file.file) {
            return wrong(usage::would_overwrite("--output", &path.display().to_string(), "the hypothesis file"));
        }
    }
    let (report, ended) = match measured(&run_args(args), screen) {
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
            Err(finding) => return wrong(*finding),
        },
    }
    ended
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
        per_example: None,
        draws: None,
        replay: None,
    }
}
