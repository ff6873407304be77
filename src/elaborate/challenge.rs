//! Challenges, with constants, calls and parameters of families in their place.

use super::rewrite::{Env, Rewriter};
use crate::syntax::ast::{Aim, Challenge, ChallengedSet, Distinguishes, Expected, Expr, Fools};

impl Rewriter<'_> {
    pub(super) fn challenge(&mut self, item: &Challenge, env: Env<'_>) -> Challenge {
        Challenge {
            name: self.reference(&item.name, env),
            hypothesis: self.reference(&item.hypothesis, env),
            aim: match &item.aim {
                Aim::Fools(fools) => Aim::Fools(Box::new(self.fools(fools, env))),
                Aim::Distinguishes(two) => Aim::Distinguishes(Box::new(self.distinguishes(two, env))),
            },
            draws: self.optional(item.draws.as_ref(), env),
            expected: item
                .expected
                .iter()
                .map(|found| Expected { bound: self.expr(&found.bound, env), ..found.clone() })
                .collect(),
            ..item.clone()
        }
    }

    fn fools(&mut self, fools: &Fools, env: Env<'_>) -> Fools {
        Fools {
            from: fools.from.clone(),
            filter: self.optional(fools.filter.as_ref(), env),
            rank: self.optional(fools.rank.as_ref(), env),
            budget: self.optional(fools.budget.as_ref(), env),
            success: self.optional(fools.success.as_ref(), env),
            matched: fools.matched.iter().map(|expr| self.expr(expr, env)).collect(),
        }
    }

    fn distinguishes(&mut self, two: &Distinguishes, env: Env<'_>) -> Distinguishes {
        let mut set = |set: &Option<ChallengedSet>| {
            set.as_ref().map(|set| ChallengedSet { filter: self.optional(set.filter.as_ref(), env), ..set.clone() })
        };
        let (trusted, anomalous) = (set(&two.trusted), set(&two.anomalous));
        Distinguishes { trusted, anomalous, scores: two.scores.clone() }
    }

    fn optional(&mut self, expr: Option<&Expr>, env: Env<'_>) -> Option<Expr> {
        expr.map(|expr| self.expr(expr, env))
    }
}
