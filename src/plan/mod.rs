//! The plan: what will be computed, in which pieces, and what it costs. All of it is known before
//! anything runs, and what it says is what the run then uses. The plan chooses where values are
//! kept and how batches are cut; it changes no draw and no number.

mod cost;

use crate::diagnostics::Diagnostic;
use crate::diagnostics::messages::planning as messages;
use crate::engine::DType;
use crate::execute::Capture;
use crate::lower::{DrawId, Fill, Map, Program, Source, row_shape};
use crate::model::{FactDim, Region, TensorId};
use crate::sample::Rows;
pub use cost::{cone, flops, peak};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// What the user allows.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes for captured values and for values at work, weights and data aside.
    pub memory: u64,
    pub threads: usize,
}

impl Limits {
    /// What captured values may take: values at work need little, and captures that all fit are
    /// computed once.
    fn store(self) -> u64 {
        self.memory / 5 * 4
    }
}

/// One hypothesis to plan for.
#[derive(Debug, Clone, Copy)]
pub struct Item<'a> {
    pub name: &'a str,
    pub program: &'a Program,
    pub draws: &'a Rows,
    /// The outputs that its behaviour reads.
    pub outputs: &'a [TensorId],
    /// Whether outputs are kept for each example, clean and scrubbed.
    pub keep_outputs: bool,
    /// Whether the behaviour reads outputs of the untouched model on the reference.
    pub reads_clean: bool,
    /// Whether other numbers are measured beside the behaviour, against outputs of the untouched model.
    pub side: bool,
    /// The draw of the row that the baseline `shuffled` pairs each reference with, if it is sampled.
    pub baseline: Option<DrawId>,
}

/// The plan for all hypotheses about one model on one dataset.
#[derive(Debug, Clone, Serialize)]
pub struct Plan {
    /// Rows of the dataset: each gets one clean pass, for the baseline.
    pub rows: usize,
    /// Rows of one batch of the clean pass.
    pub clean_batch: usize,
    /// Floating-point operations of one plain forward pass of one row.
    pub forward_flops: u64,
    /// True if all captured values of all hypotheses are kept at once, so that each row is
    /// computed once; otherwise each hypothesis works through its references in chunks.
    pub resident: bool,
    pub hypotheses: Vec<HypothesisPlan>,
    /// The most bytes held at once, as predicted: captures and values at work.
    pub memory_bytes: u64,
    #[serde(skip)]
    pub captures: Vec<Capture>,
    #[serde(skip)]
    pub captured_rows: Vec<u32>,
}

/// The plan for one hypothesis.
#[derive(Debug, Clone, Serialize)]
pub struct HypothesisPlan {
    pub name: String,
    pub references: usize,
    /// Visits of the unfolded hypothesis, the root among them.
    pub visits: usize,
    /// Random choices for each reference.
    pub draws: usize,
    /// Copied operators.
    pub operators: usize,
    /// Distinct dataset rows whose clean values are gathered.
    pub rows: usize,
    /// Captured bytes for each row.
    pub row_bytes: u64,
    /// References of one batch.
    pub batch: usize,
    /// References whose captures are held at once.
    pub chunk: usize,
    /// Where positions mix, so that a value is computed once for each of them.
    pub expansions: Vec<ExpansionPlan>,
    /// Floating-point operations of the copied operators for one reference.
    pub flops: u64,
    /// Work in plain forward passes over the references, the clean pass of the baseline included.
    pub passes: f64,
    /// The same for one full pass for each draw and each opened node, the same clean pass included.
    pub naive_passes: f64,
    #[serde(skip)]
    pub captures: Vec<Capture>,
}

/// A value that is computed once for each position.
#[derive(Debug, Clone, Serialize)]
pub struct ExpansionPlan {
    /// The tensor at which positions come together again.
    pub tensor: String,
    /// The operator that mixes them.
    pub operator: String,
    /// How many times as many rows are computed.
    pub factor: f64,
}

fn expansions(map: Map<'_>, program: &Program) -> Vec<ExpansionPlan> {
    let one = |found: &crate::lower::Expansion| ExpansionPlan {
        tensor: map.graph.tensor(found.tensor).name.clone(),
        operator: found.operator.clone(),
        factor: found.expanded as f64 / found.rows.max(1) as f64,
    };
    program.expansions.iter().map(one).collect()
}

/// Batches are no larger than this: more rows do not make a batch faster.
const LARGEST_BATCH: usize = 128;
/// Nor do more bytes that are worked on at once: caches do not hold them, and the system clears every
/// page of a large buffer anew for each batch.
const LARGEST_WORKING_SET: u64 = 16 << 20;

