//! `ansatz.toml`: settings of a project, from the folder of a hypothesis file or the nearest one above it. The
//! command line and comments of the file come before it.

use super::args::{CheckFormat, Cli, Colour, Command, EngineChoice, FileArgs, sizes};
use crate::diagnostics::Diagnostic;
use crate::diagnostics::messages::{lints as codes, settings as messages};
use crate::files;
use crate::lints::{Level, Levels, Refused, code_with_levels};
use crate::source::{FileId, SourceFile, Sources, Span};
use crate::syntax::decode;
use clap::ValueEnum;
use clap::parser::ValueSource;
use std::path::{Path, PathBuf};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

const NAME: &str = "ansatz.toml";
/// The largest file of settings, in bytes.
const LIMIT: u64 = 1 << 20;
const KEYS: [&str; 6] = ["lints", "format", "color", "engine", "memory", "threads"];
const MOST_THREADS: u64 = 1024;

/// What a file of settings says; `None` for what it leaves open.
#[derive(Debug, Default)]
pub struct Settings {
    pub levels: Levels,
    format: Option<CheckFormat>,
    color: Option<Colour>,
    engine: Option<EngineChoice>,
    memory: Option<u64>,
    threads: Option<u64>,
}

/// What is wrong with a file of settings, with its text.
pub type Faults = Box<(Vec<Diagnostic>, Sources)>;

/// Options that the command line, or the environment, has set.
#[derive(Debug, Clone, Copy, Default)]
pub struct Given {
    format: bool,
    color: bool,
    engine: bool,
    memory: bool,
    threads: bool,
}

impl Given {
    pub fn of(matches: &clap::ArgMatches) -> Given {
        let Some((_, matches)) = matches.subcommand() else { return Given::default() };
        let is_known = |name: &str| matches.try_contains_id(name).is_ok();
        let is_given = |name| {
            is_known(name) && matches.value_source(name).is_some_and(|source| source != ValueSource::DefaultValue)
        };
        Given {
            format: is_given("format"),
            color: is_given("color"),
            engine: is_given("engine"),
            memory: is_given("memory"),
            threads: is_given("threads"),
        }
    }
}

/// Puts settings in the place of defaults, for commands on a hypothesis file.
///
/// # Errors
/// A file of settings that cannot be read, or says what it cannot.
pub fn configure(cli: &mut Cli, given: Given) -> Result<(), Faults> {
    let Some(file) = file_of(&mut cli.command) else { return Ok(()) };
    let settings = load(&file.file)?;
    file.levels.clone_from(&settings.levels);
    if let Some(engine) = settings.engine.filter(|_| !given.engine) {
        file.engine = engine;
    }
    if let Some(color) = settings.color.filter(|_| !given.color) {
        cli.color = color;
    }
    if let (Command::Check(args), Some(format), false) = (&mut cli.command, settings.format, given.format) {
        args.format = format;
    }
    let Some((memory, threads)) = limits_of(&mut cli.command) else { return Ok(()) };
    if let Some(found) = settings.memory.filter(|_| !given.memory) {
        *memory = found;
    }
    if !given.threads {
        *threads = threads.or(settings.threads);
    }
    Ok(())
}

fn file_of(command: &mut Command) -> Option<&mut FileArgs> {
    Some(match command {
        Command::Check(args) => &mut args.file,
        Command::Run(args) => &mut args.file,
        Command::Report(args) => &mut args.file,
        Command::Diff(args) => &mut args.file,
        Command::Validate(args) => &mut args.file,
        Command::Search(args) => &mut args.file,
        Command::Calibrate(args) => &mut args.file,
        Command::Plan(args) => &mut args.file,
        Command::Dump(args) => &mut args.file,
        _ => return None,
    })
}

fn limits_of(command: &mut Command) -> Option<(&mut u64, &mut Option<u64>)> {
    Some(match command {
        Command::Run(args) => (&mut args.sample.memory, &mut args.sample.threads),
        Command::Report(args) => (&mut args.sample.memory, &mut args.sample.threads),
        Command::Diff(args) => (&mut args.sample.memory, &mut args.sample.threads),
        Command::Plan(args) => (&mut args.sample.memory, &mut args.sample.threads),
        Command::Dump(args) => (&mut args.sample.memory, &mut args.sample.threads),
        Command::Validate(args) => (&mut args.work.memory, &mut args.work.threads),
        Command::Search(args) => (&mut args.work.memory, &mut args.work.threads),
        Command::Calibrate(args) => (&mut args.work.memory, &mut args.work.threads),
        _ => return None,
    })
}

