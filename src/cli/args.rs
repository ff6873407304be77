//! The command line as typed data.

mod formats;
mod values;

use super::overlay::Texts;
use crate::lints::Levels;
use crate::plan::Limits;
use crate::run::{DEFAULT_BUDGET, Settings};
use clap::{Args, Parser, Subcommand};
pub use formats::{CheckFormat, Colour, DiffFormat, EngineChoice, Format, ReportFormat, RunFormat, Stage};
use std::path::PathBuf;
pub use values::{Binding, bytes as sizes};
use values::{binding, dim, setting, share};

/// Hypotheses about neural networks as text: checked against the model, refuted by data.
#[derive(Debug, Parser)]
#[command(name = "ansatz", version, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
    /// When to use colour.
    #[arg(long, global = true, value_enum, default_value_t = Colour::Auto, help_heading = "Global options")]
    pub color: Colour,
    /// Say less: no progress and no remarks.
    #[arg(short, long, global = true, help_heading = "Global options")]
    pub quiet: bool,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Check hypotheses against model and data, without running them.
    Check(CheckArgs),
    /// Run the hypotheses of a file and say how much of the behaviour each recovers.
    Run(RunArgs),
    /// Run the hypotheses of a file with everything that a report shows, and write it as one page.
    ///
    /// FILE can also be what `run --format json` wrote: then nothing is run.
    Report(ReportArgs),
    /// Say which claims of two files differ in meaning, and how their scores moved.
    Diff(DiffArgs),
    /// Carry out the challenges of a file: what its hypotheses are good for.
    Validate(ValidateArgs),
    /// Search for hypotheses as the `search` blocks of a file say, and measure what is found on rows that
    /// were held out.
    Search(SearchArgs),
    /// Say what scores predict: measure a family of hypotheses, and hold the scores of each against how
    /// well it does in challenges, or how like it is to a true one.
    Calibrate(CalibrateArgs),
    /// Say what a run would compute and what it would cost.
    Plan(PlanArgs),
    /// List inputs, outputs and tensors of a model, with types, dims and module paths.
    Inspect(InspectArgs),
    /// Write a map of a transformer: its components, recognised in the graph.
    Init(InitArgs),
    /// Lay out hypothesis files in the style of the language.
    Fmt(FmtArgs),
    /// Serve an editor on standard input and output, in the language server protocol.
    Lsp(LspArgs),
    /// Explain a diagnostic code, or how to read a report.
    Explain(ExplainArgs),
    /// Print what a stage of the pipeline makes of a file.
    Dump(DumpArgs),
}

#[derive(Debug, Args)]
pub struct LspArgs {
    /// Which engine looks at models. `auto` takes ONNX Runtime where it is found.
    #[arg(long, value_enum, default_value_t = EngineChoice::Auto, env = "ANSATZ_ENGINE")]
    pub engine: EngineChoice,
    /// What editors say to servers that speak on standard input and output; nothing else is spoken.
    #[arg(long, hide = true)]
    pub stdio: bool,
}

/// Files, and what they are bound to.
#[derive(Debug, Clone, Args)]
pub struct FileArgs {
    /// The hypothesis file.
    pub file: PathBuf,
    /// Bind a model of the file to another ONNX file.
    #[arg(long = "model", value_name = "NAME=PATH", value_parser = binding, help_heading = "Bindings")]
    pub models: Vec<Binding>,
    /// Bind a dataset or a table of the file to another data file.
    #[arg(long = "data", value_name = "NAME=PATH", value_parser = binding, help_heading = "Bindings")]
    pub data: Vec<Binding>,
    /// Give a constant of the file another value.
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = setting, help_heading = "Bindings")]
    pub set: Vec<(String, i64)>,
    /// Which engine computes. `auto` takes ONNX Runtime where it is found.
    #[arg(long, value_enum, default_value_t = EngineChoice::Auto, env = "ANSATZ_ENGINE", help_heading = "Engine")]
    pub engine: EngineChoice,
    /// Leave a warning out, or make an error about the data a warning: A7001 (classes of one member) or A4103
    /// (a value for each row).
    #[arg(long = "allow", value_name = "CODE", help_heading = "Levels")]
    pub allow: Vec<String>,
    /// Make an error about the data a warning.
    #[arg(long = "warn", value_name = "CODE", help_heading = "Levels")]
    pub warn: Vec<String>,
    /// Make a warning an error.
    #[arg(long = "deny", value_name = "CODE", help_heading = "Levels")]
    pub deny: Vec<String>,
    /// Of `ansatz.toml`.
    #[arg(skip)]
    pub levels: Levels,
    /// Texts that stand for files while fixes are tried.
    #[arg(skip)]
    pub texts: Texts,
}

