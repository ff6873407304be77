//! Operators: which scalars they take, which they give, and how axes align.

use super::check::Checker;
use super::typed::{Kind, Typed};
use crate::data::{Scalar, ValueType};
use crate::diagnostics::clean;
use crate::diagnostics::messages::types as messages;
use crate::diagnostics::nearest;
use crate::source::Span;
use crate::syntax::ast::{Arithmetic, Comparison, Expr, ExprKind, Logic};

/// At most this many words of a vocabulary are listed.
const MOST_WORDS: usize = 12;

impl Checker<'_> {
    pub fn negate(&mut self, value: &Expr, span: Span) -> Option<Typed> {
        let value = self.expr(value)?;
        let value = self.number(value)?;
        let ty = value.ty.clone();
        Some(Typed::new(Kind::Negate(Box::new(value)), ty, span))
    }

    pub fn not(&mut self, value: &Expr, span: Span) -> Option<Typed> {
        let value = self.expr(value)?;
        let value = self.of_scalar(value, Scalar::Bool, "a bool")?;
        let ty = value.ty.clone();
        Some(Typed::new(Kind::Not(Box::new(value)), ty, span))
    }

    pub fn arithmetic(&mut self, operator: Arithmetic, left: &Expr, right: &Expr, span: Span) -> Option<Typed> {
        let (left, right) = (self.expr(left), self.expr(right));
        let check = |checker: &mut Self, value: Option<Typed>| match operator {
            Arithmetic::Remainder => checker.of_scalar(value?, Scalar::Int, "an int"),
            _ => checker.number(value?),
        };
        let (left, right) = (check(self, left), check(self, right));
        let (left, right) = (left?, right?);
        let any_real = left.ty.scalar == Scalar::Real || right.ty.scalar == Scalar::Real;
        let scalar = if any_real || operator == Arithmetic::Divide { Scalar::Real } else { Scalar::Int };
        let dims = self.align(&left, &right, span)?;
        let (left, right) = (Box::new(left.converted(scalar)), Box::new(right.converted(scalar)));
        Some(Typed::new(Kind::Arithmetic { operator, left, right }, ValueType { scalar, dims }, span))
    }

    pub fn logic(&mut self, operator: Logic, left: &Expr, right: &Expr, span: Span) -> Option<Typed> {
        let (left, right) = (self.expr(left), self.expr(right));
        let left = left.and_then(|value| self.of_scalar(value, Scalar::Bool, "a bool"));
        let right = right.and_then(|value| self.of_scalar(value, Scalar::Bool, "a bool"));
        let (left, right) = (left?, right?);
        let dims = self.align(&left, &right, span)?;
        let kind = Kind::Logic { operator, left: Box::new(left), right: Box::new(right) };
        Some(Typed::new(kind, ValueType { scalar: Scalar::Bool, dims }, span))
    }

    pub fn compare(&mut self, comparison: Comparison, left: &Expr, right: &Expr, span: Span) -> Option<Typed> {
        let (left, right) = self.pair(left, right)?;
        let ordered = !matches!(comparison, Comparison::Equal | Comparison::NotEqual);
        for side in [&left, &right] {
            if ordered && matches!(side.ty.scalar, Scalar::Bool | Scalar::Token | Scalar::Category) {
                return self.fail(messages::no_order(side.span, &side.ty));
            }
        }
        let (left, right) = self.joined(left, right, span, "cannot compare")?;
        let dims = self.align(&left, &right, span)?;
        let kind = Kind::Compare { comparison, left: Box::new(left), right: Box::new(right) };
        Some(Typed::new(kind, ValueType { scalar: Scalar::Bool, dims }, span))
    }

    pub fn choose(&mut self, condition: &Expr, then: &Expr, otherwise: &Expr, span: Span) -> Option<Typed> {
        let condition = self.expr(condition);
        let condition = condition.and_then(|value| self.of_scalar(value, Scalar::Bool, "a bool"));
        let branches = self.pair(then, otherwise);
        let (condition, (then, otherwise)) = (condition?, branches?);
        let (then, otherwise) = self.joined(then, otherwise, span, "one `if` cannot give both")?;
        let of_branches = self.align(&then, &otherwise, span)?;
        let wider = if of_branches.len() == then.ty.dims.len() { &then } else { &otherwise };
        let dims = self.align(&condition, wider, span)?;
        let (scalar, vocabulary) = (then.ty.scalar, then.vocabulary.clone().or(otherwise.vocabulary.clone()));
        let kind = Kind::If { condition: Box::new(condition), then: Box::new(then), otherwise: Box::new(otherwise) };
        Some(Typed::new(kind, ValueType { scalar, dims }, span).with_vocabulary(vocabulary))
    }

    /// Two expressions that stand side by side, so that a word on one side is looked up in the
    /// vocabulary of the other.
    pub fn pair(&mut self, left: &Expr, right: &Expr) -> Option<(Typed, Typed)> {
        match (&left.kind, &right.kind) {
            (ExprKind::Text(word), kind) if !matches!(kind, ExprKind::Text(_)) => {
                let right = self.expr(right)?;
                Some((self.word(word, left.span, &right)?, right))
            }
            (kind, ExprKind::Text(word)) if !matches!(kind, ExprKind::Text(_)) => {
                let left = self.expr(left)?;
                let word = self.word(word, right.span, &left)?;
                Some((left, word))
            }
            _ => {
                let (left, right) = (self.expr(left), self.expr(right));
                Some((left?, right?))
            }
        }
    }

    /// A word as the token of the vocabulary of `beside`.
    fn word(&mut self, word: &str, span: Span, beside: &Typed) -> Option<Typed> {
        if beside.ty.scalar != Scalar::Token {
            let text = messages::stray_text(span).note(format!("the other side is `{}`", beside.ty));
            return self.fail(text);
        }
        let Some(vocabulary) = &beside.vocabulary else {
            return self.fail(messages::no_vocabulary(span, word));
        };
        let number = vocabulary.iter().position(|known| known == word).and_then(|at| i64::try_from(at).ok());
        let Some(number) = number else {
            let near = nearest(word, vocabulary.iter().map(String::as_str));
            let listed: Vec<String> = vocabulary.iter().take(MOST_WORDS).map(|word| clean(word)).collect();
            return self.fail(messages::unknown_word(span, word, &near, &listed, vocabulary.len()));
        };
        let token = Typed::new(Kind::Int(number), ValueType::without_axes(Scalar::Token), span);
        Some(token.with_vocabulary(Some(vocabulary.clone())))
    }

    /// Two values made to share a scalar, or a mistake that `what` begins.
    pub fn joined(&mut self, left: Typed, right: Typed, span: Span, what: &str) -> Option<(Typed, Typed)> {
        use Scalar::{Category, Int, Ratio, Real, Token};
        let scalar = match (left.ty.scalar, right.ty.scalar) {
            (Token, Token) => {
                let differ = matches!((&left.vocabulary, &right.vocabulary), (Some(a), Some(b)) if a != b);
                return if differ { self.fail(messages::two_vocabularies(span)) } else { Some((left, right)) };
            }
            (Token, Int) if right.constant.is_some() => return self.numbered(&right, &left).map(|right| (left, right)),
            (Int, Token) if left.constant.is_some() => return self.numbered(&left, &right).map(|left| (left, right)),
            (a, b) if a == b => a,
            (Int, Real) | (Real, Int) => Real,
            (Int, Ratio) | (Ratio, Int) => Ratio,
            (Int, Category) | (Category, Int) => Int,
            _ => return self.fail(messages::cannot_join(span, what, &left.ty, &right.ty)),
        };
        Some((left.converted(scalar), right.converted(scalar)))
    }

    /// A constant int as the token with this number.
    fn numbered(&mut self, number: &Typed, beside: &Typed) -> Option<Typed> {
        let value = number.constant?;
        let words = beside.vocabulary.as_ref().map(|words| words.len());
        let limit = words.map_or(i64::MAX, |words| i64::try_from(words).unwrap_or(i64::MAX));
        if value < 0 || value >= limit {
            return self.fail(messages::number_outside_vocabulary(number.span, value, words));
        }
        let token = Typed::new(Kind::Int(value), ValueType::without_axes(Scalar::Token), number.span);
        Some(token.with_vocabulary(beside.vocabulary.clone()))
    }

    /// An int or real.
    pub fn number(&mut self, value: Typed) -> Option<Typed> {
        match value.ty.scalar {
            Scalar::Int | Scalar::Real => Some(value),
            _ => self.fail(messages::mismatch(value.span, &value.ty, "a number")),
        }
    }

    pub fn of_scalar(&mut self, value: Typed, scalar: Scalar, needed: &str) -> Option<Typed> {
        if value.ty.scalar == scalar {
            return Some(value);
        }
        self.fail(messages::mismatch(value.span, &value.ty, needed))
    }

    /// The axes of two values side by side: those of one must be among those of the other.
    pub fn align(&mut self, left: &Typed, right: &Typed, span: Span) -> Option<Vec<String>> {
        self.align_dims((left.span, &left.ty.dims), (right.span, &right.ty.dims), span)
    }

    pub fn align_dims(&mut self, left: (Span, &[String]), right: (Span, &[String]), span: Span) -> Option<Vec<String>> {
        if right.1.iter().all(|dim| left.1.contains(dim)) {
            return Some(left.1.to_vec());
        }
        if left.1.iter().all(|dim| right.1.contains(dim)) {
            return Some(right.1.to_vec());
        }
        self.fail(messages::axes_do_not_align(span, left, right))
    }
}
