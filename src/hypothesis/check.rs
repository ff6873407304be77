//! The checker: a parsed file, its models and its data to hypotheses that can run. Reports every
//! mistake that can be known before inference.

use super::baselines::{self, Baseline};
use super::behaviour::scored;
use super::bind::{bind, declared_sizes};
use super::calibrations::Calibration;
use super::claims::Stated;
use super::distinction::Distinction;
use super::expect::{Expectation, expectations, precisions, reference_name};
use super::fooling::Fooling;
use super::interchange::Interchange;
use super::lint::{ClassMap, Facts, lint};
use super::loader::Loader;
use super::model::BoundModel;
use super::names::Declared;
use super::pairs::pairs;
use super::searches::SearchSpace;
use super::shuffled::Shuffled;
use super::symbols::symbols;
use super::tables::{self, TableFile};
use crate::data::{Dataset, Format};
use crate::diagnostics::messages::names;
use crate::diagnostics::{Diagnostic, nearest};
use crate::feature::{Measured, Scope, Typed, check_behaviour};
use crate::source::Span;
use crate::syntax::ast;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

/// Everything that is known of a file.
#[derive(Debug)]
pub struct Checked {
    /// By place of the `model` item; `None` where it could not be loaded or bound.
    pub models: Vec<Option<BoundModel>>,
    pub datasets: Vec<Option<Dataset>>,
    /// By place of the `table` item.
    pub tables: Vec<Option<TableFile>>,
    /// In order of the file; the empty ones that serve as baselines stand behind them.
    pub hypotheses: Vec<Ready>,
    pub interchanges: Vec<Interchange>,
    /// The challenges that fool.
    pub foolings: Vec<Fooling>,
    pub expectations: Vec<Expectation>,
    /// The challenges that distinguish.
    pub distinctions: Vec<Distinction>,
    /// By model and dataset the features of the file that could be checked on them.
    pub features: BTreeMap<(usize, usize), BTreeMap<String, Arc<Typed>>>,
    /// By hypothesis the half-width of the interval of recovered that is asked for.
    pub precisions: BTreeMap<String, f64>,
    pub searches: Vec<SearchSpace>,
    pub calibrations: Vec<Calibration>,
}

impl Checked {
    /// Whether there is nothing to run.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.hypotheses.is_empty() && self.interchanges.is_empty()
    }
}

/// A checked hypothesis.
#[derive(Debug, Clone)]
pub struct Ready {
    pub stated: Stated,
    pub model: usize,
    /// Its own dataset, the first of `datasets`.
    pub data: usize,
    /// By [`super::DataIx`] the place of the dataset in [`Checked::datasets`]. Rows are global: those of
    /// the first dataset come first, then those of the second, and so on.
    pub datasets: Vec<usize>,
    /// By [`super::DrawIx`], for a paired draw, the global row of the partner of each row of dataset 0.
    pub pairs: Vec<Option<Vec<u32>>>,
    /// By [`super::EstimateIx`] real expressions with the axes of their regions, in order; an axis cut to
    /// one index is absent. `self` is a value of the same type.
    pub estimates: Vec<Typed>,
    pub behaviour: String,
    pub measured: Measured,
    /// Declared names of the outputs that the behaviour reads.
    pub outputs: Vec<String>,
    pub shuffled: Shuffled,
    /// What recovered is measured from; the first stands in the report. Empty where nobody asks.
    pub baselines: Vec<Baseline>,
    /// Whether it is a hypothesis of the file, not one that is run as a baseline alone.
    pub reported: bool,
    pub classes: ClassMap,
    /// What it takes to write the claims down, names and layout aside.
    pub symbols: usize,
    pub docs: String,
}

