//! A hypothesis through the public stages: unfold, lower, draw, plan, run.

use super::case::Case;
use super::estimates::TestEstimator;
use super::scores::{FunctionScore, mixed};
use super::scrub::DrawKey;
use ansatz::engine::Engine;
use ansatz::execute::{Behaviour, Executor, Observed, Score, Scrubbed, Work};
use ansatz::hypothesis::Hypothesis;
use ansatz::lower::{Ground, Program, Role, Rule, Walks, lower, treeify};
use ansatz::model::{Dependence, TensorId};
use ansatz::plan::{Item, Limits, Plan, plan};
use ansatz::sample::{Materials, Rows, draw, references};
use std::collections::BTreeMap;

/// A hypothesis with its draws, ready to be planned and run.
#[derive(Debug, Clone)]
pub struct Prepared {
    pub hypothesis: Hypothesis,
    pub program: Program,
    pub draws: Rows,
}

/// How a run is cut, beyond what the planner chooses.
#[derive(Debug, Clone, Copy)]
pub struct Cuts {
    pub memory: u64,
    pub threads: usize,
    /// References of one batch, if not as planned.
    pub batch: Option<usize>,
    /// References of one chunk, each with a store of its own, if not as planned.
    pub chunk: Option<usize>,
}

/// As much as anything needs, on one thread.
pub const AMPLE: Cuts = Cuts { memory: 1 << 30, threads: 1, batch: None, chunk: None };

/// Unfolds, lowers and draws.
pub fn prepare(case: &Case, hypothesis: &Hypothesis, n: usize, seed: u64) -> Prepared {
    prepare_on(case, hypothesis, &references(seed, case.rows(), n), seed)
}

/// The same on given references.
pub fn prepare_on(case: &Case, hypothesis: &Hypothesis, references: &[u32], seed: u64) -> Prepared {
    let shape = |tensor: TensorId| Some(case.shape(tensor));
    let dependence = Dependence::new(&case.graph, &shape);
    let ground = Ground { map: case.map(), dependence: &dependence };
    let walks = Walks::new(ground, hypothesis);
    let tree = treeify(ground, hypothesis, &walks).expect("test hypotheses are small");
    let (rows, classes, pairs) = (case.rows_by_data(), case.features.table(), case.pairs(hypothesis));
    let draws = draw(&tree, references, Materials { seed, rows: &rows, classes: &classes, pairs: &pairs });
    Prepared { hypothesis: hypothesis.clone(), program: lower(ground, hypothesis, &walks, tree), draws }
}

impl Prepared {
    /// The rows of each draw by what it is for; no two draws are for the same.
    pub fn by_key(&self) -> BTreeMap<DrawKey, Vec<u32>> {
        let mut found = BTreeMap::new();
        for (index, draw) in self.program.tree.draws.iter().enumerate() {
            let role = match (draw.role, &draw.rule) {
                (Role::Reference, _) | (_, Rule::Reference) => continue,
                (role, _) => role.word(),
            };
            for (at, tuple) in self.program.tree.space(draw.space).tuples.iter().enumerate() {
                let key = DrawKey { role, occurrence: draw.occurrence.clone(), positions: tuple.clone() };
                let twice = found.insert(key.clone(), self.draws.column(index, at));
                assert!(twice.is_none(), "two draws have one key: {key:?}");
            }
        }
        found
    }

    pub fn item(&self) -> Item<'_> {
        Item {
            name: &self.hypothesis.name,
            program: &self.program,
            draws: &self.draws,
            outputs: &self.hypothesis.outputs,
            keep_outputs: true,
            reads_clean: false,
            baseline: None,
        }
    }
}

/// Plans and runs one hypothesis with a behaviour in which any number will do.
pub fn run(case: &Case, prepared: &Prepared, engine: &dyn Engine, cuts: Cuts) -> Scrubbed {
    let score = FunctionScore::new(case.rows(), mixed);
    observe(case, &[prepared], &score, engine, cuts).scrubbed.remove(0)
}

/// Plans and runs some hypotheses about one behaviour, which reads the outputs of the first.
pub fn observe(case: &Case, prepared: &[&Prepared], score: &dyn Score, engine: &dyn Engine, cuts: Cuts) -> Observed {
    with_works(case, prepared, score, cuts, |plan, behaviours, works| {
        executor(case, engine, cuts.threads).run(plan, behaviours, works)
    })
}

/// Plans one hypothesis and runs its references in stages that end at these ordinals.
pub fn staged(case: &Case, prepared: &Prepared, engine: &dyn Engine, cuts: Cuts, ends: &[usize]) -> Scrubbed {
    let score = FunctionScore::new(case.rows(), mixed);
    with_works(case, &[prepared], &score, cuts, |plan, behaviours, works| {
        let executor = executor(case, engine, cuts.threads);
        let begun = executor.begin(plan, behaviours, works)?;
        let mut all = executor.scrub(&begun, plan, (0, &works[0]), 0..0)?;
        let mut start = 0;
        for end in ends.iter().copied().chain([works[0].item.draws.references()]) {
            all.append(executor.scrub(&begun, plan, (0, &works[0]), start..end)?);
            start = end;
        }
        Ok(all)
    })
}

fn with_works<T>(
    case: &Case,
    prepared: &[&Prepared],
    score: &dyn Score,
    cuts: Cuts,
    run: impl FnOnce(&Plan, &[Behaviour<'_>], &[Work<'_>]) -> Result<T, Box<ansatz::diagnostics::Diagnostic>>,
) -> T {
    let plan = try_plan(case, prepared, cuts).expect("the memory is enough for two rows");
    let outputs: &[TensorId] = prepared.first().map_or(&[], |prepared| &prepared.hypothesis.outputs);
    let behaviours = [Behaviour { score, outputs, pairs: &[] }];
    let classes = case.features.table();
    let works: Vec<Work<'_>> = prepared
        .iter()
        .map(|prepared| Work {
            item: prepared.item(),
            score,
            behaviour: 0,
            classes: &classes,
            estimator: Some(&TestEstimator),
        })
        .collect();
    run(&plan, &behaviours, &works).map_err(|fault| fault.message).expect("the run succeeds")
}

/// The plan of one hypothesis.
pub fn plan_for(case: &Case, prepared: &Prepared, cuts: Cuts) -> Plan {
    try_plan(case, &[prepared], cuts).expect("the memory is enough for two rows")
}

/// The plan of some hypotheses; `None` if the memory does not hold two rows.
pub fn try_plan(case: &Case, prepared: &[&Prepared], cuts: Cuts) -> Option<Plan> {
    let items: Vec<Item<'_>> = prepared.iter().map(|prepared| prepared.item()).collect();
    let limits = Limits { memory: cuts.memory, threads: cuts.threads };
    let mut plan = plan(case.map(), &items, case.rows(), limits).ok()?;
    cut(&mut plan, cuts);
    Some(plan)
}

pub fn executor<'a>(case: &'a Case, engine: &'a dyn Engine, threads: usize) -> Executor<'a> {
    Executor { map: case.map(), engine, inputs: &case.data, threads, progress: &|_| {} }
}

fn cut(plan: &mut Plan, cuts: Cuts) {
    if let Some(batch) = cuts.batch {
        plan.clean_batch = batch;
    }
    for hypothesis in &mut plan.hypotheses {
        hypothesis.batch = cuts.batch.unwrap_or(hypothesis.batch);
        hypothesis.chunk = cuts.chunk.unwrap_or(hypothesis.chunk);
    }
    plan.resident = plan.resident && cuts.chunk.is_none();
}
