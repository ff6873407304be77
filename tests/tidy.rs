//! The shape of the source: which module may use which, how long files are, and words that have no
//! place in a library.

#[path = "support/checking.rs"]
mod checking;

use checking::{files_below, read};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Every module with the modules that it uses, from the text to the screen. Two that use each
/// other: `diagnostics` shows facts of `model` and types of `data`; `model` asks an `engine` for
/// dims, which runs its graphs; `lower` unfolds claims of `hypothesis`, which binds with its reach;
/// `plan` counts with the store of `execute`, which carries plans out.
const EDGES: &[(&str, &[&str])] = &[
    ("source", &[]),
    ("diagnostics", &["data", "model", "source"]),
    ("files", &["diagnostics"]),
    ("syntax", &["diagnostics", "source"]),
    ("format", &["diagnostics", "source", "syntax"]),
    ("fixing", &["diagnostics", "source", "syntax"]),
    ("lints", &["diagnostics", "source", "syntax"]),
    ("data", &["diagnostics", "source"]),
    ("model", &["diagnostics", "engine", "files"]),
    ("engine", &["diagnostics", "files", "model"]),
    ("feature", &["data", "diagnostics", "source", "syntax"]),
    ("elaborate", &["diagnostics", "feature", "source", "syntax"]),
    ("random", &[]),
    ("recognise", &["diagnostics", "elaborate", "engine", "format", "hypothesis", "model", "source", "syntax"]),
    ("generate", &["data", "diagnostics", "elaborate", "feature", "random", "source", "syntax"]),
    (
        "hypothesis",
        &[
            "data",
            "diagnostics",
            "elaborate",
            "engine",
            "estimate",
            "execute",
            "feature",
            "generate",
            "lower",
            "model",
            "source",
            "syntax",
        ],
    ),
    ("lower", &["hypothesis", "model"]),
    ("sample", &["hypothesis", "lower", "random"]),
    ("plan", &["diagnostics", "engine", "execute", "lower", "model", "sample"]),
    ("execute", &["diagnostics", "engine", "estimate", "hypothesis", "lower", "model", "plan", "sample"]),
    ("vary", &["data", "feature", "hypothesis", "lower", "model", "sample", "source"]),
    ("estimate", &["syntax"]),
    ("replay", &["data", "diagnostics", "lower", "sample"]),
    (
        "run",
        &[
            "data",
            "diagnostics",
            "engine",
            "estimate",
            "execute",
            "feature",
            "hypothesis",
            "lower",
            "model",
            "plan",
            "replay",
            "sample",
            "vary",
        ],
    ),
    (
        "validate",
        &[
            "data",
            "diagnostics",
            "engine",
            "estimate",
            "execute",
            "feature",
            "hypothesis",
            "lower",
            "model",
            "plan",
            "run",
            "sample",
            "source",
        ],
    ),
    ("meaning", &["data", "feature", "hypothesis", "lower", "model", "source", "syntax"]),
    ("diff", &["diagnostics", "estimate", "hypothesis", "meaning", "report", "run", "source"]),
    ("lock", &["diagnostics", "meaning", "report", "source"]),
    ("page", &["diagnostics", "report"]),
    (
        "search",
        &[
            "data",
            "diagnostics",
            "elaborate",
            "engine",
            "estimate",
            "hypothesis",
            "plan",
            "report",
            "run",
            "sample",
            "source",
            "syntax",
        ],
    ),
    ("report", &["data", "diagnostics", "estimate", "hypothesis", "model", "run", "source", "validate", "vary"]),
    (
        "calibrate",
        &[
            "data",
            "diagnostics",
            "elaborate",
            "engine",
            "estimate",
            "hypothesis",
            "model",
            "plan",
            "random",
            "report",
            "run",
            "syntax",
            "validate",
        ],
    ),
    (
        "lsp",
        &[
            "data",
            "diagnostics",
            "elaborate",
            "engine",
            "feature",
            "files",
            "format",
            "hypothesis",
            "lints",
            "model",
            "source",
            "syntax",
        ],
    ),
    (
        "cli",
        &[
            "calibrate",
            "data",
            "diagnostics",
            "diff",
            "elaborate",
            "engine",
            "estimate",
            "files",
            "fixing",
            "format",
            "hypothesis",
            "lints",
            "lock",
            "lsp",
            "meaning",
            "model",
            "page",
            "plan",
            "recognise",
            "replay",
            "report",
            "run",
            "search",
            "source",
            "syntax",
            "validate",
        ],
    ),
];

