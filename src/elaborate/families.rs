//! `for`: the members of a family, and the names of members.

use super::integer::mentions;
use super::rewrite::{Env, Integers, Rewriter, placed};
use crate::diagnostics::messages::{elaborate as messages, names};
use crate::source::Span;
use crate::syntax::ast::{Ident, Parameter, Part, Reference};

/// All families of a file have at most this many members together.
pub const MOST_MEMBERS: usize = 100_000;

impl Rewriter<'_> {
    /// The numbers of each member of a family, those around it included. The last parameter runs
    /// fastest; its range can read those before it. `None` with a finding.
    pub fn members(&mut self, parameters: &[Parameter], span: Span, env: Env<'_>) -> Option<Vec<Integers>> {
        let mut members = vec![env.integers.clone()];
        for (index, parameter) in parameters.iter().enumerate() {
            let before = parameters.get(..index).unwrap_or_default();
            self.parameter(&parameter.name, before, env)?;
            members = self.extended(&members, parameter, before, span, env)?;
        }
        self.unrolled = self.unrolled.saturating_add(members.len());
        if self.unrolled > MOST_MEMBERS {
            return self.fail(messages::too_many_members(placed(span, env), MOST_MEMBERS));
        }
        Some(members)
    }

    /// Each member once for each value of one more parameter. A range that is empty for some members
    /// leaves those out; one that is empty for all is a mistake.
    fn extended(
        &mut self,
        members: &[Integers],
        parameter: &Parameter,
        before: &[Parameter],
        span: Span,
        env: Env<'_>,
    ) -> Option<Vec<Integers>> {
        let name = &parameter.name.text;
        let reads_before = before.iter().any(|other| mentions(&Part::Many(parameter.range.clone()), &other.name.text));
        let mut known: Option<(i64, i64)> = None;
        let mut found: Vec<Integers> = Vec::new();
        for member in members {
            let (start, end) = match known.filter(|_| !reads_before) {
                Some(range) => range,
                None => {
                    let env = Env { integers: member, ..env };
                    (self.integer(&parameter.range.start, env)?, self.integer(&parameter.range.end, env)?)
                }
            };
            known.get_or_insert((start, end));
            let count = if start < end { end.abs_diff(start) } else { 0 };
            if count.saturating_add(found.len() as u64) > MOST_MEMBERS as u64 {
                return self.fail(messages::too_many_members(placed(span, env), MOST_MEMBERS));
            }
            for value in start..end {
                let mut member = member.clone();
                member.insert(name.clone(), value);
                found.push(member);
            }
        }
        match known.filter(|_| found.is_empty()) {
            Some((start, end)) => self.fail(messages::empty_family(placed(parameter.range.span, env), start, end)),
            None => Some(found),
        }
    }

    /// A parameter hides nothing: what it could be taken for is an error.
    fn parameter(&mut self, name: &Ident, before: &[Parameter], env: Env<'_>) -> Option<()> {
        if name.text.is_empty() {
            return None;
        }
        let around = env.integers.contains_key(&name.text) || before.iter().any(|other| other.name.text == name.text);
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