/// The settings for a hypothesis file; none if there is no file of them.
///
/// # Errors
/// It cannot be read, or says what it cannot.
pub fn load(file: &Path) -> Result<Settings, Faults> {
    let mut sources = Sources::new();
    let Some(path) = nearest_above(file) else { return Ok(Settings::default()) };
    let name = shown(&path);
    let text = files::read(&path, LIMIT).and_then(|bytes| decode(&name, &bytes));
    let text = match text {
        Ok(text) => text,
        Err(finding) => return Err(Box::new((vec![*finding], sources))),
    };
    let id = sources.add(SourceFile::new(name, text.clone()));
    let mut reader = Reader { file: id, settings: Settings::default(), sink: Vec::new() };
    match DeTable::parse(&text) {
        Ok(table) => reader.top(table.get_ref()),
        Err(error) => {
            let range = error.span().filter(|range| text.get(range.clone()).is_some()).unwrap_or(0..0);
            reader.sink.push(messages::not_toml(Span::new(id, range), error.message()));
        }
    }
    if reader.sink.is_empty() { Ok(reader.settings) } else { Err(Box::new((reader.sink, sources))) }
}

/// The file of settings in the folder of a file, or in the nearest one above it; none beyond the top of a
/// repository.
fn nearest_above(file: &Path) -> Option<PathBuf> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    for folder in files::real_path(folder)?.ancestors() {
        let path = folder.join(NAME);
        if files::real_path(&path).is_some() {
            return Some(path);
        }
        if files::real_path(&folder.join(".git")).is_some() {
            return None;
        }
    }
    None
}

/// The path from the working folder, if it is below.
fn shown(path: &Path) -> String {
    let below = files::real_path(Path::new(".")).and_then(|here| Some(path.strip_prefix(here).ok()?.to_owned()));
    below.unwrap_or_else(|| path.to_owned()).display().to_string()
}

/// Reads a table into settings, and tells what is wrong.
struct Reader {
    file: FileId,
    settings: Settings,
    sink: Vec<Diagnostic>,
}

type Value<'t> = Spanned<DeValue<'t>>;

impl Reader {
    fn span<T>(&self, spanned: &Spanned<T>) -> Span {
        Span::new(self.file, spanned.span())
    }

    fn top(&mut self, table: &DeTable) {
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "lints" => self.lints(value),
                "format" => self.settings.format = self.word(key.get_ref(), value),
                "color" => self.settings.color = self.word(key.get_ref(), value),
                "engine" => self.settings.engine = self.word(key.get_ref(), value),
                "memory" => self.settings.memory = self.memory(value),
                "threads" => self.settings.threads = self.threads(value),
                other => self.sink.push(messages::unknown_key(self.span(key), other, &KEYS)),
            }
        }
    }

    fn lints(&mut self, value: &Value) {
        let DeValue::Table(table) = value.get_ref() else {
            self.sink.push(messages::bad_value(
                self.span(value),
                "lints",
                "a table: `[lints]`, then `A4101 = \"warn\"`",
            ));
            return;
        };
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            let code = code_with_levels(name);
            let Some(word) = self.text(name, value) else { continue };
            match (code, Level::of_word(word)) {
                (Ok(code), Some(level)) => {
                    self.settings.levels.insert(code.id, level);
                }
                (Ok(_), None) => {
                    self.sink.push(messages::unknown_value(self.span(value), name, word, &Level::WORDS));
                }
                (Err(Refused::Unknown), _) => self.sink.push(codes::unknown_code(self.span(key), name)),
                (Err(Refused::AlwaysError(code)), _) => {
                    self.sink.push(codes::always_an_error(self.span(key), code.id));
                }
            }
        }
    }

    fn text<'v>(&mut self, key: &str, value: &'v Value) -> Option<&'v str> {
        match value.get_ref() {
            DeValue::String(text) => Some(text.as_ref()),
            _ => {
                self.sink.push(messages::bad_value(self.span(value), key, "a word in quotes"));
                None
            }
        }
    }

    /// One of the words that an option of the command line takes.
    fn word<T: ValueEnum>(&mut self, key: &str, value: &Value) -> Option<T> {
        let word = self.text(key, value)?;
        let found = T::from_str(word, false).ok();
        if found.is_none() {
            let known: Vec<_> = T::value_variants().iter().filter_map(ValueEnum::to_possible_value).collect();
            let known: Vec<&str> = known.iter().map(clap::builder::PossibleValue::get_name).collect();
            self.sink.push(messages::unknown_value(self.span(value), key, word, &known));
        }
        found
    }

    fn memory(&mut self, value: &Value) -> Option<u64> {
        let found = match value.get_ref() {
            DeValue::String(text) => sizes(text).ok(),
            _ => None,
        };
        if found.is_none() {
            self.sink.push(messages::bad_value(
                self.span(value),
                "memory",
                "a size in quotes, such as `\"512M\"` or `\"4G\"`",
            ));
        }
        found
    }

    fn threads(&mut self, value: &Value) -> Option<u64> {
        let found = match value.get_ref() {
            DeValue::Integer(number) => u64::from_str_radix(&number.as_str().replace('_', ""), number.radix()).ok(),
            _ => None,
        };
        let found = found.filter(|threads| (1..=MOST_THREADS).contains(threads));
        if found.is_none() {
            self.sink.push(messages::bad_value(self.span(value), "threads", "a whole number from 1 to 1024"));
        }
        found
    }
}
