//! Features and behaviours as declared: in whatever order they stand, each checked once.

use super::check::check_expr;
use super::scope::{Purpose, Scope};
use super::typed::Typed;
use super::types::resolve_type;
use crate::data::{Scalar, ValueType};
use crate::diagnostics::messages::{names, types as messages};
use crate::diagnostics::{Diagnostic, nearest};
use crate::source::Span;
use crate::syntax::ast::{self, Expr, ExprKind, Ident, Part};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// At most this many features of a cycle are named.
const CYCLE_SHOWN: usize = 8;

/// Checks features and adds them to the scope, whatever their order. A feature with a mistake
/// enters as `None`. Of several with one name the first counts; the others are left to the
/// check of names.
pub fn check_features(features: &[ast::Feature], scope: &mut Scope, sink: &mut Vec<Diagnostic>) {
    let mut by_name: BTreeMap<&str, &ast::Feature> = BTreeMap::new();
    for feature in features {
        by_name.entry(feature.name.text.as_str()).or_insert(feature);
    }
    let reads: BTreeMap<&str, Vec<&str>> = by_name
        .iter()
        .map(|(name, feature)| {
            let mut names = BTreeSet::new();
            names_in(&feature.expr, &mut names);
            (*name, names.into_iter().filter(|name| by_name.contains_key(name)).collect())
        })
        .collect();
    let (order, cyclic) = order(&by_name, &reads, sink);
    // All names are known from the start, for suggestions; none is read before it is checked.
    scope.features.extend(by_name.keys().map(|name| (name.to_string(), None)));
    for name in order {
        let Some(feature) = by_name.get(name) else { continue };
        let typed = if cyclic.contains(name) { None } else { check_feature(feature, scope, sink) };
        scope.features.insert(name.to_string(), typed.map(Arc::new));
    }
}

/// The features that expressions read, through others too.
#[must_use]
pub fn needed_features(features: &[ast::Feature], by: &[&Expr]) -> Vec<ast::Feature> {
    let mut wanted: BTreeSet<&str> = BTreeSet::new();
    by.iter().for_each(|expr| names_in(expr, &mut wanted));
    loop {
        let known = wanted.len();
        let read: Vec<&Expr> = features
            .iter()
            .filter(|found| wanted.contains(found.name.text.as_str()))
            .map(|found| &found.expr)
            .collect();
        read.iter().for_each(|expr| names_in(expr, &mut wanted));
        if wanted.len() == known {
            break;
        }
    }
    features.iter().filter(|found| wanted.contains(found.name.text.as_str())).cloned().collect()
}

fn check_feature(feature: &ast::Feature, scope: &Scope, sink: &mut Vec<Diagnostic>) -> Option<Typed> {
    let declared = declared_type(feature.ty.as_ref(), scope, sink);
    let typed = check_expr(&feature.expr, scope, Purpose::Feature, sink)?;
    match declared? {
        Some((declared, place)) => as_declared(typed, &declared, place, sink),
        None => Some(typed),
    }
}

/// The declared type, if there is one; `None` if it is wrong and has been reported.
pub(super) fn declared_type(
    written: Option<&ast::Type>,
    scope: &Scope,
    sink: &mut Vec<Diagnostic>,
) -> Option<Option<(ValueType, Span)>> {
    let Some(written) = written else { return Some(None) };
    let declared = resolve_type(written, sink)?;
    let unknown = written.dims.iter().filter_map(|dim| dim.name.as_ref());
    let unknown: Vec<&Ident> = unknown.filter(|dim| !scope.dims.contains_key(&dim.text)).collect();
    for dim in &unknown {
        let near = nearest(&dim.text, scope.dims.keys().map(String::as_str));
        sink.push(names::unknown(dim.span, "axis", &dim.text, &near));
    }
    unknown.is_empty().then_some(Some((declared.ty, written.span)))
}

/// An expression under its declared type: an int can be declared real, all else must be equal.
pub(super) fn as_declared(
    typed: Typed,
    declared: &ValueType,
    place: Span,
    sink: &mut Vec<Diagnostic>,
) -> Option<Typed> {
    let widened = typed.ty.scalar == Scalar::Int && declared.scalar == Scalar::Real;
    if typed.ty.dims == declared.dims && (typed.ty.scalar == declared.scalar || widened) {
        return Some(typed.converted(declared.scalar));
    }
    sink.push(messages::not_as_declared(typed.span, &typed.ty, declared, place));
    None
}

/// Features so that each stands behind those that it reads, and those that read themselves.
fn order<'a>(
    by_name: &BTreeMap<&'a str, &'a ast::Feature>,
    reads: &BTreeMap<&'a str, Vec<&'a str>>,
    sink: &mut Vec<Diagnostic>,
) -> (Vec<&'a str>, BTreeSet<&'a str>) {
    let (mut done, mut cyclic) = (Vec::new(), BTreeSet::new());
    let mut started: BTreeSet<&str> = BTreeSet::new();
    // Where each feature stands on the path from a root to where the walk is.
    let mut open: BTreeMap<&str, usize> = BTreeMap::new();
    for name in by_name.keys().copied() {
        if !started.insert(name) {
            continue;
        }
        open.insert(name, 0);
        // With the number of reads already followed.
        let mut path: Vec<(&str, usize)> = vec![(name, 0)];
        while let Some((name, followed)) = path.last_mut() {
            let name = *name;
            let next = reads.get(name).and_then(|reads| reads.get(*followed)).copied();
            *followed += 1;
            let Some(next) = next else {
                open.remove(name);
                done.push(name);
                path.pop();
                continue;
            };
            if let Some(start) = open.get(next) {
                if cyclic.insert(name) {
                    let cycle = path.get(*start..).unwrap_or_default();
                    let shown: Vec<&str> = cycle.iter().take(CYCLE_SHOWN).map(|(name, _)| *name).collect();
                    let place = by_name.get(next).map(|feature| feature.name.span);
                    sink.extend(place.map(|place| messages::feature_cycle(place, &shown, cycle.len())));
                }
            } else if started.insert(next) {
                open.insert(next, path.len());
                path.push((next, 0));
            }
        }
    }
    (done, cyclic)
}

/// All names that an expression mentions.
fn names_in<'a>(expr: &'a Expr, names: &mut BTreeSet<&'a str>) {
    let mut open = vec![expr];
    while let Some(expr) = open.pop() {
        match &expr.kind {
            ExprKind::Name(name) => {
                names.insert(name.as_str());
            }
            ExprKind::Call { arguments, .. } => open.extend(arguments),
            ExprKind::Tuple(parts) => open.extend(parts),
            ExprKind::Index { base, part, .. } => {
                open.push(base);
                match part.as_ref() {
                    Part::One(index) => open.push(index),
                    Part::Many(range) => open.extend([&range.start, &range.end]),
                }
            }
            ExprKind::Negate(value) | ExprKind::Not(value) => open.push(value),
            ExprKind::Arithmetic { left, right, .. }
            | ExprKind::Compare { left, right, .. }
            | ExprKind::Logic { left, right, .. } => open.extend([left.as_ref(), right.as_ref()]),
            ExprKind::If { condition, then, otherwise } => {
                open.extend([condition.as_ref(), then.as_ref(), otherwise.as_ref()]);
            }
            ExprKind::Int(_) | ExprKind::Real(_) | ExprKind::Bool(_) | ExprKind::Text(_) | ExprKind::Error => {}
        }
    }
}
