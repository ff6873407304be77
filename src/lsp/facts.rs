//! What a check has found out of models and data, for people: all of it is text and numbers, by name.

use crate::data::Dataset;
use crate::feature::{Typed, classes};
use crate::hypothesis::{BoundModel, Checked};
use crate::syntax::ast;
use std::collections::BTreeMap;

/// So many members of a family are told one by one.
const MOST_MEMBERS: usize = 8;
/// So many classes of a feature are told one by one.
const MOST_CLASSES: usize = 12;
/// Features are sorted into classes on at most so many rows.
const MOST_ROWS: usize = 100_000;

/// What is known beyond the text.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// By name of a component or site, of each model that has one.
    pub components: BTreeMap<String, Vec<ComponentFacts>>,
    /// By name of a feature, on each dataset that it was checked on.
    pub features: BTreeMap<String, Vec<FeatureFacts>>,
    /// By name of a dim its sizes.
    pub dims: BTreeMap<String, Vec<usize>>,
    /// By name of a model.
    pub models: BTreeMap<String, ModelFacts>,
    /// By name of a dataset.
    pub datasets: BTreeMap<String, DataFacts>,
}

/// A component or site as it is bound.
#[derive(Debug, Clone)]
pub struct ComponentFacts {
    pub model: String,
    /// Names and sizes of its axes: `head = 2`.
    pub axes: Vec<String>,
    /// Members, addresses and types of the first of them.
    pub members: Vec<(String, String, String)>,
    pub count: usize,
}

/// A feature on a dataset.
#[derive(Debug, Clone)]
pub struct FeatureFacts {
    pub data: String,
    pub rows: usize,
    pub ty: String,
    /// The values of the largest classes with their rows; empty for what has none.
    pub classes: Vec<(String, usize)>,
    /// How many classes there are, if rows were sorted into classes.
    pub count: Option<usize>,
}

/// A model.
#[derive(Debug, Clone)]
pub struct ModelFacts {
    pub path: String,
    /// Addresses that tensors can be named by, with their types.
    pub addresses: Vec<(String, String)>,
    /// Graph inputs and outputs, with their types.
    pub ends: Vec<(String, String)>,
}

/// A dataset.
#[derive(Debug, Clone)]
pub struct DataFacts {
    pub path: String,
    pub rows: usize,
}

impl Facts {
    #[must_use]
    pub fn of(file: &ast::File, checked: &Checked) -> Facts {
        let mut facts = Facts::default();
        for model in checked.models.iter().flatten() {
            facts.model(model);
        }
        for data in checked.datasets.iter().flatten() {
            let found = DataFacts { path: data.path.clone(), rows: data.rows };
            facts.datasets.insert(data.name.clone(), found);
        }
        for ((_, data), features) in &checked.features {
            let dataset = checked.datasets.get(*data).and_then(Option::as_ref);
            let name = file.data.get(*data).map_or("", |item| item.name.text.as_str());
            for (feature, typed) in features {
                let found = feature_facts(typed, name, dataset);
                facts.features.entry(feature.clone()).or_default().push(found);
            }
        }
        facts
    }

    fn model(&mut self, model: &BoundModel) {
        for (name, size) in model.sizes.iter().filter_map(|(name, size)| Some((name, (*size)?))) {
            let sizes = self.dims.entry(name.clone()).or_default();
            if !sizes.contains(&size) {
                sizes.push(size);
            }
        }
        let mut families: BTreeMap<&str, ComponentFacts> = BTreeMap::new();
        for member in &model.components {
            let sizes = model.dims.get(member.tensor.0 as usize);
            let size = |axis: usize| sizes.and_then(|sizes| sizes.get(axis)).map(ToString::to_string);
            let axes = member.dims.iter().enumerate().map(|(axis, name)| match size(axis) {
                Some(size) if size != *name => format!("{name} = {size}"),
                _ => name.clone(),
            });
            let family = families.entry(&member.family).or_insert_with(|| ComponentFacts {
                model: model.name.clone(),
                axes: axes.collect(),
                members: Vec::new(),
                count: 0,
            });
            family.count += 1;
            if family.members.len() < MOST_MEMBERS {
                let address = model.addresses.of(member.tensor).to_owned();
                let ty = model.model.facts.get(member.tensor).map(ToString::to_string).unwrap_or_default();
                family.members.push((member.label(), address, ty));
            }
        }
        for (name, found) in families {
            self.components.entry(name.to_owned()).or_default().push(found);
        }
        self.models.insert(model.name.clone(), model_facts(model));
    }
}

fn model_facts(model: &BoundModel) -> ModelFacts {
    let graph = &model.model.graph;
    let ty = |tensor| model.model.facts.get(tensor).map(ToString::to_string);
    let listed = graph.tensor_ids().filter(|tensor| !graph.initializers.contains_key(tensor));
    let addresses = listed.filter_map(|tensor| Some((model.addresses.of(tensor).to_owned(), ty(tensor)?)));
    let ends = graph.inputs.iter().map(|input| input.tensor).chain(graph.outputs.iter().copied());
    let ends = ends.filter_map(|tensor| Some((graph.tensor(tensor).name.clone(), ty(tensor)?)));
    ModelFacts { path: model.model.path.clone(), addresses: addresses.collect(), ends: ends.collect() }
}

fn feature_facts(typed: &Typed, data: &str, dataset: Option<&Dataset>) -> FeatureFacts {
    let rows = dataset.map_or(0, |dataset| dataset.rows);
    let sorted = dataset.filter(|_| typed.ty.scalar.is_discrete() && rows <= MOST_ROWS);
    // What cannot be evaluated on a row is told where the feature is claimed.
    let found = sorted.and_then(|dataset| classes(std::slice::from_ref(typed), dataset, None).ok());
    let count = found.as_ref().map(|found| found.members.len());
    let mut all: Vec<(u32, usize)> = found
        .iter()
        .flat_map(|found| found.members.iter().enumerate())
        .filter_map(|(class, members)| Some((u32::try_from(class).ok()?, members.len())))
        .collect();
    all.sort_by_key(|(class, members)| (std::cmp::Reverse(*members), *class));
    let describe = |(class, members): (u32, usize)| {
        let value = found.as_ref().map(|found| found.describe(class)).unwrap_or_default();
        (value, members)
    };
    let classes = all.into_iter().take(MOST_CLASSES).map(describe).collect();
    FeatureFacts { data: data.to_owned(), rows, ty: typed.ty.to_string(), classes, count }
}
