//! What a run costs, in plain forward passes of the same engine over the same strings, and how much
//! memory it takes. Ratios from one run; nothing is asserted.
#![expect(clippy::disallowed_methods, clippy::print_stdout, reason = "a bench reads the clock and files, and prints")]
#![allow(missing_docs, reason = "criterion's macros make items without")]

use ansatz::diagnostics::{Diagnostic, Severity};
use ansatz::elaborate::{Outside, Read, elaborate};
use ansatz::engine::Engine;
use ansatz::engine::onnxruntime::{OnnxRuntime, Search};
use ansatz::engine::reference::Reference;
use ansatz::execute::{Inputs, Pass};
use ansatz::hypothesis::{Checked, Loader, ModelInputs, check};
use ansatz::model::{ByRunning, ModelFile, ShapeProbe, load, modules};
use ansatz::plan::Limits;
use ansatz::run::{DEFAULT_BUDGET, Settings, compared, execute, groups};
use ansatz::source::{SourceFile, Sources};
use ansatz::syntax::{ast, parse};
use criterion::{Criterion, criterion_group, criterion_main};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// A hypothesis to be measured: where it stands, and what is bound to names of its file.
struct Subject {
    title: &'static str,
    file: &'static str,
    hypothesis: &'static str,
    models: Vec<(&'static str, PathBuf)>,
    data: Vec<(&'static str, PathBuf)>,
    /// The passes aimed at, where there is an aim.
    target: Option<f64>,
}

impl Subject {
    fn ours(title: &'static str, file: &'static str, hypothesis: &'static str, target: Option<f64>) -> Self {
        Self { title, file, hypothesis, models: Vec::new(), data: Vec::new(), target }
    }

    /// Experiment 4 of the published model. It is measured where `ANSATZ_PUBLISHED_BRACKETS` names the folder of the
    /// published `brackets.onnx` and `parens.npz`, and `ANSATZ_PUBLISHED_TABLES` that of `phi.npz` and `adjusted.npz`,
    /// which `examples/brackets/tables.py` writes.
    fn published() -> Option<Self> {
        let folder = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let (Some(model), Some(tables)) = (folder("ANSATZ_PUBLISHED_BRACKETS"), folder("ANSATZ_PUBLISHED_TABLES"))
        else {
            println!(
                "ANSATZ_PUBLISHED_BRACKETS, ANSATZ_PUBLISHED_TABLES: not set, the published experiment 4 is left out"
            );
            return None;
        };
        let mut found = Self::ours("published experiment 4", "published.ansatz", "exp_4", Some(6.0));
        found.models = vec![("bracket", model.join("brackets.onnx"))];
        found.data = vec![
            ("parens", model.join("parens.npz")),
            ("phi", tables.join("phi.npz")),
            ("adjusted", tables.join("adjusted.npz")),
        ];
        Some(found)
    }

    /// A file that runs this hypothesis alone.
    fn text(&self) -> String {
        let file = example(self.file);
        format!("use \"{}\"\nexpect {} {{\n    recovered(loss) < 2\n}}\n", file.display(), self.hypothesis)
    }

    /// The path bound to a name, or the one that stands in the file.
    fn path(&self, name: &str, written: &str) -> PathBuf {
        let bound = self.models.iter().chain(&self.data).find(|(bound, _)| *bound == name);
        bound.map_or_else(|| example(written), |(_, path)| path.clone())
    }
}

struct Files<'a> {
    subject: &'a Subject,
    engine: &'a dyn Engine,
    probe: ByRunning<'a>,
}

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/brackets").join(name)
}

impl Outside for Files<'_> {
    fn read(&self, path: &Path) -> Result<Read, Box<Diagnostic>> {
        let (whole, name) = (example(&path.display().to_string()), path.display().to_string());
        let bytes = std::fs::read(&whole).expect("the example is there");
        Ok(Read { identity: whole.display().to_string(), name, bytes })
    }

    fn main_identity(&self) -> String {
        "the main file".to_owned()
    }

    fn modules(&self, model: &ast::Model) -> Option<Vec<String>> {
        let (file, _) = self.model(model).ok()?;
        Some(modules(&file.graph).into_iter().collect())
    }

    fn inputs(&self, model: &ast::Model) -> Option<Vec<String>> {
        let (file, _) = self.model(model).ok()?;
        Some(file.graph.input_names().map(str::to_owned).collect())
    }
}

