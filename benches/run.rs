//! What a run costs, in plain forward passes of the same engine over the same strings, and how much
//! memory it takes. Ratios from one run; nothing is asserted.
#![expect(clippy::disallowed_methods, clippy::print_stdout, reason = "a bench reads the clock and files, and prints")]
#![allow(missing_docs, reason = "criterion's macros make items without")]

use ansatz::diagnostics::Diagnostic;
use ansatz::engine::Engine;
use ansatz::engine::onnxruntime::{OnnxRuntime, Search};
use ansatz::engine::reference::Reference;
use ansatz::execute::{Inputs, Pass};
use ansatz::hypothesis::{Checked, Loader, ModelInputs, check};
use ansatz::model::{ByRunning, ModelFile, ShapeProbe, load};
use ansatz::plan::Limits;
use ansatz::run::{Settings, compared, execute, groups};
use ansatz::source::FileId;
use ansatz::syntax::{ast, parse};
use criterion::{Criterion, criterion_group, criterion_main};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// The published-style 1b hypothesis on our model, and its behaviour.
const ONLY: &str = "literal_1b";

struct Files<'a> {
    engine: &'a dyn Engine,
    probe: ByRunning<'a>,
}

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/brackets").join(name)
}

impl Loader for Files<'_> {
    fn model(&self, item: &ast::Model) -> Result<(ModelFile, Vec<Diagnostic>), Vec<Diagnostic>> {
        load(&example(&item.path.value))
    }

    fn data(&self, item: &ast::Data) -> Result<(String, Vec<u8>), Box<Diagnostic>> {
        Ok((item.path.value.clone(), std::fs::read(example(&item.path.value)).expect("the strings are there")))
    }

    fn table(&self, item: &ast::Table) -> Result<(String, Vec<u8>), Box<Diagnostic>> {
        Ok((item.path.value.clone(), std::fs::read(example(&item.path.value)).expect("the table is there")))
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

fn checked(engine: &dyn Engine) -> Checked {
    let text = std::fs::read_to_string(example("claims.ansatz")).expect("the example is there");
    let mut file = parse(FileId(0), &text).file;
    file.hypotheses.retain(|item| item.name.name.text == ONLY);
    file.expects.retain(|item| item.hypothesis.name.text == ONLY);
    let mut findings = Vec::new();
    let checked = check(&file, &Files { engine, probe: ByRunning(engine) }, &mut findings);
    assert!(findings.is_empty(), "the example has no mistakes: {findings:?}");
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

/// The hypothesis over all strings: lowered, drawn, planned, executed, estimated.
fn whole_run(engine: &dyn Engine, checked: &Checked) {
    let limits = Limits { memory: 4 << 30, threads: 1 };
    let settings = Settings { n: Some(usize::MAX), seed: 0, limits, keep_outputs: false, blame: false };
    for group in groups(checked, settings, None).expect("the example can be planned") {
        let done = execute(&group, checked, engine, settings, &|_| {}).expect("the example runs");
        let done = compared(done).expect("one has its baseline");
        assert_eq!(done.len(), 1, "one hypothesis");
    }
}

fn timed(work: &dyn Fn()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

fn ratio(engine: &dyn Engine, checked: &Checked) {
    let pairs: Vec<(Duration, Duration)> =
        (0..5).map(|_| (timed(&|| plain(engine, checked)), timed(&|| whole_run(engine, checked)))).collect();
    let least = |pick: &dyn Fn(&(Duration, Duration)) -> Duration| pairs.iter().map(pick).min().unwrap_or_default();
    let (pass, run) = (least(&|pair| pair.0), least(&|pair| pair.1));
    println!(
        "published-style 1b at n = all strings on {}: {:.3} s, plain forward pass {:.3} s: {:.2} passes (target at most 2.0)",
        engine.name(),
        run.as_secs_f64(),
        pass.as_secs_f64(),
        run.as_secs_f64() / pass.as_secs_f64()
    );
}

/// The most memory that a run of the whole file takes, by the kernel's count.
fn memory() {
    for limit in ["64M", "256M", "4G"] {
        let file = example("claims.ansatz");
        let mut child = Command::new(env!("CARGO_BIN_EXE_ansatz"))
            .args(["run", "--quiet", "--memory", limit, "--threads", "1"])
            .arg(file)
            .stdout(std::process::Stdio::null())
            .spawn()
            .expect("the program starts");
        let status = format!("/proc/{}/status", child.id());
        let mut peak = String::new();
        while child.try_wait().expect("the program ends").is_none() {
            if let Ok(text) = std::fs::read_to_string(&status) {
                let line = text.lines().find(|line| line.starts_with("VmHWM")).map(str::to_owned);
                peak = line.unwrap_or(peak);
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        println!("claims.ansatz with --memory {limit}: {peak} (program, library, model and data included)");
    }
}

fn runs(criterion: &mut Criterion) {
    let engine = engine();
    let checked = checked(engine.as_ref());
    let mut group = criterion.benchmark_group("brackets");
    group.sample_size(10).warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(10));
    group.bench_function("plain forward pass", |bencher| bencher.iter(|| plain(engine.as_ref(), &checked)));
    group.bench_function("published-style 1b", |bencher| bencher.iter(|| whole_run(engine.as_ref(), &checked)));
    group.finish();
    ratio(engine.as_ref(), &checked);
    memory();
}

criterion_group!(benches, runs);
criterion_main!(benches);
