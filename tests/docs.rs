//! The Ansatz in the documents is checked as a user's file would be, and what they list is all there is.
//!
//! A block marked `ansatz` is a whole file; `ansatz,more` is read behind
//! the blocks before it; `ansatz,alone` is a whole file that nothing is read behind; `ansatz,fragment`
//! is not checked.

use ansatz::diagnostics::{Diagnostic, Style, concise, sort, terminal};
use ansatz::elaborate::{Outside, Read, elaborate};
use ansatz::engine::{Engine, reference::Reference};
use ansatz::feature::FUNCTION_NAMES;
use ansatz::files;
use ansatz::hypothesis::{self, Loader};
use ansatz::model::{ByRunning, ModelFile, ShapeProbe, load};
use ansatz::source::{SourceFile, Sources};
use ansatz::syntax::{self, ast};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

#[path = "docs/checking.rs"]
mod checking;
#[path = "docs/circuits.rs"]
mod circuits;
#[path = "docs/predicts.rs"]
mod predicts;
#[path = "docs/reading.rs"]
mod reading;
#[path = "support/runtime.rs"]
#[allow(dead_code, clippy::panic, clippy::print_stdout, reason = "helpers of tests fail and speak like tests")]
mod runtime;
#[path = "docs/tutorial.rs"]
mod tutorial;

const LANGUAGE: &str = include_str!("../docs/language.md");
const README: &str = include_str!("../README.md");
const COMING_FROM: &str = include_str!("../docs/coming-from.md");

/// Loads what a text names from one folder.
struct Folder<'a> {
    path: PathBuf,
    engine: &'a Reference,
    probe: ByRunning<'a>,
}

impl Outside for Folder<'_> {
    fn read(&self, path: &Path) -> Result<Read, Box<Diagnostic>> {
        let whole = self.path.join(path);
        let bytes = ansatz::files::read(&whole, ansatz::files::SOURCE_LIMIT)?;
        Ok(Read { identity: whole.display().to_string(), name: path.display().to_string(), bytes })
    }

    fn main_identity(&self) -> String {
        "the main file".to_owned()
    }

    fn modules(&self, model: &ast::Model) -> Option<Vec<String>> {
        let (file, _) = self.model(model).ok()?;
        Some(ansatz::model::modules(&file.graph).into_iter().collect())
    }

    fn inputs(&self, model: &ast::Model) -> Option<Vec<String>> {
        let (file, _) = self.model(model).ok()?;
        Some(file.graph.input_names().map(str::to_owned).collect())
    }
}

impl Loader for Folder<'_> {
    fn model(&self, item: &ast::Model) -> Result<(ModelFile, Vec<Diagnostic>), Vec<Diagnostic>> {
        load(&self.path.join(&item.path.value))
    }

    fn data(&self, item: &ast::Data) -> Result<(String, Vec<u8>), Box<Diagnostic>> {
        let bytes = files::read(&self.path.join(&item.path.value), files::BINARY_LIMIT)?;
        Ok((item.path.value.clone(), bytes))
    }

    fn table(&self, item: &ast::Table) -> Result<(String, Vec<u8>), Box<Diagnostic>> {
        let bytes = files::read(&self.path.join(&item.path.value), files::BINARY_LIMIT)?;
        Ok((item.path.value.clone(), bytes))
    }

    fn is_bound(&self, _: &str) -> bool {
        false
    }

    fn probe(&self) -> &dyn ShapeProbe {
        &self.probe
    }

    fn engine(&self) -> &dyn Engine {
        self.engine
    }
}

/// A block of Ansatz, complete with what is read before it, and the line of the page where it begins.
struct Block {
    line: usize,
    text: String,
}

