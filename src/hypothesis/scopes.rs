//! What expressions about a model and a dataset can name, and what a dataset has to hold.

use super::check::Checker;
use super::names::Declared;
use super::tables;
use crate::data::ColumnSchema;
use crate::diagnostics::messages::generate::line_as_column;
use crate::diagnostics::messages::{binding, names};
use crate::diagnostics::nearest;
use crate::feature::{Named, Scope, check_features, resolve_type};
use crate::syntax::ast;
use std::collections::BTreeMap;
use std::rc::Rc;

impl Checker<'_> {
    pub fn schema(&mut self, item: &ast::Data, model: usize) -> Option<Vec<ColumnSchema>> {
        let inputs = self.declared_inputs(model);
        let rows = self.rows_name(model);
        let mut declared = Declared::new("column");
        let mut schema = Vec::new();
        let mut complete = true;
        for column in &item.columns {
            complete &= declared.add(&column.name, self.sink);
            let name = column.name.text.as_str();
            let input = inputs.get(name).cloned().flatten();
            let ty = match (&column.ty, &input) {
                (Some(ty), _) => resolve_type(ty, self.sink).map(|found| found.without_axis(&rows)),
                (None, Some(named)) => Some(named.ty.clone()),
                (None, None) if inputs.contains_key(name) => None,
                (None, None) => {
                    let near = nearest(name, inputs.keys().map(String::as_str));
                    let finding = names::column_without_type(column.name.span, name, &near);
                    self.sink.push(if item.generator.is_some() { line_as_column(finding, name) } else { finding });
                    None
                }
            };
            let Some(ty) = ty else {
                complete = false;
                continue;
            };
            let key = column.key.as_ref().map_or_else(|| name.to_owned(), |key| key.value.clone());
            let place = column.key.as_ref().map_or(column.name.span, |key| key.span);
            let words = input.and_then(|named| named.vocabulary).map(|words| words.len() as u64);
            schema.push(ColumnSchema { name: name.to_owned(), key, ty, place, vocabulary: words });
        }
        let model_item = &self.file.models[model];
        for input in &model_item.body.inputs {
            if !item.columns.iter().any(|column| column.name.text == input.name.text) {
                let first = item.columns.first().filter(|_| item.generator.is_none()).map(|column| column.name.span);
                let finding = binding::input_without_column(item.name.span, &input.name.text, input.name.span, first);
                self.sink.push(finding);
                complete = false;
            }
        }
        complete.then_some(schema)
    }

    /// The declared name of the axis of examples: the first of the first input.
    pub fn rows_name(&self, model: usize) -> String {
        let first = self.file.models[model].body.inputs.first().and_then(|input| input.ty.dims.first());
        first.and_then(|dim| dim.name.as_ref()).map_or_else(|| "batch".to_owned(), |name| name.text.clone())
    }

    /// The types of the inputs as declared, whether or not the model could be loaded.
    pub fn declared_inputs(&self, model: usize) -> BTreeMap<String, Option<Named>> {
        let rows = self.rows_name(model);
        let named = |ty: &ast::Type, vocabulary: Option<&Vec<ast::Text>>| {
            let ty = resolve_type(ty, &mut Vec::new())?.without_axis(&rows);
            let words = vocabulary.map(|words| words.iter().map(|word| word.value.clone()).collect::<Vec<_>>().into());
            Some(Named { ty, vocabulary: words })
        };
        // Of two with one name the first counts.
        let inputs = self.file.models[model].body.inputs.iter().rev();
        inputs.map(|input| (input.name.text.clone(), named(&input.ty, input.vocabulary.as_ref()))).collect()
    }

    pub fn sizes(&self, model: usize) -> BTreeMap<String, Option<usize>> {
        let mut sizes = match &self.models[model] {
            Some(bound) => bound.sizes.clone(),
            None => {
                let size = |dim: &ast::DimDecl| dim.size.and_then(|(size, _)| usize::try_from(size).ok());
                self.file.models[model].body.dims.iter().map(|dim| (dim.name.text.clone(), size(dim))).collect()
            }
        };
        sizes.remove(&self.rows_name(model));
        sizes
    }

    /// What expressions about a model and a dataset can name, features included.
    pub fn scope(&mut self, model: usize, data: Option<usize>) -> Rc<Scope> {
        if let Some(known) = self.scopes.get(&(model, data)) {
            return Rc::clone(known);
        }
        let mut scope = self.plain_scope(model, data);
        check_features(&self.file.features, &mut scope, self.sink);
        let scope = Rc::new(scope);
        self.scopes.insert((model, data), Rc::clone(&scope));
        scope
    }

    /// The same without features.
    pub fn plain_scope(&mut self, model: usize, data: Option<usize>) -> Scope {
        let mut scope = Scope { values: self.declared_inputs(model), dims: self.sizes(model), ..Scope::default() };
        let rows = self.rows_name(model);
        if let Some(item) = data.map(|data| &self.file.data[data]) {
            for column in &item.columns {
                let found = column.ty.as_ref().and_then(|ty| resolve_type(ty, &mut Vec::new()));
                let named = found.map(|found| Named::new(found.without_axis(&rows)));
                scope.values.entry(column.name.text.clone()).or_insert(named);
            }
        }
        for output in &self.file.models[model].body.outputs {
            let ty = resolve_type(&output.ty, &mut Vec::new());
            let inline = output.ty.dims.iter().filter_map(|dim| Some((dim.name.as_ref()?, dim.size?)));
            for (name, (size, _)) in inline {
                scope.dims.entry(name.text.clone()).or_insert(usize::try_from(size).ok());
            }
            let named = ty.map(|found| Named::new(found.without_axis(&rows)));
            scope.outputs.insert(output.name.text.clone(), named);
        }
        tables::enter(self.file, &self.tables, &mut scope, self.sink);
        scope
    }
}
