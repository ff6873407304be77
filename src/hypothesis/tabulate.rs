//! Expressions over indices alone, such as `key == query - 1`, as arrays of constants.

use crate::data::{Dataset, Scalar, ValueType};
use crate::diagnostics::Diagnostic;
use crate::feature::{Data, FeatureValues, Kind, Purpose, Scope, Source, Typed, check_expr, evaluate};
use crate::source::Span;
use crate::syntax::ast::{Arithmetic, Expr};
use std::collections::BTreeMap;
use std::sync::Arc;

/// An axis with its size.
pub type Axis = (String, usize);

/// Checks an expression in which each axis stands for its index. `None` with findings.
pub fn check(expr: &Expr, axes: &[Axis], scope: &Scope, sink: &mut Vec<Diagnostic>) -> Option<Typed> {
    let mut own = Scope { dims: scope.dims.clone(), tables: scope.tables.clone(), ..Scope::default() };
    for (name, size) in axes {
        own.dims.insert(name.clone(), Some(*size));
        own.features.insert(name.clone(), index(name, axes, expr.span).map(Arc::new));
    }
    check_expr(expr, &own, Purpose::Behaviour, sink)
}

/// The index along one axis, for every tuple of indices: operands with unlike axes would not align.
fn index(name: &str, axes: &[Axis], span: Span) -> Option<Typed> {
    let mut dims: Vec<String> = Vec::new();
    axes.iter().fold(None, |sum, (axis, size)| {
        dims.push(axis.clone());
        let own = ValueType::new(Scalar::Int, &[axis.as_str()]);
        let factor = Typed::new(Kind::Int(i64::from(axis == name)), ValueType::without_axes(Scalar::Int), span);
        let position = Typed::new(Kind::Position { dim: axis.clone(), size: Some(*size) }, own.clone(), span);
        let term = arithmetic(Arithmetic::Multiply, factor, position, own);
        let all = ValueType { scalar: Scalar::Int, dims: dims.clone() };
        Some(match sum {
            None => term,
            Some(sum) => arithmetic(Arithmetic::Add, sum, term, all),
        })
    })
}

fn arithmetic(operator: Arithmetic, left: Typed, right: Typed, ty: ValueType) -> Typed {
    let span = left.span;
    Typed::new(Kind::Arithmetic { operator, left: Box::new(left), right: Box::new(right) }, ty, span)
}

/// The values of such an expression for all indices, the last axis running fastest.
///
/// # Errors
/// A fault of arithmetic for some index.
pub fn tabulate(expression: &Typed, axes: &[Axis]) -> Result<Vec<f64>, Box<Diagnostic>> {
    let dataset = Dataset {
        name: String::new(),
        path: String::new(),
        hash: String::new(),
        rows: 1,
        columns: BTreeMap::new(),
        sizes: axes.iter().cloned().collect(),
    };
    let source = Source { dataset: &dataset, outputs: BTreeMap::new() };
    let values = evaluate(expression, &source, &[0])?;
    Ok(spread(&values, axes))
}

/// Values along some of the axes, in whatever order, spread over all of them.
fn spread(values: &FeatureValues, axes: &[Axis]) -> Vec<f64> {
    let mut stride = 1;
    let mut strides: BTreeMap<&str, usize> = BTreeMap::new();
    for (dim, size) in values.ty.dims.iter().zip(&values.sizes).rev() {
        strides.insert(dim, stride);
        stride *= size;
    }
    let mut places = vec![0_usize];
    for (name, size) in axes {
        let stride = strides.get(name.as_str()).copied().unwrap_or(0);
        places = places.iter().flat_map(|start| (0..*size).map(move |at| start + at * stride)).collect();
    }
    let value = |at: usize| match &values.data {
        Data::Bool(values) => values.get(at).map(|value| f64::from(u8::from(*value))),
        Data::Int(values) => values.get(at).map(|value| *value as f64),
        Data::Real(values) => values.get(at).copied(),
        Data::Ratio(_) => None,
    };
    places.into_iter().map(|at| value(at).unwrap_or(f64::NAN)).collect()
}