/// Checks a file. Findings go to the sink; hypotheses with errors are left out.
pub fn check(file: &ast::File, loader: &dyn Loader, sink: &mut Vec<Diagnostic>) -> Checked {
    let tables = tables::read(file, loader, sink);
    let mut checker = Checker::new(file, loader, sink, tables);
    checker.declared_once();
    for item in &file.models {
        let model = checker.model(item);
        checker.models.push(model);
    }
    for item in &file.data {
        let model = checker.chosen_model(item.model.as_ref(), item.name.span, "for");
        checker.models_of_data.push(model);
        let data = model.filter(|_| item.generator.is_none()).and_then(|model| checker.dataset(item, model));
        checker.datasets.push(data);
    }
    checker.generate();
    checker.unused_items();
    let mut hypotheses: Vec<Ready> = file.hypotheses.iter().filter_map(|item| checker.hypothesis(item)).collect();
    let interchanges = file.interchanges.iter().filter_map(|item| checker.interchange(item)).collect();
    let foolings = file.challenges.iter().filter_map(|item| checker.fooling(item)).collect();
    let expectations = expectations(file, &hypotheses, checker.sink);
    let precisions = precisions(file, checker.sink);
    let distinctions = file.challenges.iter().filter_map(|item| checker.distinction(item, &hypotheses)).collect();
    baselines::assign(&mut hypotheses, (&expectations, &precisions), checker.sink);
    let searches = file.searches.iter().filter_map(|item| checker.search(item)).collect();
    let calibrations = file.calibrations.iter().filter_map(|item| checker.calibration(item)).collect();
    Checked {
        interchanges,
        searches,
        calibrations,
        foolings,
        distinctions,
        ..checker.finish((hypotheses, expectations, precisions))
    }
}

/// Checks other hypotheses of the same models, datasets and tables, which are not loaded anew.
pub fn recheck(file: &ast::File, known: Checked, loader: &dyn Loader, sink: &mut Vec<Diagnostic>) -> Checked {
    let mut checker = Checker::again(file, known, loader, sink);
    let mut hypotheses: Vec<Ready> = file.hypotheses.iter().filter_map(|item| checker.hypothesis(item)).collect();
    let expectations = expectations(file, &hypotheses, checker.sink);
    let precisions = BTreeMap::new();
    let foolings = file.challenges.iter().filter_map(|item| checker.fooling(item)).collect();
    let distinctions = file.challenges.iter().filter_map(|item| checker.distinction(item, &hypotheses)).collect();
    baselines::assign(&mut hypotheses, (&expectations, &precisions), checker.sink);
    Checked { foolings, distinctions, ..checker.finish((hypotheses, expectations, precisions)) }
}

/// The same for hypotheses and challenges that stand alone: those with errors are left out, and found by
/// name with the first error of each. Errors for which `is_allowed` are none, and neither are other
/// findings.
pub fn recheck_each(
    file: &ast::File,
    known: Checked,
    loader: &dyn Loader,
    is_allowed: &dyn Fn(&Diagnostic) -> bool,
) -> (Checked, BTreeMap<String, String>) {
    let mut sink = Vec::new();
    let mut checker = Checker::again(file, known, loader, &mut sink);
    let mut wrong = BTreeMap::new();
    let mut hypotheses: Vec<Ready> = Vec::new();
    for item in &file.hypotheses {
        let found = checker.hypothesis(item);
        match checker.first_error(is_allowed) {
            None => hypotheses.extend(found),
            Some(error) => _ = wrong.insert(reference_name(&item.name), error),
        }
    }
    let (mut foolings, mut distinctions) = (Vec::new(), Vec::new());
    for item in &file.challenges {
        let found = (checker.fooling(item), checker.distinction(item, &hypotheses));
        match checker.first_error(is_allowed) {
            None => {
                foolings.extend(found.0);
                distinctions.extend(found.1);
            }
            Some(error) => _ = wrong.insert(reference_name(&item.name), error),
        }
    }
    baselines::assign(&mut hypotheses, (&[], &BTreeMap::new()), checker.sink);
    let checked = checker.finish((hypotheses, Vec::new(), BTreeMap::new()));
    (Checked { foolings, distinctions, ..checked }, wrong)
}