/// The blocks of a page that are to be checked.
fn blocks(page: &str) -> Vec<Block> {
    let mut found: Vec<Block> = Vec::new();
    let mut base: Option<String> = None;
    let mut open: Option<(usize, &str, Vec<&str>)> = None;
    for (index, line) in page.lines().enumerate() {
        match (&mut open, line) {
            (None, "```ansatz" | "```ansatz,more" | "```ansatz,alone") => open = Some((index + 2, line, Vec::new())),
            (None, "```ansatz,fragment") => {}
            (None, line) => assert!(!line.starts_with("```ansatz"), "line {}: what is `{line}`?", index + 1),
            (Some((start, mark, lines)), "```") => {
                let text = lines.join("\n") + "\n";
                let more = mark.ends_with(",more");
                assert!(!more || base.is_some(), "line {start}: `more` follows a whole file");
                let text = base.iter().filter(|_| more).cloned().collect::<String>() + &text;
                if !mark.ends_with(",alone") {
                    base = Some(text.clone());
                }
                found.push(Block { line: *start, text });
                open = None;
            }
            (Some((_, _, lines)), line) => lines.push(line),
        }
    }
    assert!(open.is_none(), "a block is not closed");
    found
}

/// Findings of all severities about a text of this name, which stands in a folder.
fn findings(name: &str, text: &str, folder: &str) -> (Vec<Diagnostic>, Sources) {
    let mut sources = Sources::new();
    let file = sources.add(SourceFile::new(name, text));
    let parsed = syntax::parse(file, text);
    let mut found = parsed.diagnostics.clone();
    let engine = Reference::new();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let loader = Folder { path, engine: &engine, probe: ByRunning(&engine) };
    let elaborated = elaborate(file, &parsed.file, &[], &loader, &mut sources, &mut found);
    let checked = hypothesis::check(&elaborated, &loader, &mut found);
    assert!(!found.is_empty() || checked.hypotheses.len() >= parsed.file.hypotheses.len());
    sort(&mut found);
    (found, sources)
}

/// The same, one a line.
fn lines(text: &str, folder: &str) -> Vec<String> {
    let (found, sources) = findings("block", text, folder);
    found.iter().map(|finding| concise(finding, &sources)).collect()
}

fn all_right(page: &str, name: &str, folder: &str) {
    let blocks = blocks(page);
    assert!(!blocks.is_empty(), "{name} has no block to check");
    for block in blocks {
        let found = lines(&block.text, folder);
        assert!(found.is_empty(), "{name}, the block of line {}:\n{}", block.line, found.join("\n"));
    }
}

#[test]
fn the_language_as_described_is_the_language() {
    all_right(LANGUAGE, "docs/language.md", "tests/fixtures");
}

/// The kinds of what is written in a text, without mistakes and mere punctuation.
fn constructs(text: &str) -> BTreeSet<syntax::SyntaxKind> {
    let parsed = syntax::parse(ansatz::source::FileId(0), text);
    let kinds = parsed.tree.root().descendants().map(syntax::Node::kind);
    kinds.filter(|kind| !kind.is_trivia() && !kind.is_mistake()).collect()
}

/// Whatever a correct file of the repository is made of stands in a block of the page that is checked.
#[test]
fn every_construct_is_described() {
    let described: BTreeSet<_> = blocks(LANGUAGE).iter().flat_map(|block| constructs(&block.text)).collect();
    let folders = ["examples", "stdlib", "tests/ui/ok", "tests/syntax"];
    let files = folders.iter().flat_map(|folder| files_of(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)));
    let used: BTreeSet<_> = files
        .filter(|text| syntax::parse(ansatz::source::FileId(0), text).diagnostics.is_empty())
        .flat_map(|text| constructs(&text))
        .collect();
    let missing: Vec<_> = used.difference(&described).collect();
    assert!(used.len() > 100 && missing.is_empty(), "no checked block of docs/language.md has {missing:?}");
}

/// The texts of all Ansatz files below a folder.
fn files_of(folder: &Path) -> Vec<String> {
    let paths = files::list_folder(folder).into_iter().map(|name| folder.join(name));
    let texts = paths.flat_map(|path| match path.is_dir() {
        true => files_of(&path),
        false if path.extension().is_some_and(|ending| ending == "ansatz") => {
            let bytes = files::read(&path, files::SOURCE_LIMIT).expect("a file of the repository can be read");
            vec![String::from_utf8_lossy(&bytes).into_owned()]
        }
        false => Vec::new(),
    });
    texts.collect()
}

#[test]
fn the_readme_shows_what_works() {
    all_right(README, "README.md", "examples/brackets");
}

#[test]
fn what_stands_beside_other_tools_works() {
    all_right(COMING_FROM, "docs/coming-from.md", "examples");
}

