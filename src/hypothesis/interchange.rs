//! Interchange interventions: a high-level model of features, aligned with regions of the model.

use super::check::Checker;
use super::claims::Stated;
use crate::data::{Column, ColumnValues, Dataset, Scalar};
use crate::diagnostics::Diagnostic;
use crate::diagnostics::messages::{claims as messages, names};
use crate::diagnostics::nearest;
use crate::feature::{
    Data, FeatureValues, Kind, Named, Purpose, Scope, Source, Typed, check_expr, check_features, evaluate, reads,
};
use crate::source::Span;
use crate::syntax::ast::{
    self, Arrow, ArrowEnd, Body, Computes, Hypothesis, Ident, Node, Reference, Scheme, Unclaimed,
};
use ndarray::{ArrayD, Axis, IxDyn};
use std::collections::{BTreeMap, BTreeSet};

/// A checked `interchange`.
#[derive(Debug)]
pub struct Interchange {
    pub name: String,
    pub docs: String,
    /// A node for each aligned feature, in order, with all its paths to the outputs but those
    /// through other aligned nodes; all else is exact.
    pub stated: Stated,
    pub model: usize,
    pub data: usize,
    /// The name of the feature that is predicted.
    pub predicts: String,
    /// The predicted feature, in which aligned features are columns of their names.
    pub intervened: Typed,
    /// What of the outputs should equal it: of its type.
    pub expression: Typed,
    /// Declared names of the outputs that it reads.
    pub outputs: Vec<String>,
    /// By node the aligned feature.
    pub aligned: Vec<(String, Typed)>,
}

/// The predicted feature on base rows, with the value of each aligned feature on a source row.
/// `base` and each list of `sources` (one for each aligned feature) are rows of the dataset, as
/// many as there are examples.
///
/// # Errors
/// A fault of evaluation.
pub fn counterfactual(
    interchange: &Interchange,
    dataset: &Dataset,
    base: &[usize],
    sources: &[&[usize]],
) -> Result<FeatureValues, Box<Diagnostic>> {
    let own = Source { dataset, outputs: BTreeMap::new() };
    let mut columns: BTreeMap<String, Column> = BTreeMap::new();
    for name in reads(&interchange.intervened) {
        let Some(column) = dataset.columns.get(&name) else { continue };
        let values = match &column.values {
            ColumnValues::Int(values) => ColumnValues::Int(values.select(Axis(0), base)),
            ColumnValues::Real(values) => ColumnValues::Real(values.select(Axis(0), base)),
            ColumnValues::Bool(values) => ColumnValues::Bool(values.select(Axis(0), base)),
        };
        columns.insert(name, Column { scalar: column.scalar, dims: column.dims.clone(), values });
    }
    for ((name, feature), rows) in interchange.aligned.iter().zip(sources) {
        let values = evaluate(feature, &own, rows)?;
        let (scalar, dims) = (values.ty.scalar, values.ty.dims.clone());
        columns.insert(name.clone(), Column { scalar, dims, values: column_of(values, rows.len()) });
    }
    let intervened = Dataset { rows: base.len(), columns, ..without_columns(dataset) };
    let rows: Vec<usize> = (0..base.len()).collect();
    evaluate(&interchange.intervened, &Source { dataset: &intervened, outputs: BTreeMap::new() }, &rows)
}

fn without_columns(dataset: &Dataset) -> Dataset {
    Dataset {
        name: dataset.name.clone(),
        path: dataset.path.clone(),
        hash: dataset.hash.clone(),
        rows: dataset.rows,
        columns: BTreeMap::new(),
        sizes: dataset.sizes.clone(),
    }
}

fn column_of(values: FeatureValues, rows: usize) -> ColumnValues {
    fn array<T>(shape: &[usize], values: Vec<T>) -> ArrayD<T> {
        ArrayD::from_shape_vec(IxDyn(shape), values).expect("a feature has a value for every row and element")
    }
    let shape: Vec<usize> = std::iter::once(rows).chain(values.sizes).collect();
    match values.data {
        Data::Bool(values) => ColumnValues::Bool(array(&shape, values)),
        Data::Int(values) => ColumnValues::Int(array(&shape, values)),
        Data::Real(values) => ColumnValues::Real(array(&shape, values)),
        Data::Ratio(_) => unreachable!("a ratio is refused as an aligned feature"),
    }
}

