//! A behaviour taken apart: what it computes from outputs, and the parts of the datum that it
//! compares them with. Whatever is paired with the parts of other rows is paired with those rows.

use super::measured::Measured;
use super::typed::{Kind, Typed, visit};
use crate::data::Scalar;
use std::collections::BTreeSet;
use std::sync::Arc;

/// A behaviour whose parts are read as columns: part `i` as the column [`part_name`]`(i)`.
#[derive(Debug, Clone)]
pub struct Split {
    pub value: Typed,
    pub mask: Option<Typed>,
    /// The largest subexpressions that read the datum and no outputs.
    pub parts: Vec<Typed>,
    /// Axes of the value along which element i depends on element i of each part, and on no other:
    /// all parts have them.
    pub separable: Vec<String>,
}

/// The name of a part's column.
#[must_use]
pub fn part_name(part: usize) -> String {
    // No name that can be declared has a space.
    format!("part {part}")
}

/// Takes a behaviour apart. `None` if it reads the untouched model on the reference, or compares
/// outputs with a ratio.
#[must_use]
pub fn split(measured: &Measured) -> Option<Split> {
    let mut splitter = Splitter { parts: Vec::new() };
    if measured.reads_clean() {
        return None;
    }
    let value = splitter.rewritten(&measured.value);
    let mask = measured.mask.as_ref().map(|mask| splitter.rewritten(mask));
    if splitter.parts.iter().any(|part| part.ty.scalar == Scalar::Ratio) {
        return None;
    }
    let common = |dim: &&String| splitter.parts.iter().all(|part| part.ty.dims.contains(dim));
    let candidates: Vec<String> =
        if splitter.parts.is_empty() { Vec::new() } else { value.ty.dims.iter().filter(common).cloned().collect() };
    let mut mixed = BTreeSet::new();
    for whole in std::iter::once(&value).chain(&mask) {
        visit(whole, &mut |node| mixed.extend(mixed_dims(node)));
    }
    let separable = candidates.into_iter().filter(|dim| !mixed.contains(dim)).collect();
    Some(Split { value, mask, parts: splitter.parts, separable })
}

struct Splitter {
    parts: Vec<Typed>,
}

impl Splitter {
    fn rewritten(&mut self, expression: &Typed) -> Typed {
        match reads_what(expression) {
            Reads { outputs: false, datum: true } => self.part(expression),
            Reads { outputs: false, datum: false } => expression.clone(),
            Reads { outputs: true, .. } => {
                let operands = expression.kind.operands().into_iter().map(|operand| self.rewritten(operand)).collect();
                let kind = expression.kind.with_operands(operands);
                let rebuilt = Typed::new(kind, expression.ty.clone(), expression.span);
                rebuilt.with_vocabulary(expression.vocabulary.clone())
            }
        }
    }

    fn part(&mut self, expression: &Typed) -> Typed {
        let same = |part: &Typed| match (&part.kind, &expression.kind) {
            (Kind::Read(one), Kind::Read(other)) => one == other,
            (Kind::Feature { body: one, .. }, Kind::Feature { body: other, .. }) => Arc::ptr_eq(one, other),
            _ => false,
        };
        let at = self.parts.iter().position(same).unwrap_or_else(|| {
            self.parts.push(expression.clone());
            self.parts.len() - 1
        });
        let read = Typed::new(Kind::Read(part_name(at)), expression.ty.clone(), expression.span);
        read.with_vocabulary(expression.vocabulary.clone())
    }
}

struct Reads {
    outputs: bool,
    datum: bool,
}

fn reads_what(expression: &Typed) -> Reads {
    let mut found = Reads { outputs: false, datum: false };
    visit(expression, &mut |part| match part.kind {
        Kind::Output(_) | Kind::Clean(_) => found.outputs = true,
        Kind::Read(_) => found.datum = true,
        _ => {}
    });
    found
}

/// The axes along which a node carries elements of parts to other places.
fn mixed_dims(node: &Typed) -> Vec<String> {
    let along = |value: &Typed, axis: usize| -> Vec<String> {
        let Some(dim) = value.ty.dims.get(axis) else { return Vec::new() };
        let mut carries = false;
        visit(value, &mut |part| carries |= matches!(part.kind, Kind::Read(_)) && part.ty.dims.contains(dim));
        if carries { vec![dim.clone()] } else { Vec::new() }
    };
    match &node.kind {
        Kind::Reduce { axis, value, .. }
        | Kind::Scan { axis, value, .. }
        | Kind::Shift { axis, value, .. }
        | Kind::LogSoftmax { axis, value }
        | Kind::Slice { axis, value, .. }
        | Kind::Pick { axis, value, .. } => along(value, *axis),
        Kind::Divergence { axes, left, right, .. } => {
            along(left, axes.0).into_iter().chain(along(right, axes.1)).collect()
        }
        Kind::Rename { axis, value } => {
            let mut found = along(value, *axis);
            if !found.is_empty() {
                found.extend(node.ty.dims.get(*axis).cloned());
            }
            found
        }
        _ => Vec::new(),
    }
}