impl Loader for Files<'_> {
    fn model(&self, item: &ast::Model) -> Result<(ModelFile, Vec<Diagnostic>), Vec<Diagnostic>> {
        load(&self.subject.path(&item.name.text, &item.path.value))
    }

    fn data(&self, item: &ast::Data) -> Result<(String, Vec<u8>), Box<Diagnostic>> {
        let path = self.subject.path(&item.name.text, &item.path.value);
        Ok((path.display().to_string(), std::fs::read(path).expect("the strings are there")))
    }

    fn table(&self, item: &ast::Table) -> Result<(String, Vec<u8>), Box<Diagnostic>> {
        let path = self.subject.path(&item.name.text, &item.path.value);
        Ok((path.display().to_string(), std::fs::read(path).expect("the table is there")))
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

fn engine() -> Box<dyn Engine> {
    let library = std::env::var_os("ORT_DYLIB_PATH").map(PathBuf::from);
    let working_folder = Some(PathBuf::from(env!("CARGO_MANIFEST_DIR")));
    match OnnxRuntime::find(&Search { library, working_folder, ..Search::default() }) {
        Ok(found) => Box::new(found),
        Err(_) => Box::new(Reference::new()),
    }
}

/// The hypothesis of a subject, and no other.
fn checked(engine: &dyn Engine, subject: &Subject) -> Checked {
    let files = Files { subject, engine, probe: ByRunning(engine) };
    let mut sources = Sources::new();
    let text = subject.text();
    let main = sources.add(SourceFile::new("bench.ansatz", &text));
    let parsed = parse(main, &text);
    let mut findings = parsed.diagnostics.clone();
    let elaborated = elaborate(main, &parsed.file, &[], &files, &mut sources, &mut findings);
    let checked = check(&elaborated, &files, &mut findings);
    // The published strings have classes of one member.
    findings.retain(|finding| finding.severity == Severity::Error && finding.code.id != "A7001");
    assert!(findings.is_empty(), "the example has no mistakes: {findings:?}");
    assert_eq!(checked.hypotheses.len(), 1, "one hypothesis is measured");
    checked
}

/// One plain forward pass over all strings.
fn plain(engine: &dyn Engine, checked: &Checked) {
    let model = checked.models[0].as_ref().expect("the model is bound");
    let dataset = checked.datasets[0].as_ref().expect("the strings are loaded");
    let dtype = ansatz::engine::DType::I64;
    let columns = model.inputs.iter().map(|input| (input.tensor, (input.name.clone(), dtype))).collect();
    let inputs = ModelInputs { datasets: vec![dataset], columns };
    let (graph, outputs) = (&model.model.graph, [model.outputs[0].tensor]);
    let pass = Pass { engine, graph, outputs: &outputs, batch: 128, threads: 1, progress: &|_| {} };
    let feeds = |items: &[usize]| {
        let rows: Vec<u32> = items.iter().map(|item| u32::try_from(*item).expect("few rows")).collect();
        Ok(graph.inputs.iter().map(|input| (input.tensor, inputs.value(input.tensor, &rows))).collect())
    };
    pass.run(dataset.rows, &|row| row, &feeds, &|_, outputs| Ok(outputs.len()), &mut |_, _| {})
        .expect("the model runs");
}

/// The hypothesis over all strings: lowered, drawn, planned, executed, estimated; with all that a report says
/// besides, or without.
fn whole_run(engine: &dyn Engine, checked: &Checked, is_full: bool) {
    let limits = Limits { memory: 4 << 30, threads: 1 };
    let settings = Settings {
        n: Some(usize::MAX),
        budget: DEFAULT_BUDGET,
        seed: 0,
        limits,
        keep_outputs: false,
        blame: is_full,
        reference_points: is_full,
        panel: false,
    };
    let groups = groups(checked, settings, None).expect("the example can be planned");
    let done = execute(&groups, checked, engine, settings, &|_| {}).expect("the example runs");
    let done = compared(done).expect("one has its baseline");
    assert_eq!(done.len(), 1, "one hypothesis");
}

fn timed(work: &dyn Fn()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

/// The least time of some runs over all strings, in the least time of a plain forward pass.
fn ratio(engine: &dyn Engine, subject: &Subject, repeats: usize) {
    let checked = checked(engine, subject);
    let pairs: Vec<(Duration, Duration)> = (0..repeats)
        .map(|_| (timed(&|| plain(engine, &checked)), timed(&|| whole_run(engine, &checked, false))))
        .collect();
    let least = |pick: &dyn Fn(&(Duration, Duration)) -> Duration| pairs.iter().map(pick).min().unwrap_or_default();
    let (pass, run) = (least(&|pair| pair.0), least(&|pair| pair.1));
    println!(
        "{} at n = all strings on {}: {:.3} s, plain forward pass {:.3} s: {:.2} passes{}",
        subject.title,
        engine.name(),
        run.as_secs_f64(),
        pass.as_secs_f64(),
        run.as_secs_f64() / pass.as_secs_f64(),
        subject.target.map_or_else(String::new, |most| format!(" (target at most {most:.1})"))
    );
}

/// What blame and reference points take beside the run itself.
fn report(engine: &dyn Engine, subject: &Subject, repeats: usize) {
    let checked = checked(engine, subject);
    let least = |is_full: bool| {
        let times = (0..repeats).map(|_| timed(&|| whole_run(engine, &checked, is_full)));
        times.min().unwrap_or_default().as_secs_f64()
    };
    let (run, full) = (least(false), least(true));
    println!(
        "{} with panel, blame and reference points: {:.3} s, {:.2} of a run more (target at most 1.0)",
        subject.title,
        full,
        full / run - 1.0
    );
}

/// The most memory that runs of a file over all strings take, by the kernel's count.
fn memory(title: &str, subject: &Subject, file: &Path, limits: &[&str]) {
    let bound = |(name, path): &(&str, PathBuf)| format!("{name}={}", path.display());
    for limit in limits {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ansatz"));
        command.args(["run", "--quiet", "--memory", limit, "--threads", "1", "--n", "1000000", "--allow", "A7001"]);
        command.args(subject.models.iter().flat_map(|model| ["--model".to_owned(), bound(model)]));
        command.args(subject.data.iter().flat_map(|data| ["--data".to_owned(), bound(data)]));
        let start = Instant::now();
        let mut child = command.arg(file).stdout(std::process::Stdio::null()).spawn().expect("the program starts");
        let status = format!("/proc/{}/status", child.id());
        let mut peak = String::new();
        let ended = loop {
            if let Some(ended) = child.try_wait().expect("the program ends") {
                break ended;
            }
            if let Ok(text) = std::fs::read_to_string(&status) {
                let line = text.lines().find(|line| line.starts_with("VmHWM")).map(str::to_owned);
                peak = line.unwrap_or(peak);
            }
            std::thread::sleep(Duration::from_millis(5));
        };
        assert!(ended.success(), "{title} with --memory {limit} ends with {ended}");
        let time = start.elapsed().as_secs_f64();
        println!("{title} with --memory {limit}: {peak} (program, library, model and data included), {time:.1} s");
    }
}

/// The same for one hypothesis alone.
fn memory_of_one(subject: &Subject, limits: &[&str]) {
    let file = std::env::temp_dir().join(format!("ansatz-bench-{}.ansatz", std::process::id()));
    std::fs::write(&file, subject.text()).expect("the temporary folder can be written");
    memory(subject.title, subject, &file, limits);
    let _ = std::fs::remove_file(&file);
}

fn runs(criterion: &mut Criterion) {
    let engine = engine();
    let first = Subject::ours("published-style 1b", "claims.ansatz", "literal_1b", Some(2.0));
    let checked = checked(engine.as_ref(), &first);
    let mut group = criterion.benchmark_group("brackets");
    group.sample_size(10).warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(10));
    group.bench_function("plain forward pass", |bencher| bencher.iter(|| plain(engine.as_ref(), &checked)));
    group.bench_function("published-style 1b", |bencher| bencher.iter(|| whole_run(engine.as_ref(), &checked, false)));
    group.finish();
    ratio(engine.as_ref(), &first, 5);
    report(engine.as_ref(), &first, 5);
    memory("claims.ansatz", &first, &example(first.file), &["64M", "256M", "4G"]);
    let deepest = Subject::ours("brackets experiment 4, ours", "deeper.ansatz", "both", None);
    for subject in [Subject::published(), Some(deepest)].into_iter().flatten() {
        ratio(engine.as_ref(), &subject, 1);
        memory_of_one(&subject, &["4G"]);
    }
}

criterion_group!(benches, runs);
criterion_main!(benches);
