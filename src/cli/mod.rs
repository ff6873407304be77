//! The command line: the only place with standard streams, the environment and exit codes.

mod again;
mod args;
mod calibrate;
mod check;
mod claims;
mod diff;
mod dump;
mod explain;
mod fmt;
mod git;
mod inspect;
mod kept;
mod library;
mod loading;
mod lock;
mod output;
mod pilot;
mod plan;
mod progress;
mod report;
mod run;
mod search;
mod searched_challenges;
#[cfg(unix)]
mod signals;
mod validate;

use crate::source::Sources;
use args::{Cli, Command};
use clap::Parser;
use output::Screen;
use std::process::ExitCode;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// All well.
    Well,
    /// The data say no: an expectation is refuted, or undecided under `--strict`; or a lock no longer holds;
    /// or a file is not laid out as `fmt --check` wants it.
    Refuted,
    /// The file or its inputs are wrong.
    Wrong,
}

impl Ended {
    fn code(self) -> u8 {
        match self {
            Ended::Well => 0,
            Ended::Refuted => 1,
            Ended::Wrong => 2,
        }
    }
}

/// The exit code of a fault of Ansatz itself.
const BUG: u8 = 101;

/// Deep expressions recurse; the compiler runs on a stack that holds the deepest allowed.
const STACK: usize = 256 << 20;

/// Parses the command line and carries it out.
#[must_use]
pub fn main() -> ExitCode {
    std::panic::set_hook(Box::new(|info| {
        if !crate::engine::is_guarded() {
            output::bug(&info.to_string());
        }
    }));
    #[cfg(debug_assertions)]
    plan_fault();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let code = u8::try_from(error.exit_code()).unwrap_or(2);
            output::usage(&error);
            return ExitCode::from(code);
        }
    };
    #[cfg(unix)]
    signals::watch(cli.quiet);
    let worker = std::thread::Builder::new().name("ansatz".to_owned()).stack_size(STACK).spawn(move || command(&cli));
    let ended = worker.map(std::thread::JoinHandle::join);
    ExitCode::from(match ended {
        Ok(Ok(ended)) => ended.code(),
        Ok(Err(_)) | Err(_) => BUG,
    })
}

/// Tests make operations on files fail; builds for users have nothing of this.
#[cfg(debug_assertions)]
#[expect(clippy::disallowed_methods, reason = "the environment is read here")]
fn plan_fault() {
    if let Ok(text) = std::env::var("ANSATZ_TEST_FAULT") {
        crate::files::faults::plan(&text);
    }
}

fn command(cli: &Cli) -> Ended {
    let screen = Screen::new(cli.color, cli.quiet);
    let ended = carry_out(cli, &screen);
    match screen.lost() {
        Some(finding) => {
            screen.finding_blocks(&[finding], &Sources::new());
            Ended::Wrong
        }
        None => ended,
    }
}

fn carry_out(cli: &Cli, screen: &Screen) -> Ended {
    match &cli.command {
        Command::Check(args) => check::check(args, screen),
        Command::Run(args) => run::run(args, screen),
        Command::Report(args) => report::report(args, screen),
        Command::Diff(args) => diff::diff(args, screen),
        Command::Validate(args) => validate::validate(args, screen),
        Command::Search(args) => search::search(args, screen),
        Command::Calibrate(args) => calibrate::calibrate(args, screen),
        Command::Plan(args) => plan::plan(args, screen),
        Command::Inspect(args) => inspect::inspect(args, screen),
        Command::Fmt(args) => fmt::fmt(args, screen),
        Command::Explain(args) => explain::explain(args, screen),
        Command::Dump(args) => dump::dump(args, screen),
    }
}
