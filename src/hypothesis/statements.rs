//! The statements of one hypothesis or interchange, bound and checked for their structure.

use super::check::Checker;
use super::claims::{Context, Stated, state};
use super::structure;
use crate::diagnostics::{ALLOWABLE, Diagnostic};
use crate::feature::Scope;
use crate::lower::{Ground, row_shape};
use crate::model::{Dependence, TensorId};
use crate::source::Span;
use crate::syntax::ast::{Hypothesis, Ident};

impl Checker<'_> {
    /// Checks the structure of claims that have been bound.
    pub fn structure(&mut self, stated: &Stated, item: &Hypothesis, model: usize) -> Option<()> {
        let bound = self.models[model].as_ref()?;
        let map = bound.map();
        let shape = |tensor| Some(row_shape(map, tensor));
        let dependence = Dependence::new(map.graph, &shape);
        let ground = Ground { map, dependence: &dependence };
        structure::check(stated, &item.behaviour.text, bound, ground, self.sink);
        Some(())
    }

    /// Errors so far.
    pub fn errors(&self) -> usize {
        // What is said of the data can be allowed, and then the hypothesis is run.
        let allowable = |finding: &&Diagnostic| ALLOWABLE.contains(&finding.code.id);
        self.sink.iter().filter(|finding| finding.is_error() && !allowable(finding)).count()
    }

    pub fn chosen_data(&mut self, name: Option<&Ident>, span: Span) -> Option<usize> {
        let all: Vec<&str> = self.file.data.iter().map(|data| data.name.text.as_str()).collect();
        self.chosen("dataset", name, &all, span, "on")
    }

    /// Binds the statements of a hypothesis, without looking at their structure.
    pub fn claims(
        &mut self,
        item: &Hypothesis,
        scope: &Scope,
        (model, data): (usize, usize),
        outputs: Option<&[String]>,
    ) -> Option<Stated> {
        let bound = self.models[model].as_ref()?;
        let behaviours: Vec<&str> = self.file.behaviours.iter().map(|found| found.name.text.as_str()).collect();
        let named =
            |name: &String| bound.outputs.iter().find(|output| &output.name == name).map(|output| output.tensor);
        let tensors: Vec<TensorId> = outputs.unwrap_or_default().iter().filter_map(named).collect();
        let datasets: Vec<(&str, bool)> = self
            .file
            .data
            .iter()
            .zip(&self.models_of_data)
            .map(|(item, of)| (item.name.text.as_str(), *of == Some(model)))
            .collect();
        let context =
            Context { model: bound, scope, outputs: &tensors, behaviours: &behaviours, datasets: &datasets, data };
        Some(state(item, context, self.sink))
    }
}
