//! What checking costs while somebody writes: a file of 300 lines about GPT-2 small, again and again, with the model
//! and the data read once. CPU time of this thread; nothing is asserted.
//!
//! The graph is that of `gpt2-small.onnx`, whose weights are zeros ([`gpt2_small.py`](gpt2_small.py)).
#![expect(clippy::disallowed_methods, clippy::print_stdout, reason = "a bench reads files and prints")]
#![allow(missing_docs, reason = "criterion's macros make items without")]

use ansatz::diagnostics::{Diagnostic, settle};
use ansatz::elaborate::{Outside, Read, elaborate};
use ansatz::engine::Engine;
use ansatz::engine::reference::Reference;
use ansatz::hypothesis::{Loader, check};
use ansatz::model::{ByRunning, ModelFile, ShapeProbe, load, modules};
use ansatz::source::{SourceFile, Sources};
use ansatz::syntax::{ast, parse};
use criterion::{Criterion, criterion_group, criterion_main};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

const LINES: usize = 300;
const LAYERS: usize = 12;
const ROWS: usize = 256;
const LENGTH: usize = 64;
/// Bytes of the largest weight.
const LARGEST: u64 = 50_257 * 768 * 4;
const TIMES: u32 = 5;

const HEAD: &str = r#"//! GPT-2 small.

model gpt = onnx("gpt2-small.onnx") as std.transformer.gpt2 {
    dim pos = 64
}

data rows for gpt = jsonl("rows.jsonl") {
    tokens = "input_ids"
}

feature next   : token[pos] = shift(tokens, -1, 0)
feature before : token[pos] = shift(tokens, 1, 0)
feature same   : int        = count(tokens == 0)
feature parity : bool       = same % 2 == 0
feature few    : bool       = same < 10

/// Of the next token, at all positions but the last.
behaviour loss : real[pos] where position(pos) < length(pos) - 1 = cross_entropy(logits, next)
"#;

/// Claims about heads of one layer after another, each with its expectation, up to the length that is measured.
fn text() -> String {
    let mut text = HEAD.to_owned();
    let mut claim = 0;
    while text.lines().count() + 18 <= LINES {
        let layer = 4 + claim % (LAYERS - 4);
        let heads = |layer: usize| {
            let one = |at: usize| format!("heads({layer}, {})", (claim + 4 * at) % 12);
            [one(0), one(1), one(2)].join(" + ")
        };
        let (late, early, block) = (heads(layer), heads(layer - 2), layer - 1);
        write!(
            text,
            r"
/// Heads of layer {layer} read those of an earlier one, and the tokens.
hypothesis claim_{claim} explains loss {{
    unclaimed exact
    draw other
    unclaimed other for late.k
    node late  = {late}  computes exact
    node early = {early}  computes parity
    node token = embed  computes before
    node block = mlp({block})  computes few

    late  ~> loss
    token -> late.k
    early -> late.k
    block -> late.k
}}
expect claim_{claim} {{
    recovered(loss) > 0.{}
}}
",
            1 + claim % 9
        )
        .expect("text grows");
        claim += 1;
    }
    text
}

/// Rows of few tokens, so that classes have many members.
fn rows() -> Vec<u8> {
    let mut text = String::new();
    for row in 0..ROWS {
        let tokens: Vec<String> = (0..LENGTH).map(|at| ((row * 7 + at * at + row * at / 3) % 6).to_string()).collect();
        writeln!(text, "{{\"input_ids\": [{}]}}", tokens.join(", ")).expect("text grows");
    }
    text.into_bytes()
}

/// The model and the data, read once.
struct Kept<'a> {
    model: ModelFile,
    rows: Vec<u8>,
    engine: &'a Reference,
    probe: ByRunning<'a>,
}

impl Outside for Kept<'_> {
    fn read(&self, path: &Path) -> Result<Read, Box<Diagnostic>> {
        unreachable!("the file uses no other: {}", path.display())
    }

    fn main_identity(&self) -> String {
        "the main file".to_owned()
    }

    fn modules(&self, _: &ast::Model) -> Option<Vec<String>> {
        Some(modules(&self.model.graph).into_iter().collect())
    }

    fn inputs(&self, _: &ast::Model) -> Option<Vec<String>> {
        Some(self.model.graph.input_names().map(str::to_owned).collect())
    }
}

impl Loader for Kept<'_> {
    fn model(&self, _: &ast::Model) -> Result<(ModelFile, Vec<Diagnostic>), Vec<Diagnostic>> {
        Ok((self.model.clone(), Vec::new()))
    }

    fn data(&self, _: &ast::Data) -> Result<(String, Vec<u8>), Box<Diagnostic>> {
        Ok(("rows.jsonl".to_owned(), self.rows.clone()))
    }

    fn table(&self, item: &ast::Table) -> Result<(String, Vec<u8>), Box<Diagnostic>> {
        unreachable!("the file has no table: {}", item.name.text)
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

/// Everything that `ansatz check` does with a text; gives the number of hypotheses.
fn checked(text: &str, kept: &Kept) -> usize {
    let mut sources = Sources::new();
    let main = sources.add(SourceFile::new("bench.ansatz", text));
    let parsed = parse(main, text);
    let mut findings = parsed.diagnostics.clone();
    let elaborated = elaborate(main, &parsed.file, &[], kept, &mut sources, &mut findings);
    let checked = check(&elaborated, kept, &mut findings);
    settle(&mut findings, &sources);
    assert!(findings.is_empty(), "the file has no mistakes: {:?}", findings.first());
    checked.hypotheses.len()
}

/// The graph beside a file of zeros for its weights; the file takes no room on the disk.
fn model() -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let graph = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/gpt2-small.onnx");
    std::fs::copy(graph, folder.join("gpt2-small.onnx")).expect("the graph can be copied");
    let zeros = std::fs::File::create(folder.join("zeros.bin")).expect("a file can be made");
    zeros.set_len(LARGEST).expect("a file can be long");
    folder.join("gpt2-small.onnx")
}

/// CPU time of this thread so far, in seconds; `None` where the system does not tell.
fn cpu() -> Option<f64> {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(told.split_whitespace().next()?.parse::<f64>().ok()? / 1e9)
}

fn measure(criterion: &mut Criterion) {
    let engine = Reference::new();
    let before = cpu();
    let (model, _) = load(&model()).expect("the graph of GPT-2 small is a model");
    let kept = Kept { model, rows: rows(), engine: &engine, probe: ByRunning(&engine) };
    let text = text();
    let count = checked(&text, &kept);
    let loaded = cpu();
    for _ in 0..TIMES {
        checked(&text, &kept);
    }
    if let (Some(before), Some(loaded), Some(after)) = (before, loaded, cpu()) {
        println!(
            "{} lines, {count} hypotheses about {} operators: {:.0} ms of CPU with reading the model, {:.0} ms each time after that",
            text.lines().count(),
            kept.model.graph.nodes.len(),
            (loaded - before) * 1e3,
            (after - loaded) * 1e3 / f64::from(TIMES),
        );
    }
    let mut group = criterion.benchmark_group("check");
    group.sample_size(10);
    group.bench_function("gpt2-small, 300 lines", |bencher| bencher.iter(|| checked(&text, &kept)));
    group.finish();
}

criterion_group!(benches, measure);
criterion_main!(benches);
