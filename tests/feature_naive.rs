//! Random expressions: the vectorised evaluator against plain recursion over one element of one row.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod naive;

use ansatz::data::{Column, ColumnValues, Dataset};
use ansatz::diagnostics::Place;
use ansatz::feature::{Data, FeatureValues, Named, Purpose, Scalar, Scope, Source, ValueType, check_expr, evaluate};
use ansatz::source::{FileId, Span};
use ansatz::syntax::ast::{Arithmetic, Comparison, Expr, ExprKind, Ident, Logic, Part, Range};
use naive::{COLUMNS, Coordinates, DIMS, Fault, ROWS, Value, element, size_of, value_at};
use ndarray::{ArrayD, IxDyn};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use std::collections::BTreeMap;

fn dataset() -> Dataset {
    let mut columns = BTreeMap::new();
    for (number, (name, scalar, dims)) in COLUMNS.iter().enumerate() {
        let shape: Vec<usize> = std::iter::once(ROWS).chain(dims.iter().map(|dim| size_of(dim))).collect();
        let at = |index: ndarray::Dim<ndarray::IxDynImpl>| {
            let index: Vec<usize> = (0..shape.len()).map(|axis| index[axis]).collect();
            element(number, index[0], &index[1..])
        };
        let ints = ArrayD::from_shape_fn(IxDyn(&shape), at);
        let values = match scalar {
            Scalar::Bool => ColumnValues::Bool(ints.mapv(|value| value > 0)),
            Scalar::Real => ColumnValues::Real(ints.mapv(|value| value as f64 / 2.0)),
            _ => ColumnValues::Int(ints),
        };
        let dims = dims.iter().map(ToString::to_string).collect();
        columns.insert(name.to_string(), Column { scalar: *scalar, dims, values });
    }
    let sizes = DIMS.iter().map(|(name, size)| (name.to_string(), *size)).collect();
    Dataset { name: "d".into(), path: "d.npz".into(), hash: String::new(), rows: ROWS, columns, sizes }
}

fn scope() -> Scope {
    let values =
        COLUMNS.iter().map(|(name, scalar, dims)| (name.to_string(), Some(Named::new(ValueType::new(*scalar, dims)))));
    let dims = DIMS.iter().map(|(name, size)| (name.to_string(), Some(*size)));
    Scope { values: values.collect(), dims: dims.collect(), ..Scope::default() }
}

// Random expressions of a wanted scalar and wanted axes, decided by a string of bytes.

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Bool,
    Int,
    Real,
}

struct Maker<'a> {
    bytes: &'a [u8],
}

fn expr(kind: ExprKind) -> Expr {
    Expr { kind, span: Span::new(FileId(0), 0..1) }
}

fn ident(text: &str) -> Ident {
    Ident { text: text.to_string(), span: Span::new(FileId(0), 0..1) }
}

fn name(text: &str) -> Expr {
    expr(ExprKind::Name(text.to_string()))
}

fn called(function: &str, arguments: Vec<Expr>) -> Expr {
    expr(ExprKind::Call { function: ident(function), arguments })
}

