//! Data that the file makes itself, each after the data that it takes rows of.

use super::check::Checker;
use crate::data::{Column, Dataset, Scalar, ValueType};
use crate::diagnostics::messages::{generate as messages, names};
use crate::diagnostics::{Diagnostic, nearest};
use crate::feature::{Data, Named, Scope, Source, check_features, evaluate, needed_features, resolve_type};
use crate::generate::{self, Context, RowSource, check_condition};
use crate::source::Span;
use crate::syntax::ast::{self, Content, Expr, Generator, Ident};
use std::collections::BTreeMap;
use std::sync::Arc;

impl Checker<'_> {
    /// Makes every generated dataset that can be made.
    pub fn generate(&mut self) {
        let file = self.file;
        let generators = file.data.iter().enumerate().filter(|(_, item)| item.generator.is_some());
        let mut waiting: Vec<usize> = generators.map(|(at, _)| at).collect();
        while !waiting.is_empty() {
            let ready = waiting.iter().position(|at| self.awaited(*at, &waiting).is_none());
            let Some(ready) = ready else { return self.report_circle(&waiting) };
            let at = waiting.remove(ready);
            let made = self.models_of_data.get(at).copied().flatten().and_then(|model| self.generated(at, model));
            if let Some(place) = self.datasets.get_mut(at) {
                *place = made;
            }
        }
    }

    /// A dataset that this one takes rows of and that is still to be made.
    fn awaited(&self, at: usize, waiting: &[usize]) -> Option<usize> {
        let generator = self.file.data.get(at)?.generator.as_ref()?;
        let named = generate::sources(generator).into_iter().map(|asked| self.data_called(asked.data));
        named.flatten().find(|found| waiting.contains(found))
    }

    fn data_called(&self, name: &Ident) -> Option<usize> {
        self.file.data.iter().position(|item| item.name.text == name.text)
    }

    fn report_circle(&mut self, waiting: &[usize]) {
        let mut path: Vec<usize> = Vec::new();
        let mut next = waiting.first().copied();
        while let Some(at) = next.filter(|at| !path.contains(at)) {
            path.push(at);
            next = self.awaited(at, waiting);
        }
        let start = path.iter().position(|at| Some(*at) == next).unwrap_or(0);
        let circle: Vec<&Ident> = path.iter().skip(start).map(|at| &self.file.data[*at].name).collect();
        let names: Vec<&str> = circle.iter().map(|name| name.text.as_str()).collect();
        self.sink.extend(circle.first().map(|name| messages::data_circle(name.span, &names)));
    }

    fn generated(&mut self, at: usize, model: usize) -> Option<Dataset> {
        let file = self.file;
        let item = file.data.get(at)?;
        let generator = item.generator.as_ref()?;
        if self.is_bound(&item.name.text) {
            self.sink.push(messages::bound(item.name.span, &item.name.text));
            return None;
        }
        let schema = self.schema(item, model);
        let (inputs, sizes) = (self.declared_inputs(model), self.sizes(model));
        let types = self.types(item, model, &inputs);
        let scope = self.scope_of(at, model, generator);
        let sources = self.sources(generator, model);
        let context = Context {
            item,
            generator,
            inputs: &inputs,
            sizes: &sizes,
            types: &types,
            scope: &scope,
            sources: &sources,
        };
        let recipe = generate::check(context, self.sink);
        // Without the model its axes might have other sizes than the text says.
        self.models.get(model)?.as_ref()?;
        let sizes = sizes.into_iter().filter_map(|(name, size)| Some((name, size?))).collect();
        match generate::make(&recipe?, &schema?, &sizes) {
            Ok(made) => {
                self.sink.extend(made.warning);
                Some(made.dataset)
            }
            Err(findings) => {
                self.sink.extend(findings);
                None
            }
        }
    }

    /// By column; what is wrong with a type is reported with the schema.
    fn types(
        &self,
        item: &ast::Data,
        model: usize,
        inputs: &BTreeMap<String, Option<Named>>,
    ) -> Vec<Option<ValueType>> {
        let rows = self.rows_name(model);
        let of = |column: &ast::Column| match &column.ty {
            Some(ty) => resolve_type(ty, &mut Vec::new()).map(|found| found.without_axis(&rows)),
            None => inputs.get(&column.name.text)?.as_ref().map(|named| named.ty.clone()),
        };
        item.columns.iter().map(of).collect()
    }

    /// What the expressions of a block can name. Features that none of them reads might be about other
    /// data, and are not looked at.
    fn scope_of(&mut self, at: usize, model: usize, generator: &Generator) -> Scope {
        let computed = generator.columns.iter().filter_map(|content| match content {
            Content::Computed(expr) => Some(expr),
            Content::Drawn(_) => None,
        });
        let expressions: Vec<&Expr> = computed.chain(&generator.conditions).collect();
        let mut scope = self.scope_for(&expressions, model, at);
        let int = || Some(Named::new(ValueType::without_axes(Scalar::Int)));
        scope.values.extend(generator.numbers.iter().map(|number| (number.name.text.clone(), int())));
        scope
    }

    fn scope_for(&mut self, expressions: &[&Expr], model: usize, data: usize) -> Scope {
        let mut scope = self.plain_scope(model, Some(data));
        let needed = needed_features(&self.file.features, expressions);
        check_features(&needed, &mut scope, self.sink);
        scope
    }

    /// The rows that pieces draw from, by place of the piece.
    fn sources(&mut self, generator: &Generator, model: usize) -> BTreeMap<Span, Arc<RowSource>> {
        let mut found = BTreeMap::new();
        for asked in generate::sources(generator) {
            if let Some(source) = self.source(asked.data, asked.column, asked.condition, model) {
                found.insert(asked.span, Arc::new(source));
            }
        }
        found
    }

    fn source(&mut self, data: &Ident, column: &Ident, condition: Option<&Expr>, model: usize) -> Option<RowSource> {
        if data.text.is_empty() {
            return None;
        }
        let file = self.file;
        let Some(at) = self.data_called(data) else {
            let near = nearest(&data.text, file.data.iter().map(|item| item.name.text.as_str()));
            return self.fail(names::unknown(data.span, "dataset", &data.text, &near));
        };
        if self.models_of_data.get(at).copied().flatten()? != model {
            let name = &file.models.get(model)?.name.text;
            return self.fail(messages::of_other_model(data.span, &data.text, name));
        }
        let typed = condition.map(|expr| {
            let scope = self.scope_for(&[expr], model, at);
            check_condition(expr, &scope, self.sink)
        });
        let dataset = self.datasets.get(at)?.as_ref()?;
        let checked = token_column(dataset, column);
        let chosen = match &typed {
            None => Ok((0..dataset.rows).collect()),
            Some(None) => return None,
            Some(Some(typed)) => rows_of(typed, dataset),
        };
        match (checked, chosen) {
            (Ok(()), Ok(chosen)) if chosen.is_empty() => {
                let place = condition.map_or(data.span, |condition| condition.span);
                let (name, rows) = (data.text.clone(), dataset.rows);
                self.fail(messages::no_row_meets(place, &name, rows))
            }
            (Ok(()), Ok(chosen)) => {
                let chosen = chosen.into_iter().filter_map(|row| u32::try_from(row).ok()).collect();
                RowSource::new(dataset, &column.text, chosen)
            }
            (checked, chosen) => {
                self.sink.extend(checked.err().flatten().map(|finding| *finding));
                self.sink.extend(chosen.err().map(|finding| *finding));
                None
            }
        }
    }

    fn fail<T>(&mut self, finding: Diagnostic) -> Option<T> {
        self.sink.push(finding);
        None
    }
}