/// How much is computed, and with what.
#[derive(Debug, Clone, Args)]
pub struct SampleArgs {
    /// Exactly so many references, each a row of the dataset at most once.
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=100_000_000))]
    pub n: Option<u64>,
    /// The most references, where a run goes on until it is decided [default: all rows, at most 10000].
    #[arg(long, conflicts_with = "n", value_parser = clap::value_parser!(u64).range(1..=100_000_000))]
    pub budget: Option<u64>,
    /// The seed of every draw.
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// Threads [default: the cores at hand].
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=1024))]
    pub threads: Option<u64>,
    /// Memory for values at work and captured values, such as 512M or 4G.
    #[arg(long, default_value = "4G", value_parser = values::bytes)]
    pub memory: u64,
}

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("mends").args(["fix", "diff"]).multiple(true))]
pub struct CheckArgs {
    #[command(flatten)]
    pub file: FileArgs,
    /// Further files, checked one by one with the same bindings.
    pub more: Vec<PathBuf>,
    #[arg(long, value_enum, default_value_t = CheckFormat::Full)]
    pub format: CheckFormat,
    /// Write findings to this file.
    #[arg(short, long, value_name = "FILE", help_heading = "Files")]
    pub output: Option<PathBuf>,
    /// Mend what can be mended without a doubt about what is meant, in the files that are named and in those of
    /// their folders that they use.
    #[arg(long, help_heading = "Fixes")]
    pub fix: bool,
    /// Mend also what changes claims, picks one of several, or deletes.
    #[arg(long, requires = "mends", help_heading = "Fixes")]
    pub unsafe_fixes: bool,
    /// Show what `--fix` would change, and write nothing: exit code 1 if there is something.
    #[arg(long, help_heading = "Fixes")]
    pub diff: bool,
}

#[derive(Debug, Clone, Args)]
pub struct RunArgs {
    #[command(flatten)]
    pub file: FileArgs,
    #[command(flatten)]
    pub sample: SampleArgs,
    #[arg(long, value_enum, default_value_t = RunFormat::Text)]
    pub format: RunFormat,
    /// Count undecided expectations as failures.
    #[arg(long)]
    pub strict: bool,
    /// Say what each claim alone costs: run again with the draws of one claim exact, for each.
    #[arg(long, conflicts_with = "replay")]
    pub blame: bool,
    /// Show what the means can hide: how far single examples move, and slices of the data.
    #[arg(long)]
    pub panel: bool,
    /// Say how large each hypothesis is, and which recover the most for their size.
    #[arg(long)]
    pub size: bool,
    /// Write what was bound, claimed and found to `ansatz.lock` beside the file.
    #[arg(long, conflicts_with = "replay", help_heading = "Lock")]
    pub lock: bool,
    /// Run with the seed and the references of `ansatz.lock`, and hold to it: exit code 1 where inputs,
    /// claims, verdicts or scores are others.
    #[arg(long, conflicts_with_all = ["lock", "replay", "n", "budget", "seed"], help_heading = "Lock")]
    pub locked: bool,
    /// Hold each score against others: no claims, permuted features, 100 random explanations of the
    /// same size, and the best and the worst change of a single claim.
    #[arg(long, conflicts_with = "replay")]
    pub reference_points: bool,
    /// Write outputs and behaviour of each example, clean and scrubbed.
    #[arg(long, value_name = "FILE.npz", help_heading = "Files")]
    pub per_example: Option<PathBuf>,
    /// Write every draw.
    #[arg(long, value_name = "FILE.npz", help_heading = "Files")]
    pub draws: Option<PathBuf>,
    /// Take every draw from a file instead of the seed.
    #[arg(long, value_name = "FILE.npz", conflicts_with_all = ["n", "budget", "seed"], help_heading = "Files")]
    pub replay: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct ReportArgs {
    #[command(flatten)]
    pub file: FileArgs,
    #[command(flatten)]
    pub sample: SampleArgs,
    /// A page that stands for itself, or Markdown for a pull request.
    #[arg(long, value_enum, default_value_t = ReportFormat::Html)]
    pub format: ReportFormat,
    /// Where to write it [default: standard output].
    #[arg(short, long, value_name = "FILE", help_heading = "Files")]
    pub output: Option<PathBuf>,
    /// Count undecided expectations as failures.
    #[arg(long)]
    pub strict: bool,
}

#[derive(Debug, Args)]
#[command(mut_arg("file", |file| file.index(1).value_name("BEFORE").help(
    "The file as it was: a path, REVISION:PATH of git, or a revision of the other file"
)))]
pub struct DiffArgs {
    /// The first of the two.
    #[command(flatten)]
    pub file: FileArgs,
    /// The file as it is: a path, or REVISION:PATH of git.
    #[arg(index = 2)]
    pub after: PathBuf,
    #[command(flatten)]
    pub sample: SampleArgs,
    /// Compare the texts alone.
    #[arg(long)]
    pub no_run: bool,
    #[arg(long, value_enum, default_value_t = DiffFormat::Text)]
    pub format: DiffFormat,
}

/// What every number of a challenge, a search or a calibration depends on, and what it may take.
#[derive(Debug, Clone, Args)]
pub struct WorkArgs {
    /// The seed of every draw and of every choice.
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// Threads [default: the cores at hand].
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=1024))]
    pub threads: Option<u64>,
    /// Memory for values at work and captured values, such as 512M or 4G.
    #[arg(long, default_value = "4G", value_parser = values::bytes)]
    pub memory: u64,
}

