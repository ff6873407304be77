//! Scrubbing the rows of a challenge: all draws from the trusted rows that are fitted on.

use super::sets::Sets;
use crate::data::Dataset;
use crate::diagnostics::Diagnostic;
use crate::diagnostics::messages::{distinctions as messages, planning};
use crate::engine::{Engine, Value};
use crate::estimate::Point;
use crate::execute::{Executor, Inputs, Work};
use crate::feature::{Typed, classes_of_elements};
use crate::hypothesis::{
    Arrow, Behaviour, BoundModel, Checked, Computes, DataIx, Distinction, End, FeatureIx, Hypothesis, ModelInputs,
    Node, NodeIx, Ready, Scheme, shared,
};
use crate::lower::{Ground, Program, Rule, Walks, lower, row_shape, treeify};
use crate::model::{Dependence, TensorId};
use crate::plan::{Item, Limits, plan};
use crate::run::Estimations;
use crate::sample::{self, ClassTable, Classes, Materials, Rows, given_row};
use std::collections::BTreeMap;

type Fault = Box<Diagnostic>;

/// The rows of the pooled dataset; those that are drawn from come first.
#[derive(Debug)]
pub struct PooledInputs<'a> {
    inputs: ModelInputs<'a>,
    drawn_from: usize,
}

impl Inputs for PooledInputs<'_> {
    fn rows(&self) -> usize {
        self.drawn_from
    }

    fn all_rows(&self) -> usize {
        self.inputs.rows()
    }

    fn value(&self, input: TensorId, rows: &[u32]) -> Value {
        self.inputs.value(input, rows)
    }
}

/// A partition of all rows, of which some can be drawn.
#[derive(Debug, Clone)]
pub struct TrustedClasses {
    of_row: Vec<u32>,
    /// By class the rows that can be drawn, in row order; empty where none is of the class.
    members: Vec<Vec<u32>>,
}

impl Classes for TrustedClasses {
    fn class_of(&self, row: u32) -> u32 {
        self.of_row.get(row as usize).copied().unwrap_or(u32::MAX)
    }

    fn members(&self, class: u32, _data: DataIx) -> &[u32] {
        self.members.get(class as usize).map_or(&[], Vec::as_slice)
    }
}

/// What a challenge is carried out with.
#[expect(missing_debug_implementations, reason = "holds trait objects")]
pub struct World<'a> {
    pub ready: &'a Ready,
    pub model: &'a BoundModel,
    pub sets: &'a Sets,
    pub inputs: PooledInputs<'a>,
    pub classes: BTreeMap<(FeatureIx, Option<usize>), TrustedClasses>,
    pub engine: &'a dyn Engine,
    pub seed: u64,
    pub limits: Limits,
    pub draws: usize,
    pub progress: &'a (dyn Fn(usize) + Sync),
}

/// What scrubbing gives, row by row of the pooled dataset.
#[derive(Debug, Clone, PartialEq)]
pub struct Scrubbed {
    /// The mean over draws of the behaviour.
    pub means: Vec<f64>,
    /// The share of the claims' draws that had no trusted row of their class, and were the row itself.
    pub own: Vec<f64>,
}