/// Makes the plan.
///
/// # Errors
/// The memory allowed does not hold one line of rows.
pub fn plan(map: Map<'_>, items: &[Item<'_>], rows: usize, limits: Limits) -> Result<Plan, Box<Diagnostic>> {
    let outputs: BTreeSet<TensorId> = items.iter().flat_map(|item| item.outputs.iter().copied()).collect();
    let outputs: Vec<TensorId> = outputs.into_iter().collect();
    let forward_flops = forward_flops(map, &outputs);
    let captures = union(map, items);
    let captured_rows = union_rows(items);
    let row_bytes: u64 = captures.iter().map(Capture::row_bytes).sum();
    let store_limit = limits.store();
    let resident = row_bytes.saturating_mul(captured_rows.len() as u64) <= store_limit;
    let targets: Vec<TensorId> = outputs.iter().copied().chain(captures.iter().map(|capture| capture.tensor)).collect();
    let clean_peak = cost::peak(map.graph, &targets, &|tensor| row_bytes_of(map, tensor)) + row_bytes;
    let clean_batch = batch(clean_peak, limits)?;
    let mut hypotheses = Vec::new();
    for item in items {
        hypotheses.push(plan_one(map, item, limits, (rows, forward_flops, resident))?);
    }
    let held = |plan: &HypothesisPlan| plan.row_bytes * (plan.rows as u64);
    let store = if resident {
        row_bytes * captured_rows.len() as u64
    } else {
        hypotheses.iter().map(|plan| held(plan).min(store_limit)).max().unwrap_or(0)
    };
    let working = clean_peak * clean_batch as u64 * limits.threads as u64;
    let memory_bytes = store + working;
    Ok(Plan { rows, clean_batch, forward_flops, resident, hypotheses, memory_bytes, captures, captured_rows })
}

/// Rows of one batch of a pass over the model that reads these tensors.
///
/// # Errors
/// The memory allowed does not hold one line of rows.
pub fn reading_batch(map: Map<'_>, targets: &[TensorId], limits: Limits) -> Result<usize, Box<Diagnostic>> {
    batch(cost::peak(map.graph, targets, &|tensor| row_bytes_of(map, tensor)), limits)
}

/// Floating-point operations of one plain forward pass of one row, as far as these outputs need it.
#[must_use]
pub fn forward_flops(map: Map<'_>, outputs: &[TensorId]) -> u64 {
    let shape = |tensor: TensorId| row_shape(map, tensor);
    cost::cone(map.graph, outputs).iter().map(|node| cost::flops(node, &shape)).sum()
}

/// Floating-point operations of the copied operators of a program for one reference.
#[must_use]
pub fn program_flops(map: Map<'_>, program: &Program) -> u64 {
    let origin = |tensor: TensorId| program.origins.get(tensor.0 as usize).copied().flatten();
    let shape = |tensor: TensorId| origin(tensor).map_or_else(Vec::new, |tensor| row_shape(map, tensor));
    let multiple = |tensor: TensorId| program.multiples.get(tensor.0 as usize).copied().unwrap_or(1) as u64;
    let operators = cost::cone(&program.graph, &program.computed());
    let times = |node: &crate::model::Node| node.outputs.iter().flatten().map(|id| multiple(*id)).max().unwrap_or(1);
    operators.iter().map(|node| cost::flops(node, &shape) * times(node)).sum()
}

fn plan_one(
    map: Map<'_>,
    item: &Item<'_>,
    limits: Limits,
    (rows, forward_flops, resident): (usize, u64, bool),
) -> Result<HypothesisPlan, Box<Diagnostic>> {
    let program = item.program;
    let multiple = |tensor: TensorId| program.multiples.get(tensor.0 as usize).copied().unwrap_or(1) as u64;
    let like = |tensor: TensorId| program.likes.get(tensor.0 as usize).copied().flatten();
    let bytes = |tensor: TensorId| like(tensor).map_or(0, |model| row_bytes_of(map, model) * multiple(tensor));
    let computed = program.computed();
    let operators = cost::cone(&program.graph, &computed);
    let flops = program_flops(map, program);
    let captures = union(map, std::slice::from_ref(item));
    let row_bytes: u64 = captures.iter().map(Capture::row_bytes).sum();
    let distinct = union_rows(std::slice::from_ref(item)).len();
    let used = fed_draws(item).len().max(1);
    let references = item.draws.references();
    let per_reference = row_bytes.saturating_mul(used as u64).max(1);
    let fits = usize::try_from(limits.store() / per_reference).unwrap_or(usize::MAX);
    let whole = resident || row_bytes.saturating_mul(distinct as u64) <= limits.store();
    let chunk = if whole { references.max(1) } else { fits };
    if chunk == 0 {
        return Err(Box::new(messages::memory_too_small(limits.memory, per_reference / 4 * 5 + 5)));
    }
    let captured = if whole { distinct as u64 } else { (references * used) as u64 };
    let clean_rows = rows as u64 + if resident { 0 } else { captured };
    let work = |rows: u64, each: u64| rows as f64 * each as f64;
    let plain = work(references.max(1) as u64, forward_flops.max(1));
    let opened = program.tree.visits.iter().filter(|visit| visit.is_opened());
    let opened: usize = opened.map(|visit| program.tree.space(visit.space).len()).sum();
    Ok(HypothesisPlan {
        name: item.name.to_owned(),
        references,
        visits: program.tree.count_visits(),
        draws: program.tree.count_draws(),
        operators: operators.len(),
        rows: distinct,
        row_bytes,
        batch: batch(cost::peak(&program.graph, &computed, &bytes), limits)?,
        chunk,
        expansions: expansions(map, program),
        flops,
        passes: (work(clean_rows, forward_flops) + work(references as u64, flops)) / plain,
        naive_passes: (program.tree.count_draws() + opened) as f64 + rows as f64 / references.max(1) as f64,
        captures,
    })
}

