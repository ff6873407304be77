//! The command line: the only place with standard streams, the environment and exit codes.

mod again;
mod args;
mod calibrate;
mod check;
mod claims;
mod diff;
mod dump;
mod explain;
mod findings;
mod fixes;
mod fmt;
mod git;
mod init;
mod inspect;
mod kept;
mod library;
mod loading;
mod lock;
mod lsp;
mod output;
mod overlay;
mod pilot;
mod plan;
mod progress;
mod report;
mod run;
mod search;
mod searched_challenges;
mod settings;
#[cfg(unix)]
mod signals;
mod validate;

use crate::diagnostics::Diagnostic;
use crate::source::Sources;
use args::{Cli, Command};
use clap::{CommandFactory, FromArgMatches};
use output::Screen;
use settings::Given;
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
    /// What remarks of a run that are errors make of its end: a refuted expectation is worse news.
    #[must_use]
    pub fn or_wrong(self) -> Ended {
        if self == Ended::Well { Ended::Wrong } else { self }
    }

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
    let matches = Cli::command().try_get_matches();
    let parsed = matches.and_then(|matches| Ok((Cli::from_arg_matches(&matches)?, Given::of(&matches))));
    let (cli, given) = match parsed {
        Ok(found) => found,
        Err(error) => {
            let code = u8::try_from(error.exit_code()).unwrap_or(2);
            output::usage(&error);
            return ExitCode::from(code);
        }
    };
    #[cfg(unix)]
    signals::watch(cli.quiet);
    let worker =
        std::thread::Builder::new().name("ansatz".to_owned()).stack_size(STACK).spawn(move || command(cli, given));
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

fn command(mut cli: Cli, given: Given) -> Ended {
    let configured = settings::configure(&mut cli, given);
    let screen = Screen::new(cli.color, cli.quiet);
    let ended = match configured {
        Ok(()) => carry_out(&cli, &screen),
        Err(faults) => badly_configured(&cli, &faults.0, &faults.1, &screen),
    };
    match screen.lost() {
        Some(finding) => {
            screen.finding_blocks(&[finding], &Sources::new());
            Ended::Wrong
        }
        None => ended,
    }
}

/// Tells what is wrong with the settings of a project; nothing else is done.
fn badly_configured(cli: &Cli, found: &[Diagnostic], sources: &Sources, screen: &Screen) -> Ended {
    match &cli.command {
        Command::Check(args) => check::tell(args, found, sources, screen),
        Command::Run(args) => screen.findings(found, sources, args.format),
        Command::Diff(args) => screen.findings(found, sources, args.format),
        Command::Validate(args) => screen.findings(found, sources, args.format),
        Command::Search(args) => screen.findings(found, sources, args.format),
        Command::Calibrate(args) => screen.findings(found, sources, args.format),
        Command::Plan(args) => screen.findings(found, sources, args.format),
        _ => screen.finding_blocks(found, sources),
    }
    Ended::Wrong
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
        Command::Init(args) => init::init(args, screen),
        Command::Inspect(args) => inspect::inspect(args, screen),
        Command::Fmt(args) => fmt::fmt(args, screen),
        Command::Lsp(args) => lsp::lsp(args, screen),
        Command::Explain(args) => explain::explain(args, screen),
        Command::Dump(args) => dump::dump(args, screen),
    }
}
