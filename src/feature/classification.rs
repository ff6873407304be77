//! Losses of classifiers within behaviours: which logits are compared with which label.

use super::measured::Measured;
use super::typed::{Kind, Reduction, Typed, reads_outputs};
use crate::data::{Scalar, ValueType};
use crate::syntax::ast::Arithmetic;

/// The loss of a classifier. The loss itself has the axes of the logits without that of the classes,
/// and those of the label.
#[derive(Debug, Clone)]
pub struct Classification {
    /// Real; an axis that the label has as well is that of the same elements.
    pub logits: Typed,
    /// The name of the axis of classes; `None` for one logit of label 1.
    pub class: Option<String>,
    /// An int.
    pub label: Typed,
    /// The axes of the loss.
    pub dims: Vec<String>,
    /// Which elements count; all of them if absent.
    pub mask: Option<Typed>,
}

/// The loss of a classifier that a behaviour is made of: `cross_entropy` or `binary_cross_entropy`,
/// as it is or with a constant added, taken away, multiplied or divided by; its mean or sum along an
/// axis; an element or a range of it. `None` for all else.
#[must_use]
pub fn classification(measured: &Measured) -> Option<Classification> {
    let value = match (&measured.mask, &measured.value.kind) {
        (Some(_), Kind::If { then, .. }) => then,
        _ => &measured.value,
    };
    let found = loss(value)?;
    Some(Classification { mask: measured.mask.clone(), ..found })
}

fn loss(value: &Typed) -> Option<Classification> {
    match &value.kind {
        Kind::Arithmetic { operator, left, right } => cross_entropy(value).or_else(|| {
            let (of_left, of_right) = (is_constant(left), is_constant(right));
            match operator {
                _ if of_right => loss(left),
                Arithmetic::Divide | Arithmetic::Remainder => None,
                _ if of_left => loss(right),
                _ => None,
            }
        }),
        Kind::BinaryCrossEntropy { logit, label } => Some(Classification {
            logits: logit.as_ref().clone(),
            class: None,
            label: label.as_ref().clone(),
            dims: value.ty.dims.clone(),
            mask: None,
        }),
        Kind::Negate(inner) => loss(inner),
        Kind::Reduce { reduction: Reduction::Mean | Reduction::Sum, value: inner, .. } => loss(inner),
        Kind::Pick { axis, value: inner, index } if index.ty.dims.is_empty() && !reads_outputs(index) => {
            let dim = inner.ty.dims.get(*axis)?.clone();
            let at = |value: &Typed, axis: usize| {
                let ty = without(&value.ty, axis);
                let kind = Kind::Pick { axis, value: Box::new(value.clone()), index: index.clone() };
                Typed::new(kind, ty, value.span)
            };
            loss(inner)?.along(&dim, None, &at)
        }
        Kind::Slice { axis, start, end, value: inner } => {
            let dim = inner.ty.dims.get(*axis)?.clone();
            let name = value.ty.dims.get(*axis)?.clone();
            let at = |value: &Typed, axis: usize| {
                let mut ty = value.ty.clone();
                ty.dims[axis].clone_from(&name);
                let kind = Kind::Slice { axis, start: *start, end: *end, value: Box::new(value.clone()) };
                Typed::new(kind, ty, value.span)
            };
            loss(inner)?.along(&dim, Some(&name), &at)
        }
        _ => None,
    }
}

impl Classification {
    /// The part of it that is an element (`None`) or a range (its new name) along an axis.
    fn along(self, dim: &str, name: Option<&str>, at: &dyn Fn(&Typed, usize) -> Typed) -> Option<Classification> {
        if self.class.as_deref() == Some(dim) || !self.dims.iter().any(|own| own == dim) {
            return None;
        }
        let part = |value: &Typed| {
            let axis = value.ty.dims.iter().position(|own| own == dim);
            axis.map_or_else(|| value.clone(), |axis| at(value, axis))
        };
        let named = |own: &String| if own == dim { name.map(str::to_owned) } else { Some(own.clone()) };
        Some(Classification {
            logits: part(&self.logits),
            label: part(&self.label),
            dims: self.dims.iter().filter_map(named).collect(),
            ..self
        })
    }
}

/// `0 - log_softmax(logits)[label]`
fn cross_entropy(value: &Typed) -> Option<Classification> {
    let Kind::Arithmetic { operator: Arithmetic::Subtract, left, right } = &value.kind else { return None };
    let (Kind::Real(zero), Kind::Pick { axis, value: picked, index }) = (&left.kind, &right.kind) else { return None };
    let Kind::LogSoftmax { axis: of_classes, value: logits } = &picked.kind else { return None };
    (*zero == 0.0 && axis == of_classes).then(|| Classification {
        logits: logits.as_ref().clone(),
        class: logits.ty.dims.get(*axis).cloned(),
        label: index.as_ref().clone(),
        dims: right.ty.dims.clone(),
        mask: None,
    })
}

fn is_constant(value: &Typed) -> bool {
    match &value.kind {
        Kind::Real(_) | Kind::Int(_) => true,
        Kind::Convert(inner) | Kind::Negate(inner) => is_constant(inner),
        Kind::Real1 { value: inner, .. } => is_constant(inner),
        _ => false,
    }
}

fn without(ty: &ValueType, axis: usize) -> ValueType {
    let mut dims = ty.dims.clone();
    dims.remove(axis);
    ValueType { scalar: ty.scalar, dims }
}

impl Classification {
    /// Whether the logits are those of a classifier with a label of each element: what is left out is
    /// what cannot be compared.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.logits.ty.scalar == Scalar::Real && !reads_outputs(&self.label)
    }
}