/// What a name of an aligned or predicted feature was found to be.
type Features = Vec<(String, Typed)>;

impl Checker<'_> {
    pub fn interchange(&mut self, item: &ast::Interchange) -> Option<Interchange> {
        let before = self.errors();
        let model = self.chosen_model(item.model.as_ref(), item.name.span, "of")?;
        let data = self.chosen_data(item.data.as_ref(), item.name.span)?;
        let scope = self.scope(model, Some(data));
        let aligned = self.aligned(item, &scope);
        let predicted = self.predicted(item, &scope);
        let (predicts, expression) = predicted?;
        let aligned = aligned?;
        let outputs = self.outputs_read(&expression, model);
        if outputs.is_empty() {
            self.sink.push(names::compares_no_output(expression.span, &item.name.name.text));
            return None;
        }
        let intervened = self.intervened(item, &predicts, &aligned, (model, data))?;
        let claims = as_hypothesis(item, &predicts);
        let mut stated = self.claims(&claims, &scope, (model, data), Some(&outputs))?;
        nearer_wins(&mut stated);
        self.structure(&stated, &claims, model)?;
        let complete = stated.is_complete(&claims) && self.errors() == before;
        let ready = complete && self.models[model].is_some() && self.datasets[data].is_some();
        ready.then(|| Interchange {
            name: item.name.name.text.clone(),
            docs: item.docs.clone(),
            stated,
            model,
            data,
            predicts: predicts.text,
            intervened,
            expression,
            outputs,
            aligned,
        })
    }

    fn feature_named(&mut self, name: &Ident, scope: &Scope) -> Option<Typed> {
        if name.text.is_empty() {
            return None;
        }
        let Some(found) = scope.features.get(&name.text) else {
            let near = nearest(&name.text, scope.features.keys().map(String::as_str));
            self.sink.push(names::unknown(name.span, "feature", &name.text, &near));
            return None;
        };
        found.as_deref().cloned()
    }

    fn aligned(&mut self, item: &ast::Interchange, scope: &Scope) -> Option<Features> {
        if item.aligned.is_empty() {
            self.sink.push(messages::aligns_nothing(item.name.span, &item.name.name.text));
            return None;
        }
        let mut known: BTreeMap<&str, Span> = BTreeMap::new();
        let mut found = Vec::new();
        for aligned in &item.aligned {
            let name = &aligned.feature;
            let feature = self.feature_named(name, scope);
            if let Some(first) = known.insert(&name.text, name.span) {
                self.sink.push(messages::aligned_twice(name.span, &name.text, first));
                continue;
            }
            let Some(feature) = feature else { continue };
            if !matches!(feature.ty.scalar, Scalar::Bool | Scalar::Int | Scalar::Token | Scalar::Category) {
                self.sink.push(messages::aligned_not_discrete(name.span, &name.text, &feature.ty.to_string()));
                continue;
            }
            found.push((name.text.clone(), feature));
        }
        (found.len() == item.aligned.len()).then_some(found)
    }

    /// The predicted feature, and what of the outputs should equal it.
    fn predicted(&mut self, item: &ast::Interchange, scope: &Scope) -> Option<(Ident, Typed)> {
        let Some((name, by)) = &item.predicts else {
            self.sink.push(messages::predicts_nothing(item.name.span, &item.name.name.text));
            return None;
        };
        let feature = self.feature_named(name, scope);
        let expression = check_expr(by, scope, Purpose::Behaviour, self.sink);
        let (feature, expression) = (feature?, expression?);
        let number = |scalar| matches!(scalar, Scalar::Int | Scalar::Token | Scalar::Category);
        let (one, other) = (feature.ty.scalar, expression.ty.scalar);
        let comparable = one == other && one != Scalar::Real || number(one) && number(other);
        if !comparable || feature.ty.dims != expression.ty.dims {
            let (wanted, found) = (feature.ty.to_string(), expression.ty.to_string());
            self.sink.push(messages::predicts_another_type(by.span, &name.text, &wanted, &found));
            return None;
        }
        Some((name.clone(), expression))
    }

    /// The predicted feature where aligned ones are given, not computed.
    fn intervened(
        &mut self,
        item: &ast::Interchange,
        predicts: &Ident,
        aligned: &Features,
        (model, data): (usize, usize),
    ) -> Option<Typed> {
        let given: BTreeSet<&str> = aligned.iter().map(|(name, _)| name.as_str()).collect();
        let mut scope = self.plain_scope(model, Some(data));
        for (name, feature) in aligned {
            let named = Named { ty: feature.ty.clone(), vocabulary: feature.vocabulary.clone() };
            scope.values.insert(name.clone(), Some(named));
        }
        let others: Vec<ast::Feature> =
            self.file.features.iter().filter(|found| !given.contains(found.name.text.as_str())).cloned().collect();
        // What is wrong with a feature has been said where all of them were checked.
        check_features(&others, &mut scope, &mut Vec::new());
        let expr = ast::Expr { kind: ast::ExprKind::Name(predicts.text.clone()), span: predicts.span };
        let found = check_expr(&expr, &scope, Purpose::Feature, &mut Vec::new())?;
        let read = reads(&found);
        for name in item.aligned.iter().map(|aligned| &aligned.feature).filter(|name| !read.contains(&name.text)) {
            self.sink.push(messages::aligned_unread(name.span, &name.text, &predicts.text));
        }
        item.aligned.iter().all(|aligned| read.contains(&aligned.feature.text)).then_some(match &found.kind {
            Kind::Feature { body, .. } => (**body).clone(),
            _ => found,
        })
    }

    fn outputs_read(&self, expression: &Typed, model: usize) -> Vec<String> {
        let read = reads(expression);
        let declared = self.file.models[model].body.outputs.iter().map(|output| output.name.text.clone());
        declared.filter(|output| read.contains(output)).collect()
    }
}

