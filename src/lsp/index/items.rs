//! Declarations.

use super::super::project::Unit;
use super::{Builder, Declared, Here, Kept, Owner, Space};
use crate::syntax::ast::{self, Hypothesis, ItemFamily};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The first hypothesis of each chain of refinements, by the name of each.
pub fn roots(units: &[&Arc<Unit>]) -> BTreeMap<String, String> {
    let mut bases: BTreeMap<&str, Option<&str>> = BTreeMap::new();
    for unit in units {
        for item in hypotheses(&unit.parsed.file) {
            let base = item.refines.as_ref().map(|base| base.name.text.as_str());
            bases.entry(&item.name.name.text).or_insert(base);
        }
    }
    let mut roots: BTreeMap<&str, &str> = BTreeMap::new();
    for name in bases.keys().copied() {
        let mut path: Vec<&str> = Vec::new();
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        let mut at = name;
        // Those that refine each other in a circle are as good as one.
        while !roots.contains_key(at) && seen.insert(at) {
            path.push(at);
            match bases.get(at).copied().flatten() {
                Some(base) => at = base,
                None => break,
            }
        }
        let root = roots.get(at).copied().unwrap_or(at);
        roots.extend(path.into_iter().map(|name| (name, root)));
    }
    roots.into_iter().map(|(name, root)| (name.to_owned(), root.to_owned())).collect()
}

/// All hypotheses of a file, those of families too.
fn hypotheses(file: &ast::File) -> Vec<&Hypothesis> {
    let mut found: Vec<&Hypothesis> = file.hypotheses.iter().collect();
    let mut open: Vec<&ItemFamily> = file.families.iter().collect();
    while let Some(family) = open.pop() {
        found.extend(&family.hypotheses);
        open.extend(&family.families);
    }
    found
}