/// Lines that a source file has at most.
const MOST_LINES: usize = 500;
/// Files with more lines are listed.
const MANY_LINES: usize = 400;
/// The messages of one area, the schema of ONNX and the list of all rules are long by nature.
const LONG_BY_NATURE: [&str; 3] = ["src/diagnostics/messages", "src/model/onnx.rs", "src/syntax/kind.rs"];

const NEVER: [&str; 6] = ["todo!", "dbg!", "unimplemented!", "println!", "eprintln!", "print!("];

fn sources() -> Vec<PathBuf> {
    files_below(Path::new("src"), ".rs")
}

#[test]
fn modules_use_what_the_table_says() {
    let modules: BTreeSet<&str> = EDGES.iter().map(|(module, _)| *module).collect();
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for path in sources() {
        let Some(module) = module_of(&path) else { continue };
        assert!(modules.contains(module.as_str()), "the table lacks {module}");
        let used = used(&read(&path)).into_iter().filter(|used| modules.contains(used.as_str()) && *used != module);
        found.entry(module.clone()).or_default().extend(used);
    }
    for (module, wanted) in EDGES {
        let wanted: BTreeSet<String> = wanted.iter().map(|used| (*used).to_owned()).collect();
        assert_eq!(found.get(*module), Some(&wanted), "what {module} uses");
    }
}

/// `src/model/load.rs` and `src/model.rs` are of `model`; the roots are of none.
fn module_of(path: &Path) -> Option<String> {
    let first = path.components().nth(1)?.as_os_str().to_str()?;
    let name = first.strip_suffix(".rs").unwrap_or(first);
    (name != "lib" && name != "main").then(|| name.to_owned())
}

/// The first names behind `crate::` in code; comments do not count.
fn used(text: &str) -> BTreeSet<String> {
    let code: String =
        text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n");
    let mut found = BTreeSet::new();
    for rest in code.split("crate::").skip(1) {
        match rest.strip_prefix('{') {
            Some(group) => found.extend(group_names(group)),
            None => found.extend([name(rest)]),
        }
    }
    found
}

/// The first names of a group such as `a::{b, c}, d}`.
fn group_names(group: &str) -> Vec<String> {
    let mut names = Vec::new();
    let (mut depth, mut start) = (0_usize, true);
    for (at, character) in group.char_indices() {
        match character {
            '}' if depth == 0 => break,
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => start = true,
            character if start && !character.is_whitespace() => {
                names.push(name(&group[at..]));
                start = false;
            }
            _ => {}
        }
    }
    names
}

fn name(text: &str) -> String {
    text.chars().take_while(|character| character.is_alphanumeric() || *character == '_').collect()
}

#[test]
fn groups_of_uses_are_read() {
    let text = "use crate::{a::{b, c}, d, e::f};\nlet x = crate::g::h(); // crate::i\n";
    assert_eq!(used(text).into_iter().collect::<Vec<_>>(), ["a", "d", "e", "g"]);
}

#[test]
fn files_are_short() {
    let mut too_long = Vec::new();
    for path in sources().into_iter().filter(|path| !LONG_BY_NATURE.iter().any(|long| path.starts_with(long))) {
        let lines = read(&path).lines().count();
        if lines > MANY_LINES {
            println!("{} has {lines} lines", path.display());
        }
        if lines > MOST_LINES {
            too_long.push(path);
        }
    }
    assert!(too_long.is_empty(), "{too_long:?} have more than {MOST_LINES} lines");
}

#[test]
fn nothing_unfinished_and_no_stray_output() {
    for path in sources() {
        for (line, text) in (1..).zip(read(&path).lines()) {
            for word in NEVER {
                assert!(!text.contains(word), "{}:{line} has {word}", path.display());
            }
        }
    }
}