impl Maker<'_> {
    fn below(&mut self, limit: usize) -> usize {
        match self.bytes.split_first() {
            Some((first, rest)) => {
                self.bytes = rest;
                usize::from(*first) % limit
            }
            None => 0,
        }
    }

    /// Axes within `dims`: none, one of them, or all.
    fn some_of(&mut self, dims: &[&'static str]) -> Vec<&'static str> {
        match self.below(3) {
            0 => Vec::new(),
            1 if !dims.is_empty() => vec![dims[self.below(dims.len())]],
            _ => dims.to_vec(),
        }
    }

    /// One operand with all axes, the other with some, in either order.
    fn two(&mut self, kind: Kind, dims: &[&'static str], depth: usize) -> (Box<Expr>, Box<Expr>) {
        let fewer = self.some_of(dims);
        let (a, b) = (self.make(kind, dims, depth), self.make(kind, &fewer, depth));
        if self.below(2) == 0 { (Box::new(a), Box::new(b)) } else { (Box::new(b), Box::new(a)) }
    }

    /// An expression with exactly these axes.
    fn make(&mut self, kind: Kind, dims: &[&'static str], depth: usize) -> Expr {
        if depth == 0 || self.bytes.is_empty() {
            return self.leaf(kind, dims);
        }
        let depth = depth - 1;
        match self.below(8) {
            0 => self.leaf(kind, dims),
            1 => {
                let fewer = self.some_of(dims);
                let condition = Box::new(self.make(Kind::Bool, &fewer, depth));
                let (then, otherwise) = self.two(kind, dims, depth);
                expr(ExprKind::If { condition, then, otherwise })
            }
            2 | 3 => self.reduction(kind, dims, depth),
            4 if !dims.is_empty() => self.running(kind, dims, depth),
            5 => self.pick(kind, dims, depth),
            _ => self.operator(kind, dims, depth),
        }
    }

    fn leaf(&mut self, kind: Kind, dims: &[&'static str]) -> Expr {
        let int = match dims {
            [] if self.below(12) == 0 => expr(ExprKind::Int(i64::MAX / 2)),
            [] if self.below(2) == 0 => expr(ExprKind::Int(self.below(5) as i64)),
            [] => name("s"),
            ["pos"] if self.below(4) == 0 => called("position", vec![name("pos")]),
            ["pos"] => name("a"),
            [dim] => called("sum", vec![name("g"), name(if *dim == "key" { "pos" } else { "key" })]),
            _ => name(if self.below(2) == 0 { "g" } else { "h" }),
        };
        match (kind, dims) {
            (Kind::Int, _) => int,
            (Kind::Bool, ["pos"]) => name("t"),
            (Kind::Bool, _) => {
                let (left, right) = (Box::new(int), Box::new(expr(ExprKind::Int(0))));
                expr(ExprKind::Compare { comparison: Comparison::Greater, left, right })
            }
            (Kind::Real, ["key"]) => name("w"),
            (Kind::Real, _) => called("real", vec![int]),
        }
    }

    fn operator(&mut self, kind: Kind, dims: &[&'static str], depth: usize) -> Expr {
        let choice = self.below(6);
        if kind == Kind::Bool {
            return self.truth(choice, dims, depth);
        }
        let operator = match (choice, kind) {
            (0, _) => Arithmetic::Add,
            (1, _) => Arithmetic::Subtract,
            (2, _) => Arithmetic::Multiply,
            (3, Kind::Int) => Arithmetic::Remainder,
            (3, _) => Arithmetic::Divide,
            (4, _) => return expr(ExprKind::Negate(Box::new(self.make(kind, dims, depth)))),
            (_, Kind::Int) if self.below(2) == 0 => return called("int", vec![self.make(Kind::Bool, dims, depth)]),
            _ => return called("abs", vec![self.make(kind, dims, depth)]),
        };
        let (left, right) = self.two(kind, dims, depth);
        expr(ExprKind::Arithmetic { operator, left, right })
    }

    fn truth(&mut self, choice: usize, dims: &[&'static str], depth: usize) -> Expr {
        let operator = match choice {
            0 => return expr(ExprKind::Not(Box::new(self.make(Kind::Bool, dims, depth)))),
            1 => Logic::And,
            2 => Logic::Or,
            _ => {
                let comparisons = [Comparison::Less, Comparison::LessEqual, Comparison::Equal, Comparison::NotEqual];
                let comparison = comparisons[self.below(4)];
                let kind = if self.below(2) == 0 { Kind::Int } else { Kind::Real };
                let (left, right) = self.two(kind, dims, depth);
                return expr(ExprKind::Compare { comparison, left, right });
            }
        };
        let (left, right) = self.two(Kind::Bool, dims, depth);
        expr(ExprKind::Logic { operator, left, right })
    }

    /// An axis that is not among `dims`, with both.
    fn one_more(&mut self, dims: &[&'static str]) -> Option<(&'static str, Vec<&'static str>)> {
        let free: Vec<&str> = DIMS.iter().map(|(name, _)| *name).filter(|name| !dims.contains(name)).collect();
        let axis = *free.get(self.below(free.len().max(1)))?;
        let all = DIMS.iter().map(|(name, _)| *name).filter(|name| dims.contains(name) || *name == axis).collect();
        Some((axis, all))
    }

    fn reduction(&mut self, kind: Kind, dims: &[&'static str], depth: usize) -> Expr {
        let Some((axis, all)) = self.one_more(dims) else { return self.leaf(kind, dims) };
        let (functions, of): (&[&str], Kind) = match (kind, self.below(3)) {
            (Kind::Bool, _) => (&["all", "any"], Kind::Bool),
            (Kind::Int, 0) => (&["argmax", "argmin"], if self.below(2) == 0 { Kind::Int } else { Kind::Real }),
            (Kind::Int, 1) => (&["count"], Kind::Bool),
            (Kind::Real, 0) => (&["mean"], if self.below(2) == 0 { Kind::Int } else { Kind::Real }),
            _ => (&["sum", "prod", "min", "max"], kind),
        };
        let function = functions[self.below(functions.len())];
        let mut value = self.make(of, &all, depth);
        if self.below(4) == 0 {
            let start = self.below(size_of(axis));
            let end = start + 1 + self.below(size_of(axis) - start);
            let bound = |bound: usize| expr(ExprKind::Int(bound as i64));
            let range = Range { start: bound(start), end: bound(end), span: value.span };
            let part = Box::new(Part::Many(range));
            value = expr(ExprKind::Index { base: Box::new(value), dim: Some(ident(axis)), part });
        }
        called(function, vec![value, name(axis)])
    }

    fn running(&mut self, kind: Kind, dims: &[&'static str], depth: usize) -> Expr {
        let axis = dims[self.below(dims.len())];
        let value = self.make(kind, dims, depth);
        if kind == Kind::Bool || self.below(3) == 0 {
            let by = self.below(7) as i64 - 3;
            let by = if by < 0 {
                expr(ExprKind::Negate(Box::new(expr(ExprKind::Int(-by)))))
            } else {
                expr(ExprKind::Int(by))
            };
            let fewer = self.some_of(dims);
            let fill = self.make(kind, &fewer, depth);
            return called("shift", vec![value, by, fill, name(axis)]);
        }
        let functions = ["prefix_sum", "prefix_max", "prefix_min", "suffix_sum", "suffix_max", "suffix_min"];
        called(functions[self.below(6)], vec![value, name(axis)])
    }

    fn pick(&mut self, kind: Kind, dims: &[&'static str], depth: usize) -> Expr {
        let Some((axis, all)) = self.one_more(dims) else { return self.leaf(kind, dims) };
        let base = Box::new(self.make(kind, &all, depth));
        let fewer = self.some_of(dims);
        let mut index = self.make(Kind::Int, &fewer, depth);
        if self.below(8) > 0 {
            let right = Box::new(expr(ExprKind::Int(size_of(axis) as i64)));
            let operator = Arithmetic::Remainder;
            index = expr(ExprKind::Arithmetic { operator, left: Box::new(index), right });
        }
        expr(ExprKind::Index { base, dim: Some(ident(axis)), part: Box::new(Part::One(index)) })
    }
}

/// What the evaluator should give for `rows`, or the first row with a fault.
fn plainly(expression: &Expr, dims: &[String], rows: &[usize]) -> Result<Vec<Value>, usize> {
    let mut values = Vec::new();
    let width: usize = dims.iter().map(|dim| size_of(dim)).product();
    for row in rows {
        for flat in 0..width {
            let mut rest = flat;
            let mut at = Coordinates::new();
            for dim in dims.iter().rev() {
                at.insert(dim.clone(), rest % size_of(dim));
                rest /= size_of(dim);
            }
            values.push(value_at(expression, *row, &at).map_err(|Fault| *row)?);
        }
    }
    Ok(values)
}

fn listed(values: &FeatureValues) -> Vec<Value> {
    match &values.data {
        Data::Bool(values) => values.iter().map(|value| Value::Bool(*value)).collect(),
        Data::Int(values) => values.iter().map(|value| Value::Int(*value)).collect(),
        Data::Real(values) => values.iter().map(|value| Value::Real(*value)).collect(),
        Data::Ratio(_) => panic!("no ratio is generated"),
    }
}

fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Real(a), Value::Real(b)) => a == b || (a.is_nan() && b.is_nan()),
        _ => left == right,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, rng_seed: RngSeed::Fixed(7), ..ProptestConfig::default() })]

    #[test]
    fn random_expressions_have_their_plain_meaning(bytes in proptest::collection::vec(any::<u8>(), 8..200)) {
        let mut maker = Maker { bytes: &bytes };
        let kind = [Kind::Bool, Kind::Int, Kind::Real][maker.below(3)];
        let dims = [vec![], vec!["pos"], vec!["key"], vec!["pos", "key"]][maker.below(4)].clone();
        let expression = maker.make(kind, &dims, 5);
        let mut sink = Vec::new();
        let typed = check_expr(&expression, &scope(), Purpose::Feature, &mut sink);
        // A constant index outside of its axis is the one mistake that can be generated.
        prop_assert!(sink.iter().all(|finding| finding.code.id == "A2005"), "{sink:?}");
        if let Some(typed) = typed {
            let rows = [2, 0, 1, 1];
            let data = dataset();
            let found = evaluate(&typed, &Source { dataset: &data, outputs: BTreeMap::new() }, &rows);
            let expected = plainly(&expression, &typed.ty.dims, &rows);
            match (found, expected) {
                (Ok(found), Ok(expected)) => {
                    let found = listed(&found);
                    let equal = found.len() == expected.len() && found.iter().zip(&expected).all(|(a, b)| same(a, b));
                    prop_assert!(equal, "{found:?}\n{expected:?}\n{expression:?}");
                }
                (Err(found), Err(row)) => {
                    let place = found.secondary.first().map(|label| label.place.clone());
                    let on_row = Place::Data { path: "d.npz".to_string(), row: Some(row as u64) };
                    prop_assert!(place.is_none() || place == Some(on_row), "{found:?}, row {row}");
                }
                (found, expected) => prop_assert!(false, "{found:?}\n{expected:?}\n{expression:?}"),
            }
        }
    }
}