/// The rows of a dataset on which a condition holds.
fn rows_of(condition: &crate::feature::Typed, dataset: &Dataset) -> Result<Vec<usize>, Box<Diagnostic>> {
    let rows: Vec<usize> = (0..dataset.rows).collect();
    let values = evaluate(condition, &Source { dataset, outputs: BTreeMap::new() }, &rows)?;
    let Data::Bool(holds) = &values.data else { unreachable!("a condition is a bool") };
    Ok(rows.into_iter().zip(holds).filter(|(_, holds)| **holds).map(|(row, _)| row).collect())
}

/// Whether a column has tokens along at most one axis; without a finding for a name that is absent.
fn token_column(dataset: &Dataset, column: &Ident) -> Result<(), Option<Box<Diagnostic>>> {
    if column.text.is_empty() {
        return Err(None);
    }
    let Some(Column { scalar, dims, .. }) = dataset.columns.get(&column.text) else {
        let near = nearest(&column.text, dataset.columns.keys().map(String::as_str));
        return Err(Some(Box::new(names::unknown(column.span, "column", &column.text, &near))));
    };
    if matches!(scalar, Scalar::Token | Scalar::Int) && dims.len() <= 1 {
        return Ok(());
    }
    let found = ValueType { scalar: *scalar, dims: dims.clone() };
    let needed = ValueType::without_axes(Scalar::Token);
    Err(Some(Box::new(messages::other_column(column.span, &column.text, &found, &needed))))
}