/// Nodes for the aligned features with all paths to the outputs; all else is the base's.
fn as_hypothesis(item: &ast::Interchange, predicts: &Ident) -> Hypothesis {
    let root = Ident { text: format!("the output of {}", item.name.name.text), span: predicts.span };
    let reference = |name: &Ident| Reference { name: name.clone(), arguments: Vec::new(), span: name.span };
    let end = |name: &Ident| ArrowEnd { node: reference(name), parts: Vec::new() };
    let nodes = item.aligned.iter().map(|aligned| Node {
        name: reference(&aligned.feature),
        regions: aligned.regions.clone(),
        estimate: None,
        computes: Computes::Any(aligned.feature.span),
        from: None,
        span: aligned.span,
    });
    let arrows = item.aligned.iter().map(|aligned| Arrow {
        from: end(&aligned.feature),
        to: end(&root),
        ports: Vec::new(),
        all_paths: true,
        except: Vec::new(),
        terms: None,
        span: aligned.span,
    });
    let exact = Ident { text: "exact".to_owned(), span: item.span };
    let unclaimed = Unclaimed { scheme: Scheme::Named(exact), target: None, span: item.span };
    let body = Body { nodes: nodes.collect(), arrows: arrows.collect(), unclaimed: vec![unclaimed], ..Body::default() };
    Hypothesis {
        docs: item.docs.clone(),
        name: item.name.clone(),
        behaviour: root,
        model: item.model.clone(),
        data: item.data.clone(),
        refines: None,
        body,
        span: item.span,
    }
}

/// Paths of one node end where another aligned node is met: that one has a value of its own.
fn nearer_wins(stated: &mut Stated) {
    let parts: Vec<Vec<super::claim::Part>> = stated.claims.nodes.iter().map(|node| node.parts.clone()).collect();
    for arrow in &mut stated.claims.arrows {
        let others = parts.iter().enumerate().filter(|(node, _)| *node != arrow.from.0);
        arrow.except = others.flat_map(|(_, parts)| parts.clone()).collect();
    }
}
