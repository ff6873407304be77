//! `for`: the members of a family, and the names of members.

use super::rewrite::{Env, Integers, Rewriter, placed};
use crate::diagnostics::messages::{elaborate as messages, names};
use crate::source::Span;
use crate::syntax::ast::{Ident, Parameter, Reference};

/// All families of a file have at most this many members together.
pub const MOST_MEMBERS: usize = 100_000;

impl Rewriter<'_> {
    /// The numbers of each member of a family, those around it included. The last parameter runs
    /// fastest. `None` with a finding.
    pub fn members(&mut self, parameters: &[Parameter], span: Span, env: Env<'_>) -> Option<Vec<Integers>> {
        let mut ranges: Vec<(String, i64, i64)> = Vec::new();
        let mut count = 1_u64;
        for parameter in parameters {
            self.parameter(&parameter.name, &ranges, env)?;
            let start = self.integer(&parameter.range.start, env)?;
            let end = self.integer(&parameter.range.end, env)?;
            if start >= end {
                return self.fail(messages::empty_family(placed(parameter.range.span, env), start, end));
            }
            count = count.saturating_mul(end.abs_diff(start));
            if count > MOST_MEMBERS as u64 {
                return self.fail(messages::too_many_members(placed(span, env), MOST_MEMBERS));
            }
            ranges.push((parameter.name.text.clone(), start, end));
        }
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        self.unrolled = self.unrolled.saturating_add(count);
        if self.unrolled > MOST_MEMBERS {
            return self.fail(messages::too_many_members(placed(span, env), MOST_MEMBERS));
        }
        let mut members = vec![env.integers.clone()];
        for (name, start, end) in ranges {
            let extended = |member: &Integers| -> Vec<Integers> {
                (start..end)
                    .map(|value| {
                        let mut member = member.clone();
                        member.insert(name.clone(), value);
                        member
                    })
                    .collect()
            };
            members = members.iter().flat_map(extended).collect();
        }
        Some(members)
    }

    /// A parameter hides nothing: what it could be taken for is an error.
    fn parameter(&mut self, name: &Ident, before: &[(String, i64, i64)], env: Env<'_>) -> Option<()> {
        if name.text.is_empty() {
            return None;
        }
        let around = env.integers.contains_key(&name.text) || before.iter().any(|(other, _, _)| *other == name.text);
        if around {
            return self.fail(messages::parameter_again(name.span, &name.text));
        }
        if let Some(first) = self.scopes.values.get(&name.text) {
            return self.fail(names::declared_twice(name.span, "name", &name.text, *first));
        }
        match self.scopes.meaning(&name.text, env.file) {
            Some(_) => self.fail(messages::parameter_again(name.span, &name.text)),
            None => Some(()),
        }
    }

    /// A name with its arguments as one name: `input(3)`. Empty with a finding.
    pub fn reference(&mut self, reference: &Reference, env: Env<'_>) -> Reference {
        let span = reference.span;
        let name = match reference.arguments.as_slice() {
            [] => Some(reference.name.text.clone()),
            arguments => {
                let values: Vec<Option<i64>> = arguments.iter().map(|argument| self.integer(argument, env)).collect();
                let values: Option<Vec<i64>> = values.into_iter().collect();
                values.filter(|_| !reference.name.text.is_empty()).map(|values| flat(&reference.name.text, &values))
            }
        };
        let name = Ident { text: name.unwrap_or_default(), span };
        Reference { name, arguments: Vec::new(), span }
    }
}

/// `input(3)`, `patch(1, 0)`
pub fn flat(name: &str, arguments: &[i64]) -> String {
    let arguments: Vec<String> = arguments.iter().map(ToString::to_string).collect();
    format!("{name}({})", arguments.join(", "))
}