/// What is said of hypotheses, beside them.
type Claims = (Vec<Ready>, Vec<Expectation>, BTreeMap<String, f64>);

impl<'a> Checker<'a> {
    /// With models and datasets that are known.
    fn again(
        file: &'a ast::File,
        known: Checked,
        loader: &'a dyn Loader,
        sink: &'a mut Vec<Diagnostic>,
    ) -> Checker<'a> {
        let mut checker = Checker::new(file, loader, sink, known.tables);
        checker.models = known.models;
        checker.datasets = known.datasets;
        for item in &file.data {
            let model = checker.chosen_model(item.model.as_ref(), item.name.span, "for");
            checker.models_of_data.push(model);
        }
        checker
    }

    /// The message of the first error since it was asked last.
    fn first_error(&mut self, is_allowed: &dyn Fn(&Diagnostic) -> bool) -> Option<String> {
        let found = std::mem::take(self.sink);
        found.into_iter().find(|finding| finding.is_error() && !is_allowed(finding)).map(|finding| finding.message)
    }

    fn new(
        file: &'a ast::File,
        loader: &'a dyn Loader,
        sink: &'a mut Vec<Diagnostic>,
        tables: Vec<Option<TableFile>>,
    ) -> Checker<'a> {
        Checker {
            file,
            loader,
            sink,
            tables,
            models: Vec::new(),
            datasets: Vec::new(),
            models_of_data: Vec::new(),
            scopes: BTreeMap::new(),
            tests_claims: true,
        }
    }

    fn finish(self, (hypotheses, expectations, precisions): Claims) -> Checked {
        let Checker { models, datasets, tables, scopes, .. } = self;
        let of_scope = |scope: &Scope| {
            let known = scope.features.iter().filter_map(|(name, body)| Some((name.clone(), body.clone()?)));
            known.collect::<BTreeMap<String, Arc<Typed>>>()
        };
        let by_data = scopes.iter().filter_map(|((model, data), scope)| Some(((*model, (*data)?), of_scope(scope))));
        let features = by_data.collect();
        let (interchanges, searches, foolings, distinctions) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let calibrations = Vec::new();
        Checked {
            features,
            models,
            datasets,
            tables,
            hypotheses,
            interchanges,
            foolings,
            distinctions,
            expectations,
            precisions,
            searches,
            calibrations,
        }
    }
}

pub(super) struct Checker<'a> {
    pub file: &'a ast::File,
    loader: &'a dyn Loader,
    pub sink: &'a mut Vec<Diagnostic>,
    pub models: Vec<Option<BoundModel>>,
    pub datasets: Vec<Option<Dataset>>,
    /// By dataset the model that it is for.
    pub models_of_data: Vec<Option<usize>>,
    /// By model and dataset; features are checked once for each.
    pub scopes: BTreeMap<(usize, Option<usize>), Rc<Scope>>,
    pub tables: Vec<Option<TableFile>>,
    /// Whether claims are tested on the data that they are checked with; not where a challenge uses them.
    pub tests_claims: bool,
}

