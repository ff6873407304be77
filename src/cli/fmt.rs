//! `ansatz fmt`: the layout of hypothesis files.

use super::Ended;
use super::args::FmtArgs;
use super::output::Screen;
use crate::diagnostics::messages::files as messages;
use crate::diagnostics::{Diagnostic, clean};
use crate::files;
use crate::format::format;
use crate::source::{SourceFile, Sources};
use crate::syntax;
use similar::TextDiff;
use std::io::Read;
use std::path::{Path, PathBuf};

/// The ending of hypothesis files.
const ENDING: &str = ".ansatz";
/// What standard input is called.
const INPUT: &str = "standard input";
/// Begins files of some editors; it says nothing about UTF-8.
const MARK: &str = "\u{feff}";

/// A text before and after.
struct Laid {
    before: String,
    after: String,
}

impl Laid {
    fn has_changed(&self) -> bool {
        self.before != self.after
    }
}

/// `ansatz fmt`: as bad as the worst of its files.
pub fn fmt(args: &FmtArgs, screen: &Screen) -> Ended {
    if args.files.iter().any(|file| file.as_os_str() == "-") {
        return standard_input(args, screen);
    }
    let mut ended = Ended::Well;
    let (mut changed, mut same) = (0, 0);
    for file in named(&args.files, screen, &mut ended) {
        match one_file(&file, args, screen) {
            Ok(true) => changed += 1,
            Ok(false) => same += 1,
            Err(()) => ended = Ended::Wrong,
        }
    }
    let what = if args.check || args.diff { "would be laid out anew" } else { "laid out anew" };
    screen.remark(&format!("{changed} {what}, {same} as they should be"));
    if args.check && changed > 0 && ended == Ended::Well { Ended::Refuted } else { ended }
}

/// The files that are asked for, those of folders in order.
fn named(paths: &[PathBuf], screen: &Screen, ended: &mut Ended) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for path in paths {
        if !files::is_folder(path) {
            found.push(path.clone());
            continue;
        }
        match files::files_below(path, ENDING) {
            Ok(files) => found.extend(files),
            Err(finding) => {
                *ended = Ended::Wrong;
                screen.finding_blocks(&[*finding], &Sources::new());
            }
        }
    }
    found
}

/// Whether a file changes. What is wrong with it has been reported.
fn one_file(file: &Path, args: &FmtArgs, screen: &Screen) -> Result<bool, ()> {
    let fail = |finding: Box<Diagnostic>| screen.finding_blocks(&[*finding], &Sources::new());
    let name = file.display().to_string();
    let bytes = files::read(file, files::SOURCE_LIMIT).map_err(fail)?;
    let laid = laid_out(&name, &bytes, screen)?;
    if !laid.has_changed() {
        return Ok(false);
    }
    if args.diff {
        screen.result(&difference(&name, &laid.before, &laid.after));
    }
    if args.check && !args.diff {
        screen.result(&format!("{}\n", clean(&name)));
    }
    if !args.check && !args.diff {
        files::rewrite(file, laid.after.as_bytes()).map_err(fail)?;
    }
    Ok(true)
}

fn standard_input(args: &FmtArgs, screen: &Screen) -> Ended {
    let mut bytes = Vec::new();
    let read = std::io::stdin().lock().take(files::SOURCE_LIMIT + 1).read_to_end(&mut bytes);
    let fault = match read {
        Err(error) => Some(messages::unreadable(INPUT, &error.to_string())),
        Ok(_) if args.files.len() > 1 => Some(messages::unreadable(INPUT, "with `-` no other file can be named")),
        Ok(length) if length as u64 > files::SOURCE_LIMIT => {
            Some(messages::too_large(INPUT, length as u64, files::SOURCE_LIMIT))
        }
        Ok(_) => None,
    };
    if let Some(fault) = fault {
        screen.finding_blocks(&[fault], &Sources::new());
        return Ended::Wrong;
    }
    let Ok(laid) = laid_out(INPUT, &bytes, screen) else { return Ended::Wrong };
    match (args.diff, args.check) {
        (true, _) if laid.has_changed() => screen.result(&difference(INPUT, &laid.before, &laid.after)),
        (false, true) if laid.has_changed() => screen.result(&format!("{INPUT}\n")),
        (false, false) => screen.result(&laid.after),
        _ => {}
    }
    if args.check && laid.has_changed() { Ended::Refuted } else { Ended::Well }
}

/// The text of a file, laid out. What is wrong with it is reported.
fn laid_out(name: &str, bytes: &[u8], screen: &Screen) -> Result<Laid, ()> {
    let text = syntax::decode(name, bytes).map_err(|finding| screen.finding_blocks(&[*finding], &Sources::new()))?;
    let mark = if bytes.starts_with(MARK.as_bytes()) { MARK } else { "" };
    let mut sources = Sources::new();
    let file = sources.add(SourceFile::new(name, text.clone()));
    match format(file, &text) {
        Ok(after) => Ok(Laid { before: format!("{mark}{text}"), after: format!("{mark}{after}") }),
        Err(findings) => {
            screen.finding_blocks(&findings, &sources);
            Err(())
        }
    }
}

/// What changes, as `diff -u` shows it.
#[must_use]
pub fn difference(name: &str, before: &str, after: &str) -> String {
    let name = clean(name);
    let diff = TextDiff::from_lines(before, after);
    diff.unified_diff().header(&format!("a/{name}"), &format!("b/{name}")).to_string()
}