/// How many rows of a graph fit into a thread's share of a fifth of the memory.
fn batch(peak: u64, limits: Limits) -> Result<usize, Box<Diagnostic>> {
    let share = limits.memory / 5 / limits.threads.max(1) as u64;
    let lanes = crate::execute::LANES;
    match usize::try_from(share / peak.max(1)).unwrap_or(usize::MAX) / lanes * lanes {
        0 => {
            let needed = peak * 5 * (lanes * limits.threads.max(1)) as u64;
            Err(Box::new(messages::memory_too_small(limits.memory, needed)))
        }
        rows => {
            let cached = usize::try_from(LARGEST_WORKING_SET / peak.max(1)).unwrap_or(usize::MAX) / lanes * lanes;
            Ok(rows.min(LARGEST_BATCH).min(cached.max(lanes)))
        }
    }
}

/// The draws that feeds gather by, each with its tuple of positions.
fn fed_draws(item: &Item<'_>) -> BTreeSet<(DrawId, u32)> {
    let mut draws = BTreeSet::new();
    for feed in &item.program.feeds {
        let Source::Rows { pieces, .. } = &feed.source else { continue };
        let gathered = pieces.iter().flat_map(|piece| piece.filling.rows());
        draws.extend(gathered.flat_map(crate::lower::Gathered::each));
    }
    if item.keep_outputs || item.reads_clean || item.side {
        draws.insert((DrawId::REFERENCE, 0));
    }
    if let (true, Some(baseline)) = (item.reads_clean, item.baseline) {
        draws.insert((baseline, 0));
    }
    // What an arrow replaces is compared with what it puts there.
    for visit in item.program.tree.visits.iter().filter(|visit| !visit.children.is_empty()) {
        for fill in &visit.fills {
            if let Fill::Row(datum) = fill {
                draws.extend(datum.lookup.iter().map(|tuple| (datum.draw, *tuple)));
            }
        }
    }
    draws
}

/// The dataset rows that some references gather, in order.
#[must_use]
pub fn gathered_rows(item: &Item<'_>, references: std::ops::Range<usize>) -> Vec<u32> {
    rows_of(&[(item, references)])
}

fn union_rows(items: &[Item<'_>]) -> Vec<u32> {
    let all: Vec<_> = items.iter().map(|item| (item, 0..item.draws.references())).collect();
    rows_of(&all)
}

fn rows_of(items: &[(&Item<'_>, std::ops::Range<usize>)]) -> Vec<u32> {
    let mut seen: Vec<bool> = Vec::new();
    for (item, references) in items {
        for (draw, tuple) in fed_draws(item) {
            for reference in references.clone() {
                let row = item.draws.at(draw, reference, tuple) as usize;
                if row >= seen.len() {
                    seen.resize(row + 1, false);
                }
                seen[row] = true;
            }
        }
    }
    let row = |(row, seen): (usize, &bool)| seen.then(|| u32::try_from(row).unwrap_or(u32::MAX));
    seen.iter().enumerate().filter_map(row).collect()
}

fn union(map: Map<'_>, items: &[Item<'_>]) -> Vec<Capture> {
    let mut regions: BTreeMap<TensorId, Region> = BTreeMap::new();
    let kept = |item: &Item<'_>| -> Vec<(TensorId, Region)> {
        let outputs = if item.keep_outputs || item.reads_clean || item.side { item.outputs } else { &[] };
        outputs.iter().map(|output| (*output, Region::whole(row_shape(map, *output).len()))).collect()
    };
    for item in items {
        for (tensor, region) in item.program.captures().into_iter().chain(kept(item)) {
            regions.entry(tensor).and_modify(|known| *known = known.hull(&region)).or_insert(region);
        }
    }
    regions.into_iter().map(|(tensor, region)| capture(map, tensor, region)).collect()
}

/// A box of a tensor to hold.
#[must_use]
pub fn capture(map: Map<'_>, tensor: TensorId, region: Region) -> Capture {
    Capture { tensor, region, shape: row_shape(map, tensor), dtype: dtype(map, tensor) }
}

fn dtype(map: Map<'_>, tensor: TensorId) -> DType {
    DType::from_onnx(map.elements[tensor.0 as usize]).unwrap_or(DType::F32)
}

/// The bytes of a tensor for one row; 0 if it does not grow with rows.
fn row_bytes_of(map: Map<'_>, tensor: TensorId) -> u64 {
    let dims = &map.dims[tensor.0 as usize];
    if !dims.iter().any(|dim| matches!(dim, FactDim::Batch { .. })) {
        return 0;
    }
    (row_shape(map, tensor).iter().product::<usize>() * dtype(map, tensor).size()) as u64
}
