//! `test DATA` of a search: rows that what it finds is measured on, and that it must not have seen.

use super::check::Checker;
use super::searches::SearchSpace;
use crate::data::{Dataset, row_keys};
use crate::diagnostics::messages::search as messages;
use crate::elaborate::print;
use crate::source::Span;
use crate::syntax::ast;
use std::collections::BTreeSet;

impl Checker<'_> {
    /// `test DATA`: a dataset of the same model with the same columns, and none of the rows.
    pub(super) fn tested(&mut self, space: &mut SearchSpace, item: &ast::Search, setting: &ast::SearchSetting) {
        let Some(first) = setting.values.first() else { return };
        if let Some(second) = setting.values.get(1) {
            self.sink.push(messages::one_value(second.span, "test"));
        }
        if let Some(train) = item.settings.iter().find(|other| other.word.text == "train") {
            self.sink.push(messages::two_splits(train.span, setting.span));
        }
        let name = print::expr(first);
        let all: Vec<&str> = self.file.data.iter().map(|data| data.name.text.as_str()).collect();
        let Some(at) = all.iter().position(|known| *known == name) else {
            self.sink.push(messages::unknown_word(first.span, "dataset", &name, &all));
            return;
        };
        if self.models_of_data.get(at).is_some_and(|model| *model != Some(space.model)) {
            self.sink.push(messages::test_of_other_model(first.span, &name));
            return;
        }
        space.test = Some(at);
        let (Some(searched), Some(test)) = (&self.datasets[space.data], &self.datasets[at]) else { return };
        let finding = match other_column(searched, test) {
            Some(column) => Some(messages::test_without_column(first.span, &name, &column)),
            None => self.seen_rows(space, (searched, test), first.span),
        };
        self.sink.extend(finding);
    }

    /// Rows of the test that are, in what the model reads, rows of the data that is searched on.
    fn seen_rows(
        &self,
        space: &SearchSpace,
        (searched, test): (&Dataset, &Dataset),
        span: Span,
    ) -> Option<crate::diagnostics::Diagnostic> {
        let inputs = &self.models[space.model].as_ref()?.inputs;
        let inputs: Vec<&str> = inputs.iter().map(|input| input.name.as_str()).collect();
        let known: BTreeSet<[u8; 32]> = row_keys(searched, &inputs).into_iter().collect();
        let seen = row_keys(test, &inputs).iter().filter(|key| known.contains(*key)).count();
        (seen > 0).then(|| messages::searched_on_test(span, (&searched.name, &test.name), (seen, test.rows)))
    }
}

/// A column that the test lacks, or has otherwise.
fn other_column(searched: &Dataset, test: &Dataset) -> Option<String> {
    let is_same = |name: &str| {
        let (one, other) = (searched.columns.get(name), test.columns.get(name));
        one.zip(other).is_some_and(|(one, other)| {
            one.scalar == other.scalar && one.dims == other.dims && one.values.shape()[1..] == other.values.shape()[1..]
        })
    };
    searched.columns.keys().find(|name| !is_same(name)).cloned()
}