#[test]
fn a_mistake_in_a_block_would_be_found() {
    let wrong = blocks(LANGUAGE)[0].text.replace("heads(1, 0)", "heads(2, 0)");
    assert!(lines(&wrong, "tests/fixtures").iter().any(|line| line.contains("A3030")));
}

/// The functions are named in the first column of the table below `### Functions`.
#[test]
fn every_function_is_described() {
    let (_, rest) = LANGUAGE.split_once("### Functions").expect("the page has a table of functions");
    let rows =
        rest.lines().skip_while(|line| !line.starts_with("|---")).skip(1).take_while(|line| line.starts_with('|'));
    let cells = rows.map(|row| row.split('|').nth(1).unwrap_or_default());
    let described: Vec<&str> =
        cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)).filter_map(|call| call.split('(').next()).collect();
    let once: BTreeSet<&str> = described.iter().copied().collect();
    assert_eq!(once.len(), described.len(), "a function is described twice");
    assert_eq!(once, FUNCTION_NAMES.into_iter().collect());
}

/// The files that the pages name are there.
#[test]
fn links_lead_somewhere() {
    let pages = [
        (README, ""),
        (include_str!("../ARCHITECTURE.md"), ""),
        (include_str!("../CHANGELOG.md"), ""),
        (LANGUAGE, "docs"),
        (COMING_FROM, "docs"),
        (include_str!("../docs/files.md"), "docs"),
        (include_str!("../docs/search-and-acdc.md"), "docs"),
        (include_str!("../docs/reading-a-report.md"), "docs"),
    ];
    for (page, folder) in pages {
        for link in page.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = link.split('#').next().unwrap_or_default();
            if file.is_empty() || file.contains("://") {
                continue;
            }
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder).join(file);
            assert!(path.exists(), "{link} leads nowhere");
        }
    }
}

/// One test at a time rewrites pages.
static WRITING: Mutex<()> = Mutex::new(());

/// Whether what is printed now is to be accepted.
#[expect(clippy::disallowed_methods, reason = "tests are told by the environment what to accept")]
fn blessed() -> bool {
    std::env::var_os("UPDATE_EXPECT").is_some()
}

/// The block of a page that starts with `first` is `real`, or becomes it with `UPDATE_EXPECT=1`.
fn shown(name: &str, first: &str, real: &str) {
    let _guard = WRITING.lock();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    let page = files::read(&path, files::SOURCE_LIMIT).expect("the page can be read");
    let page = String::from_utf8(page).expect("the page is UTF-8");
    let start = page.find(&format!("```text\n{first}")).expect("the page has this block") + "```text\n".len();
    let end = start + page[start..].find("\n```").expect("the block is closed");
    let real = real.trim_end();
    if &page[start..end] == real {
        return;
    }
    assert!(blessed(), "`make bless` puts what is printed now into {name}:\n{real}");
    let text = format!("{}{real}{}", &page[..start], &page[end..]);
    files::write(&path, text.as_bytes()).expect("the page can be written");
}

/// The example with two mistakes: a misspelled name, and an arrow past other components.
#[test]
fn the_diagnostics_shown_are_real() {
    let node = "    node open_a  = heads(0, 0)  computes opens_first\n";
    let text = include_str!("../examples/brackets/claims.ansatz")
        .replacen(node, &format!("    node first   = tokens       computes opens_first\n{node}"), 1)
        .replacen("    open_a  -> gate\n", "    open_a  -> gate\n    first   -> gate\n", 1)
        .replacen("heads(2, 1)  computes never_below", "hedas(2, 1)  computes never_below", 1);
    let (found, sources) = findings("examples/brackets/mine.ansatz", &text, "examples/brackets");
    let style = Style { colour: false, unicode: true };
    let real: String = found.iter().map(|finding| terminal(finding, &sources, style)).collect();
    shown("README.md", "[A1001]", &real);
}

/// On ONNX Runtime, which the page shows, where it is found.
#[test]
fn the_run_shown_is_real() {
    let run = Command::new(env!("CARGO_BIN_EXE_ansatz"))
        .args(["run", "examples/brackets/claims.ansatz"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("the program starts");
    assert_eq!(run.status.code(), Some(0));
    let real = String::from_utf8(run.stdout).expect("results are UTF-8");
    if real.contains("engine onnxruntime") {
        shown("README.md", "hypothesis ", &real);
    }
}
