//! Interchange interventions: each aligned node by itself takes its clean value on a source row, and
//! the model should give what the high-level model gives with that feature set to its value there.

use super::{Interchanged, Settings, prepare};
use crate::data::Dataset;
use crate::diagnostics::Diagnostic;
use crate::diagnostics::messages::planning;
use crate::engine::{Engine, Value};
use crate::estimate::Point;
use crate::execute::{Executor, Score, Seen, Work};
use crate::feature::{Data, FeatureValues};
use crate::hypothesis::{Checked, Hypothesis, Interchange, NodeIx, counterfactual, evaluated};
use crate::lower::{Ground, Role, Walks, lower, row_shape, treeify};
use crate::model::Dependence;
use crate::plan::{Item, plan};
use crate::sample::{ClassTable, Materials, Rows, draw, references};

type Fault = Box<Diagnostic>;

/// The accuracy of every aligned feature of every interchange.
///
/// # Errors
/// A fault of the engine or of an expression, or too little memory.
pub fn interchanges(checked: &Checked, engine: &dyn Engine, settings: Settings) -> Result<Vec<Interchanged>, Fault> {
    let mut found = Vec::new();
    for interchange in &checked.interchanges {
        for feature in 0..interchange.aligned.len() {
            found.push(one(interchange, feature, checked, engine, settings)?);
        }
    }
    Ok(found)
}

/// Only one of the aligned nodes, along all its paths.
fn alone(interchange: &Interchange, feature: usize) -> Hypothesis {
    let mut claims = interchange.stated.claims.clone();
    claims.nodes = vec![claims.nodes[feature].clone()];
    claims.arrows.retain(|arrow| arrow.from == NodeIx(feature));
    for arrow in &mut claims.arrows {
        arrow.from = NodeIx(0);
        // The other nodes are recomputed: they have no value of their own here.
        arrow.except.clear();
    }
    claims
}

fn one(
    interchange: &Interchange,
    feature: usize,
    checked: &Checked,
    engine: &dyn Engine,
    settings: Settings,
) -> Result<Interchanged, Fault> {
    let model = checked.models[interchange.model].as_ref().expect("a checked interchange has its model");
    let dataset = checked.datasets[interchange.data].as_ref().expect("a checked interchange has its data");
    let (map, claims) = (model.map(), alone(interchange, feature));
    let shape = |tensor| Some(row_shape(map, tensor));
    let dependence = Dependence::new(map.graph, &shape);
    let ground = Ground { map, dependence: &dependence };
    let walks = Walks::new(ground, &claims);
    let tree = treeify(ground, &claims, &walks).map_err(|too_many| {
        Box::new(planning::too_many_visits(&interchange.name, interchange.stated.spans.name, too_many.limit))
    })?;
    let n = settings.most();
    let base = references(settings.seed, dataset.rows, n);
    let (rows, classes) = ([dataset.rows], ClassTable::new());
    let draws = draw(&tree, &base, Materials { seed: settings.seed, rows: &rows, classes: &classes, pairs: &[] });
    let program = lower(ground, &claims, &walks, tree);
    let wanted = wanted(interchange, feature, dataset, (&draws, source_of(&program.tree.draws)))?;
    let matches = Matches { interchange, dataset, wanted };
    let item = Item {
        name: &interchange.name,
        program: &program,
        draws: &draws,
        outputs: &claims.outputs,
        keep_outputs: false,
        reads_clean: true,
        baseline: None,
    };
    let plan = plan(map, &[item], dataset.rows, settings.limits)?;
    let inputs = prepare::inputs(model, &[dataset]);
    let executor = Executor { map, engine, inputs: &inputs, threads: settings.limits.threads, progress: &|_| {} };
    let work = Work { item, score: &matches, behaviour: 0, classes: &classes, estimator: None };
    let observed = executor.run(&plan, &[], &[work])?;
    let points = &observed.scrubbed[0].points;
    let hits = points.iter().filter(|point| point.sum > 0.5).count();
    let untouched = points.iter().filter(|point| point.weight > 0.5).count();
    let (name, _) = &interchange.aligned[feature];
    Ok(Interchanged { name: interchange.name.clone(), feature: name.clone(), hits, untouched, n: draws.references() })
}

fn source_of(draws: &[crate::lower::Draw]) -> usize {
    draws.iter().position(|draw| draw.role == Role::Claim).expect("an aligned node has a source")
}

/// What the high-level model gives for each base, with one feature as on its source.
fn wanted(
    interchange: &Interchange,
    feature: usize,
    dataset: &Dataset,
    (draws, source): (&Rows, usize),
) -> Result<FeatureValues, Fault> {
    let rows = |draw: usize| -> Vec<usize> { draws.of(draw).iter().map(|row| *row as usize).collect() };
    let (base, source) = (rows(0), rows(source));
    let sources: Vec<&[usize]> =
        (0..interchange.aligned.len()).map(|at| if at == feature { &source[..] } else { &base[..] }).collect();
    counterfactual(interchange, dataset, &base, &sources)
}

/// The sum of a point is 1 where the patched model gives what the high-level model does, its weight where
/// the untouched model on the base does. No mean is taken of them.
struct Matches<'a> {
    interchange: &'a Interchange,
    dataset: &'a Dataset,
    wanted: FeatureValues,
}

impl Matches<'_> {
    /// By example, whether the outputs give what is wanted.
    fn matches(&self, outputs: &[Value], seen: &Seen<'_>) -> Result<Vec<bool>, Fault> {
        let Interchange { expression, outputs: names, .. } = self.interchange;
        let found = evaluated(expression, names, self.dataset, &Seen { outputs, ..*seen })?;
        let width = self.wanted.width();
        let equal = |(at, ordinal): (usize, &usize)| {
            (0..width).all(|element| {
                key(&found.data, at * width + element) == key(&self.wanted.data, ordinal * width + element)
            })
        };
        Ok(seen.ordinals.iter().enumerate().map(equal).collect())
    }
}

impl Score for Matches<'_> {
    fn score(&self, seen: &Seen<'_>) -> Result<Vec<Point>, Fault> {
        let patched = self.matches(seen.outputs, seen)?;
        let untouched = self.matches(seen.clean.expect("an interchange reads the untouched outputs"), seen)?;
        let number = |hit: bool| f64::from(u8::from(hit));
        let point = |(hit, before): (bool, bool)| Point { sum: number(hit), weight: number(before) };
        Ok(patched.into_iter().zip(untouched).map(point).collect())
    }

    fn reads_clean(&self) -> bool {
        true
    }

    fn shuffled(&self, _: &Seen<'_>) -> Result<Option<Vec<Point>>, Fault> {
        Ok(None)
    }
}

/// A discrete value as numbers.
fn key(data: &Data, at: usize) -> [i64; 2] {
    match data {
        Data::Bool(values) => [i64::from(values[at]), 1],
        Data::Int(values) => [values[at], 1],
        Data::Ratio(values) => values[at].parts().into(),
        Data::Real(_) => unreachable!("what is predicted is checked to be discrete"),
    }
}