impl<'a> World<'a> {
    /// # Errors
    /// A feature that fails on a row, or a column that one of the sets lacks.
    pub fn new(
        (challenge, checked): (&Distinction, &'a Checked),
        (ready, model, sets): (&'a Ready, &'a BoundModel, &'a Sets),
        (engine, seed, limits): (&'a dyn Engine, u64, Limits),
        progress: &'a (dyn Fn(usize) + Sync),
    ) -> Result<World<'a>, Fault> {
        let drawn_from = sets.trusted_fitted().len();
        let loaded = |data: usize| checked.datasets[data].as_ref().expect("a challenge is checked on loaded data");
        let own = loaded(ready.data);
        let measured: Vec<Typed> =
            std::iter::once(&ready.measured.value).chain(&ready.measured.mask).cloned().collect();
        let others = [challenge.trusted.data, challenge.anomalous.data].map(loaded);
        let mut classes = BTreeMap::new();
        for other in others {
            shared(&measured, own, other)?;
        }
        for (feature, element) in ready.classes.keys() {
            let claim = &ready.stated.features[feature.0];
            // On whole datasets first, so that a fault names the row of a file.
            for other in others.into_iter().filter(|other| other.name != own.name) {
                shared(claim, own, other)?;
                classes_of_elements(claim, other, &[*element])?;
            }
            classes.insert((*feature, *element), trusted_classes(claim, &sets.pooled, *element, drawn_from)?);
        }
        let inputs = PooledInputs { inputs: crate::run::inputs(model, &[&sets.pooled]), drawn_from };
        let draws = challenge.draws;
        Ok(World { ready, model, sets, inputs, classes, engine, seed, limits, draws, progress })
    }

    /// The behaviour of the hypothesis on the pooled rows.
    #[must_use]
    pub fn behaviour(&self) -> Behaviour<'_> {
        Behaviour {
            measured: &self.ready.measured,
            outputs: &self.ready.outputs,
            dataset: &self.sets.pooled,
            shuffled: None,
            slices: None,
            side: None,
        }
    }

    /// Everything that runs a graph.
    #[must_use]
    pub fn executor(&self) -> Executor<'_> {
        Executor {
            map: self.model.map(),
            engine: self.engine,
            inputs: &self.inputs,
            threads: self.limits.threads,
            progress: self.progress,
        }
    }

    /// Scrubs every row `draws` times with some claims.
    ///
    /// # Errors
    /// What cannot be planned, a fault of the engine, or a behaviour that is no number.
    pub fn scrub(&self, claims: &Hypothesis) -> Result<Scrubbed, Fault> {
        let claims = Hypothesis { pool: 1, ..claims.clone() };
        let program = self.lowered(&claims)?;
        let rows = self.sets.pooled.rows;
        let repeated =
            (0..rows).flat_map(|row| std::iter::repeat_n(u32::try_from(row).unwrap_or(u32::MAX), self.draws));
        let references: Vec<u32> = repeated.collect();
        let needed = 4 * (program.tree.count_draws() + 1) as u64 * references.len() as u64;
        if needed > self.limits.memory {
            return Err(Box::new(planning::memory_too_small(self.limits.memory, needed)));
        }
        let table: ClassTable<'_> = self.classes.iter().map(|(key, classes)| (*key, classes as &dyn Classes)).collect();
        let drawn_from = [self.sets.trusted_fitted().len()];
        let materials = Materials { seed: self.seed, rows: &drawn_from, classes: &table, pairs: &[] };
        let draws = sample::draw(&program.tree, &references, materials);
        let item = Item {
            name: &claims.name,
            program: &program,
            draws: &draws,
            outputs: &claims.outputs,
            keep_outputs: false,
            reads_clean: self.ready.measured.reads_clean(),
            side: false,
            baseline: None,
        };
        let plan = plan(self.model.map(), &[item], drawn_from[0], self.limits)?;
        let datasets: [&Dataset; 1] = [&self.sets.pooled];
        let (executor, behaviour) = (self.executor(), self.behaviour());
        let estimator = Estimations { ready: self.ready, datasets: &datasets };
        let work = Work { item, score: &behaviour, behaviour: 0, classes: &table, estimator: Some(&estimator) };
        let begun = executor.begin(&plan, &[], &[work])?;
        let points = executor.scrub(&begun, &plan, (0, &work), 0..references.len())?.points;
        let means: Vec<f64> =
            points.chunks(self.draws).map(|own| mean(own.iter().map(|point| point.value()))).collect();
        self.all_finite(&means)?;
        Ok(Scrubbed { means, own: self.own(&program, &draws, &table) })
    }