impl WorkArgs {
    pub fn limits(&self) -> Limits {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let threads = self.threads.and_then(|threads| usize::try_from(threads).ok()).unwrap_or(cores);
        Limits { memory: self.memory, threads }
    }

    /// For challenges, which bring their own numbers of rows and draws.
    pub fn settings(&self) -> Settings {
        Settings {
            n: None,
            budget: DEFAULT_BUDGET,
            seed: self.seed,
            limits: self.limits(),
            keep_outputs: false,
            blame: false,
            reference_points: false,
            panel: false,
        }
    }
}

#[derive(Debug, Args)]
pub struct ValidateArgs {
    #[command(flatten)]
    pub file: FileArgs,
    /// Only the challenge of this name, or all members of the family.
    #[arg(long, value_name = "NAME")]
    pub only: Vec<String>,
    #[command(flatten)]
    pub work: WorkArgs,
    /// Count undecided expectations as failures.
    #[arg(long)]
    pub strict: bool,
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// Write the JSON form too.
    #[arg(long, value_name = "FILE", help_heading = "Files")]
    pub json: Option<PathBuf>,
    /// Keep the challenges that are done in this folder: the same command goes on where one was stopped.
    #[arg(short, long, value_name = "FOLDER", help_heading = "Files")]
    pub output: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct SearchArgs {
    #[command(flatten)]
    pub file: FileArgs,
    /// The search to run, of several.
    #[arg(long, value_name = "NAME")]
    pub only: Option<String>,
    /// Write what is found into this folder, a file for each hypothesis, and keep the progress there: the
    /// same command goes on where a search was stopped.
    #[arg(short, long, value_name = "FOLDER")]
    pub output: Option<PathBuf>,
    #[command(flatten)]
    pub work: WorkArgs,
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

#[derive(Debug, Args)]
pub struct CalibrateArgs {
    #[command(flatten)]
    pub file: FileArgs,
    /// The calibration to carry out, of several.
    #[arg(long, value_name = "NAME")]
    pub only: Option<String>,
    /// Write pictures and the family of hypotheses into this folder, and keep the progress there: the same
    /// command goes on where a calibration was stopped.
    #[arg(short, long, value_name = "FOLDER")]
    pub output: Option<PathBuf>,
    #[command(flatten)]
    pub work: WorkArgs,
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

#[derive(Debug, Args)]
pub struct PlanArgs {
    #[command(flatten)]
    pub file: FileArgs,
    #[command(flatten)]
    pub sample: SampleArgs,
    /// Run so many references, and say how many each precision and each verdict needs.
    #[arg(
        long, value_name = "REFERENCES", num_args = 0..=1, default_missing_value = "500",
        value_parser = clap::value_parser!(u64).range(2..=100_000_000)
    )]
    pub pilot: Option<u64>,
    /// The precision that the pilot is asked about, where a hypothesis states none: half the width of the
    /// interval of recovered, such as 0.01.
    #[arg(long, value_name = "SHARE", requires = "pilot", value_parser = share)]
    pub precision: Option<f64>,
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

#[derive(Debug, Args)]
pub struct InspectArgs {
    /// The ONNX file.
    pub model: PathBuf,
    /// Only tensors whose name or module address matches this glob (`*` and `?`).
    pub filter: Option<String>,
    /// The size of a dim that the model leaves open, such as `sequence=16`.
    #[arg(long = "dim", value_name = "NAME=SIZE", value_parser = dim)]
    pub dims: Vec<(String, usize)>,
    #[arg(long, value_enum, default_value_t = EngineChoice::Auto, env = "ANSATZ_ENGINE")]
    pub engine: EngineChoice,
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

#[derive(Debug, Args)]
pub struct InitArgs {
    /// The ONNX file.
    pub model: PathBuf,
    /// Where to write the map [default: standard output].
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Write over a file that is there.
    #[arg(long, requires = "output")]
    pub force: bool,
    /// What the model is called in the map [default: the name of its file].
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// The size of a dim that the model leaves open, such as `sequence=16`.
    #[arg(long = "dim", value_name = "NAME=SIZE", value_parser = dim)]
    pub dims: Vec<(String, usize)>,
    #[arg(long, value_enum, default_value_t = EngineChoice::Auto, env = "ANSATZ_ENGINE")]
    pub engine: EngineChoice,
}

#[derive(Debug, Args)]
pub struct FmtArgs {
    /// Hypothesis files; folders, for all `.ansatz` files below them; `-` for standard input, which is
    /// written to standard output.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Write nothing: name the files that would change, and end with exit code 1 if there are any.
    #[arg(long)]
    pub check: bool,
    /// Write nothing: show what would change.
    #[arg(long)]
    pub diff: bool,
}

#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// A code such as A3001, its name such as unknown-site, a page such as reading-a-report, or a part of
    /// the library such as std, std.features or std.features.previous; codes and pages are listed without.
    pub code: Option<String>,
}

#[derive(Debug, Args)]
pub struct DumpArgs {
    #[command(flatten)]
    pub file: FileArgs,
    #[command(flatten)]
    pub sample: SampleArgs,
    /// The stage.
    #[arg(long, value_enum)]
    pub stage: Stage,
}