impl Builder<'_> {
    /// Names that hold in all files: of items, of what models and data declare.
    pub(super) fn declare_items(&mut self, here: &Here<'_>) {
        let file = here.file();
        let own = |name, item, docs| Declared { name, item, docs };
        for item in &file.constants {
            self.declare(here, here.owner.clone(), Space::Constant, own(&item.name, item.span, &item.docs));
        }
        for item in &file.maps {
            self.declare(here, here.owner.clone(), Space::Map, own(&item.name, item.span, &item.docs));
        }
        for item in &file.features {
            let space = if item.parameters.is_some() { Space::Function } else { Space::Feature };
            self.declare(here, here.owner.clone(), space, own(&item.name, item.span, &item.docs));
        }
        for item in &file.behaviours {
            let space = if item.parameters.is_some() { Space::Function } else { Space::Behaviour };
            self.declare(here, here.owner.clone(), space, own(&item.name, item.span, &item.docs));
        }
        if here.owner != Owner::User {
            return;
        }
        for item in &file.models {
            self.declare(here, Owner::User, Space::Model, own(&item.name, item.span, &item.docs));
        }
        for item in &file.data {
            self.declare(here, Owner::User, Space::Data, own(&item.name, item.span, &item.docs));
            self.columns(here, item);
        }
        for item in &file.tables {
            let kept = item.key.is_none().then_some(Kept { at: item.path.span.end, before: ", " });
            let declared = own(&item.name, item.span, &item.docs);
            self.declare_kept(here, Owner::User, Space::Table, declared, kept);
        }
        for item in &file.searches {
            self.declare(here, Owner::User, Space::Search, own(&item.name, item.span, &item.docs));
        }
        for item in &file.calibrations {
            self.declare(here, Owner::User, Space::Calibration, own(&item.name, item.span, &item.docs));
        }
        self.declare_claims(here, (&file.hypotheses, &file.interchanges, &file.challenges));
        let mut open: Vec<&ItemFamily> = file.families.iter().collect();
        while let Some(family) = open.pop() {
            self.declare_claims(here, (&family.hypotheses, &family.interchanges, &family.challenges));
            open.extend(&family.families);
        }
    }

    fn columns(&mut self, here: &Here<'_>, item: &ast::Data) {
        for column in &item.columns {
            let needs_key = column.key.is_none() && item.generator.is_none();
            let kept = needs_key.then_some(Kept { at: column.name.span.end, before: " = " });
            let declared = Declared { name: &column.name, item: column.span, docs: "" };
            self.declare_kept(here, Owner::User, Space::Value, declared, kept);
        }
    }

    fn declare_claims(&mut self, here: &Here<'_>, claims: (&[Hypothesis], &[ast::Interchange], &[ast::Challenge])) {
        let (hypotheses, interchanges, challenges) = claims;
        for item in hypotheses {
            let declared = Declared { name: &item.name.name, item: item.span, docs: &item.docs };
            self.declare(here, Owner::User, Space::Hypothesis, declared);
        }
        for item in interchanges {
            let declared = Declared { name: &item.name.name, item: item.span, docs: &item.docs };
            self.declare(here, Owner::User, Space::Interchange, declared);
        }
        for item in challenges {
            let declared = Declared { name: &item.name.name, item: item.span, docs: &item.docs };
            self.declare(here, Owner::User, Space::Challenge, declared);
        }
    }

    /// What stands in the braces of models, of their maps and of hypotheses.
    pub(super) fn declare_bodies(&mut self, here: &Here<'_>) {
        self.declare_models(here);
        let file = here.file();
        for item in hypotheses(file) {
            let root = self.index.roots.get(&item.name.name.text).cloned().unwrap_or_default();
            self.declare_nodes(here, &root, &item.body);
        }
        let mut open: Vec<&ItemFamily> = file.families.iter().collect();
        let mut expects: Vec<&ast::Expect> = file.expects.iter().collect();
        while let Some(family) = open.pop() {
            expects.extend(&family.expects);
            open.extend(&family.families);
        }
        for item in expects {
            let root = self.index.roots.get(&item.hypothesis.name.text).cloned();
            if let (Some(root), Some((body, _))) = (root, &item.variant) {
                self.declare_nodes(here, &root, body);
            }
        }
    }

    fn declare_nodes(&mut self, here: &Here<'_>, root: &str, body: &ast::Body) {
        let owner = Owner::Claims(root.to_owned());
        for node in &body.nodes {
            let declared = Declared { name: &node.name.name, item: node.span, docs: "" };
            self.declare(here, owner.clone(), Space::Node, declared);
        }
        for draw in &body.draws {
            let declared = Declared { name: &draw.name, item: draw.span, docs: "" };
            self.declare(here, owner.clone(), Space::Draw, declared);
        }
        for family in &body.families {
            self.declare_nodes(here, root, &family.body);
        }
    }

    /// The uses of names in a text.
    pub(super) fn walk(&mut self, here: &Here<'_>) {
        let file = here.file();
        for item in &file.constants {
            self.expr(here, &item.value);
        }
        self.walk_models(here);
        for item in &file.tables {
            self.types(here, item.ty.as_ref());
        }
        for item in &file.data {
            self.data(here, item);
        }
        for item in &file.features {
            self.types(here, item.ty.as_ref());
            let inside = self.with_parameters(here, item.parameters.as_deref(), item.span);
            self.expr(&inside, &item.expr);
        }
        for item in &file.behaviours {
            self.types(here, item.ty.as_ref());
            let inside = self.with_parameters(here, item.parameters.as_deref(), item.span);
            item.mask.iter().for_each(|mask| self.expr(&inside, mask));
            self.expr(&inside, &item.expr);
        }
        self.claims(here, (&file.hypotheses, &file.interchanges, &file.challenges, &file.expects));
        file.families.iter().for_each(|family| self.item_family(here, family));
        file.searches.iter().for_each(|item| self.search(here, item));
        file.calibrations.iter().for_each(|item| self.calibration(here, item));
    }

    fn with_parameters<'u>(
        &mut self,
        here: &Here<'u>,
        parameters: Option<&[ast::Ident]>,
        within: crate::source::Span,
    ) -> Here<'u> {
        let mut inside = here.clone();
        for name in parameters.unwrap_or_default() {
            let local = self.local(here, Space::Parameter, name, within);
            inside.locals.push(local);
        }
        inside
    }
}