    fn lowered(&self, claims: &Hypothesis) -> Result<Program, Fault> {
        let map = self.model.map();
        let shape = |tensor| Some(row_shape(map, tensor));
        let dependence = Dependence::new(map.graph, &shape);
        let ground = Ground { map, dependence: &dependence };
        let walks = Walks::new(ground, claims);
        let tree = treeify(ground, claims, &walks).map_err(|too_many| {
            Box::new(planning::too_many_visits(&claims.name, self.ready.stated.spans.name, too_many.limit))
        })?;
        Ok(lower(ground, claims, &walks, tree))
    }

    /// By row the share of draws for claims whose class no row that can be drawn has.
    fn own(&self, program: &Program, draws: &Rows, table: &ClassTable<'_>) -> Vec<f64> {
        let mut counts = vec![(0_usize, 0_usize); self.sets.pooled.rows];
        for draw in &program.tree.draws {
            let Rule::Agree { feature, elementwise, given, data } = &draw.rule else { continue };
            for (at, tuple) in program.tree.space(draw.space).tuples.iter().enumerate() {
                let element = elementwise.then(|| tuple.last().copied()).flatten();
                let Some(classes) = table.get(&(*feature, element)) else { continue };
                for reference in 0..draws.references() {
                    let row = given_row(draws, given, reference, at);
                    let (all, own) = &mut counts[reference / self.draws];
                    *all += 1;
                    *own += usize::from(classes.members(classes.class_of(row), *data).is_empty());
                }
            }
        }
        counts.iter().map(|(all, own)| *own as f64 / (*all).max(1) as f64).collect()
    }

    /// # Errors
    /// A row without a number.
    pub fn all_finite(&self, values: &[f64]) -> Result<(), Fault> {
        let bad: Vec<usize> = (0..values.len()).filter(|at| !values[*at].is_finite()).collect();
        let Some(first) = bad.first() else { return Ok(()) };
        let (path, row) = &self.sets.origins[*first];
        Err(Box::new(messages::no_row_value(self.ready.stated.spans.behaviour, bad.len(), (path, *row))))
    }

    /// The model itself, but that what a node gives to the behaviour by its own arrows is that of any
    /// trusted row.
    #[must_use]
    pub fn patched(&self, node: NodeIx) -> Hypothesis {
        let claims = &self.ready.stated.claims;
        let own = claims.node(node);
        let alone = Node {
            name: own.name.clone(),
            parts: own.parts.clone(),
            computes: Computes::Any,
            data: DataIx::default(),
            unclaimed: Scheme::Any,
            ports: Vec::new(),
            estimate: None,
        };
        let arrows = claims.arrows_into(End::Root).filter(|arrow| arrow.from == node);
        let arrows = arrows.map(|arrow| Arrow { from: NodeIx(0), ..arrow.clone() }).collect();
        let model = Hypothesis::new(&claims.name, claims.outputs.clone(), Scheme::Exact);
        Hypothesis { nodes: vec![alone], arrows, ..model }
    }
}

/// Nodes with an arrow into the behaviour.
#[must_use]
pub fn direct_nodes(ready: &Ready) -> Vec<NodeIx> {
    let claims = &ready.stated.claims;
    (0..claims.nodes.len()).map(NodeIx).filter(|node| claims.sources(End::Root).any(|from| from == *node)).collect()
}

fn trusted_classes(
    claim: &[Typed],
    pooled: &Dataset,
    element: Option<usize>,
    drawn_from: usize,
) -> Result<TrustedClasses, Fault> {
    let found = classes_of_elements(claim, pooled, &[element])?.into_iter().next();
    let found = found.expect("one partition for each element");
    let drawn = |members: &Vec<u32>| members.iter().copied().filter(|row| (*row as usize) < drawn_from).collect();
    Ok(TrustedClasses { members: found.members.iter().map(drawn).collect(), of_row: found.of_row })
}

/// Summed in order.
fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = values.len().max(1) as f64;
    values.sum::<f64>() / count
}

/// The value of each row; NaN where nothing counts.
#[must_use]
pub fn values(points: &[Point]) -> Vec<f64> {
    points.iter().map(|point| point.value()).collect()
}