impl Checker<'_> {
    fn declared_once(&mut self) {
        let mut declare = |kind: &'static str, names: Vec<&ast::Ident>| {
            let mut declared = Declared::new(kind);
            for name in names {
                declared.add(name, self.sink);
            }
        };
        declare("model", self.file.models.iter().map(|item| &item.name).collect());
        declare("dataset", self.file.data.iter().map(|item| &item.name).collect());
        declare("feature", self.file.features.iter().map(|item| &item.name).collect());
        declare("table", self.file.tables.iter().map(|item| &item.name).collect());
        declare("behaviour", self.file.behaviours.iter().map(|item| &item.name).collect());
        declare("interchange", self.file.interchanges.iter().map(|item| &item.name.name).collect());
        declare("challenge", self.file.challenges.iter().map(|item| &item.name.name).collect());
        declare("hypothesis", self.file.hypotheses.iter().map(|item| &item.name.name).collect());
    }

    /// Whether the parser put an empty path where the text has none, and has said so.
    fn is_absent(&self, path: &ast::Text) -> bool {
        path.value.is_empty() && self.sink.iter().any(|finding| finding.code.id.starts_with("A0"))
    }

    pub fn is_bound(&self, name: &str) -> bool {
        self.loader.is_bound(name)
    }

    fn model(&mut self, item: &ast::Model) -> Option<BoundModel> {
        let bound = self.loader.is_bound(&item.name.text);
        if !bound && self.is_absent(&item.path) {
            return None;
        }
        let place = (!bound).then_some(item.path.span);
        let (loaded, warnings) = self.attempt(self.loader.model(item), place)?;
        // A map that is still there could not be merged; that has been reported.
        if item.map.is_some() {
            return None;
        }
        self.sink.extend(warnings.into_iter().map(|finding| pointed(finding, place)));
        let sizes = declared_sizes(item, &loaded);
        let inferred = self.loader.inferred(loaded, &sizes);
        let (model, warnings) = self.attempt(inferred, place)?;
        self.sink.extend(warnings.into_iter().map(|finding| pointed(finding, place)));
        let mut findings = Vec::new();
        let model = bind(item, model, &mut findings);
        self.sink.extend(findings.into_iter().map(|finding| pointed(finding, place)));
        model
    }

    /// The value, or nothing with the findings pointed at the path in the text.
    fn attempt<T>(&mut self, result: Result<T, Vec<Diagnostic>>, place: Option<Span>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(findings) => {
                self.sink.extend(findings.into_iter().map(|finding| pointed(finding, place)));
                None
            }
        }
    }

    fn dataset(&mut self, item: &ast::Data, model: usize) -> Option<Dataset> {
        let schema = self.schema(item, model)?;
        let Some(format) = Format::from_name(&item.format.text) else {
            let near = nearest(&item.format.text, Format::NAMES);
            self.sink.push(names::unknown_format(item.format.span, &item.format.text, &near, &Format::NAMES));
            return None;
        };
        let bound = self.loader.is_bound(&item.name.text);
        if !bound && self.is_absent(&item.path) {
            return None;
        }
        let place = (!bound).then_some(item.path.span);
        let sizes: BTreeMap<String, usize> =
            self.sizes(model).into_iter().filter_map(|(name, size)| Some((name, size?))).collect();
        let loaded = self.loader.dataset(item, format, &schema, &sizes);
        self.attempt(loaded, place)
    }

    /// The model that is named, or the only one.
    pub fn chosen_model(&mut self, name: Option<&ast::Ident>, span: Span, word: &str) -> Option<usize> {
        let all: Vec<&str> = self.file.models.iter().map(|item| item.name.text.as_str()).collect();
        self.chosen("model", name, &all, span, word)
    }

    pub fn chosen(
        &mut self,
        kind: &str,
        name: Option<&ast::Ident>,
        all: &[&str],
        span: Span,
        word: &str,
    ) -> Option<usize> {
        match name {
            Some(name) => {
                let found = all.iter().position(|other| *other == name.text);
                if found.is_none() {
                    let near = nearest(&name.text, all.iter().copied());
                    self.sink.push(names::unknown(name.span, kind, &name.text, &near));
                }
                found
            }
            None if all.first().is_some_and(|first| all.iter().all(|other| other == first)) => Some(0),
            // An empty name is a declaration that did not parse; it has been reported.
            None if all.contains(&"") => None,
            None => {
                self.sink.push(names::which_one(span, kind, word, all));
                None
            }
        }
    }

    /// Features and behaviours are checked even where no hypothesis uses them, if it is clear
    /// which model and data they are about.
    fn unused_items(&mut self) {
        let clear = self.file.models.len() == 1 && self.file.data.len() <= 1;
        if self.file.models.is_empty() || !(clear || self.file.hypotheses.is_empty()) {
            return;
        }
        let data = (!self.file.data.is_empty()).then_some(0);
        let scope = self.scope(0, data);
        for behaviour in &self.file.behaviours {
            check_behaviour(behaviour, &scope, self.sink);
        }
    }

    pub(super) fn hypothesis(&mut self, item: &ast::Hypothesis) -> Option<Ready> {
        let before = self.errors();
        let model = self.chosen_model(item.model.as_ref(), item.name.span, "of")?;
        let data = self.chosen_data(item.data.as_ref(), item.name.span)?;
        let scope = self.scope(model, Some(data));
        let (measured, outputs) = self.behaviour(item, &scope, model).unzip();
        let mut stated = self.claims(item, &scope, (model, data), outputs.as_deref())?;
        self.structure(&stated, item, model)?;
        let bound = self.models[model].as_ref()?;
        let datasets: Option<Vec<&Dataset>> =
            stated.datasets.iter().map(|data| self.datasets[*data].as_ref()).collect();
        let datasets = datasets?;
        let dataset = self.datasets[data].as_ref()?;
        let inputs: BTreeSet<String> = bound.inputs.iter().map(|input| input.name.clone()).collect();
        let read: BTreeSet<String> = measured.iter().flat_map(Measured::reads).collect();
        let read: BTreeSet<String> = read.into_iter().filter(|name| dataset.columns.contains_key(name)).collect();
        let answers: BTreeSet<String> = read.difference(&inputs).cloned().collect();
        let facts = Facts {
            datasets: &datasets,
            behaviour: &item.behaviour.text,
            answers: &answers,
            dims: &bound.dims,
            tests_claims: self.tests_claims,
        };
        let classes = lint(&stated, facts, self.sink);
        let pairs = pairs(&stated, &datasets, self.sink);
        let (measured, outputs) = (measured?, outputs?);
        let shuffled = scored(&measured, (&item.behaviour.text, item.behaviour.span), dataset, &scope.dims, self.sink);
        let shuffled = shuffled?;
        let symbols = symbols(&stated, item);
        (self.errors() == before && stated.is_complete(item)).then(|| Ready {
            datasets: std::mem::take(&mut stated.datasets),
            pairs,
            estimates: std::mem::take(&mut stated.estimates),
            stated,
            model,
            data,
            behaviour: item.behaviour.text.clone(),
            measured,
            outputs,
            shuffled,
            baselines: Vec::new(),
            reported: true,
            classes,
            symbols,
            docs: item.docs.clone(),
        })
    }

    /// The behaviour's expression and the outputs that it reads.
    fn behaviour(&mut self, item: &ast::Hypothesis, scope: &Scope, model: usize) -> Option<(Measured, Vec<String>)> {
        let name = &item.behaviour;
        let Some(behaviour) = self.file.behaviours.iter().find(|found| found.name.text == name.text) else {
            let near = nearest(&name.text, self.file.behaviours.iter().map(|found| found.name.text.as_str()));
            self.sink.push(names::unknown(name.span, "behaviour", &name.text, &near));
            return None;
        };
        let measured = check_behaviour(behaviour, scope, self.sink)?;
        let read = measured.reads();
        let declared = self.file.models[model].body.outputs.iter().map(|output| output.name.text.clone());
        let outputs: Vec<String> = declared.filter(|output| read.contains(output)).collect();
        if outputs.is_empty() {
            self.sink.push(names::reads_no_output(behaviour.name.span, &behaviour.name.text));
            return None;
        }
        Some((measured, outputs))
    }
}

/// A finding about a file, pointed at the path in the text that names it.
fn pointed(finding: Diagnostic, place: Option<Span>) -> Diagnostic {
    match place {
        Some(span) => finding.pointed(span),
        None => finding,
    }
}
