//! The items of all files as one file.

use super::calls::Called;
use super::expect::Expects;
use super::files::{Loaded, Origin, Outside, Unit};
use super::maps;
use super::refine;
use super::rewrite::{Env, Integers, Rewriter};
use super::scope::Meaning;
use crate::diagnostics::messages::elaborate as messages;
use crate::source::FileId;
use crate::syntax::ast::{self, ExprKind, Ident};
use std::collections::{BTreeMap, BTreeSet};

/// Hypotheses, expectations, interchanges and challenges of one file, families unrolled.
#[derive(Debug, Default)]
pub struct Claims {
    pub hypotheses: Vec<ast::Hypothesis>,
    pub interchanges: Vec<ast::Interchange>,
    pub challenges: Vec<ast::Challenge>,
    pub expects: Vec<ast::Expect>,
}

/// Everything that one run is about.
pub fn all(loaded: &Loaded, rewriter: &mut Rewriter<'_>, outside: &dyn Outside) -> ast::File {
    let mut file = ast::File::default();
    let (integers, arguments) = (Integers::new(), BTreeMap::new());
    let mut others = Claims::default();
    let mut own = Claims::default();
    for unit in loaded.user() {
        let env = Env { file: unit.id, place: unit.id, integers: &integers, arguments: &arguments, open: &[] };
        file.models.extend(unit.file.models.iter().map(|model| maps::merged(model, rewriter, env, outside)));
        file.data.extend(unit.file.data.iter().map(|item| rewriter.data(item, env)));
        file.tables.extend(unit.file.tables.iter().cloned());
        let features = unit.file.features.iter().filter(|item| item.parameters.is_none());
        file.features.extend(features.map(|item| rewriter.feature(item, env)));
        let behaviours = unit.file.behaviours.iter().filter(|item| item.parameters.is_none());
        file.behaviours.extend(behaviours.map(|item| rewriter.behaviour(item, env)));
        let claims = if unit.origin == Origin::Main { &mut own } else { &mut others };
        rewriter.claims(unit, env, claims);
    }
    let main: BTreeSet<String> = own.hypotheses.iter().map(|item| item.name.name.text.clone()).collect();
    // Members of families where their `for` stands.
    own.hypotheses.sort_by_key(|item| item.span.start);
    let mut hypotheses = others.hypotheses;
    hypotheses.append(&mut own.hypotheses);
    let mut hypotheses = refine::all(&hypotheses, rewriter.sink);
    let Expects { variants, expects, mut needed } = super::expect::all(own.expects, &hypotheses, rewriter.sink);
    needed.extend(own.challenges.iter().map(|item| item.hypothesis.name.text.clone()));
    needed.extend(loaded.user().last().into_iter().flat_map(|main| calibrated(&main.file)));
    hypotheses.retain(|item| main.contains(&item.name.name.text) || needed.contains(&item.name.name.text));
    hypotheses.extend(variants);
    file.hypotheses = hypotheses;
    file.expects = expects;
    file.interchanges = own.interchanges;
    if let Some(main) = loaded.user().last() {
        let env = Env { file: main.id, place: main.id, integers: &integers, arguments: &arguments, open: &[] };
        file.searches = main.file.searches.iter().map(|item| rewriter.search(item, env)).collect();
        file.calibrations = main.file.calibrations.iter().map(|item| rewriter.calibrate(item, env)).collect();
    }
    file.challenges = own.challenges;
    rewriter.library_behaviours(&mut file);
    rewriter.library_features(&mut file);
    file
}

/// The hypotheses that calibrations name.
fn calibrated(file: &ast::File) -> Vec<String> {
    let settings = file.calibrations.iter().flat_map(|item| &item.settings);
    let named = settings.filter(|setting| ast::Calibrate::HYPOTHESES.contains(&setting.word.text.as_str()));
    named.flat_map(|setting| &setting.values).filter_map(|value| called(value).map(|name| name.text)).collect()
}

/// A name, or what is called.
fn called(value: &ast::Expr) -> Option<ast::Ident> {
    match &value.kind {
        ExprKind::Name(name) => Some(ast::Ident { text: name.clone(), span: value.span }),
        ExprKind::Call { function, .. } => Some(function.clone()),
        _ => None,
    }
}

impl Rewriter<'_> {
    fn feature(&mut self, item: &ast::Feature, env: Env<'_>) -> ast::Feature {
        ast::Feature { expr: self.expr(&item.expr, env), ..item.clone() }
    }

    /// A behaviour that is one call has the type and the mask of what it calls.
    fn behaviour(&mut self, item: &ast::Behaviour, env: Env<'_>) -> ast::Behaviour {
        let called = match &item.expr.kind {
            ExprKind::Call { function, arguments } => match self.scopes.meaning(&function.text, env.file) {
                Some(Meaning::Function(at)) if self.scopes.functions[at].is_behaviour => {
                    Some(self.expanded(at, arguments, item.expr.span, env))
                }
                _ => None,
            },
            _ => None,
        };
        let own = item.mask.as_ref().map(|mask| self.expr(mask, env));
        let error = ast::Expr { kind: ExprKind::Error, span: item.expr.span };
        match called {
            None => ast::Behaviour { expr: self.expr(&item.expr, env), mask: own, ..item.clone() },
            Some(None) => ast::Behaviour { expr: error, mask: None, ..item.clone() },
            Some(Some(Called { expr, mask, ty })) => {
                if let (Some(own), Some(mask)) = (&own, &mask) {
                    self.sink.push(messages::masked_twice(own.span, mask.span));
                }
                let ty = item.ty.clone().or(ty);
                ast::Behaviour { expr, mask: own.or(mask), ty, ..item.clone() }
            }
        }
    }

    fn claims(&mut self, unit: &Unit, env: Env<'_>, out: &mut Claims) {
        let file = &unit.file;
        self.members_of(&file.hypotheses, &file.interchanges, &file.expects, env, out);
        out.challenges.extend(file.challenges.iter().map(|item| self.challenge(item, env)));
        for family in &file.families {
            self.item_family(family, env, out);
        }
    }

    fn item_family(&mut self, family: &ast::ItemFamily, env: Env<'_>, out: &mut Claims) {
        let Some(members) = self.members(&family.parameters, family.span, env) else { return };
        let example = family.parameters.first().map_or("i", |parameter| parameter.name.text.as_str());
        let hypotheses = family.hypotheses.iter().map(|item| (&item.name, "hypothesis"));
        let interchanges = family.interchanges.iter().map(|item| (&item.name, "interchange"));
        let challenges = family.challenges.iter().map(|item| (&item.name, "challenge"));
        let names = hypotheses.chain(interchanges).chain(challenges);
        let before = self.sink.len();
        for (name, kind) in names.filter(|(name, _)| name.arguments.is_empty() && !name.name.text.is_empty()) {
            self.sink.push(messages::member_without_index(name.span, kind, &name.name.text, example));
        }
        if self.sink.len() > before {
            return;
        }
        for integers in &members {
            let env = Env { integers, ..env };
            self.members_of(&family.hypotheses, &family.interchanges, &family.expects, env, out);
            out.challenges.extend(family.challenges.iter().map(|item| self.challenge(item, env)));
            for family in &family.families {
                self.item_family(family, env, out);
            }
        }
    }

    fn members_of(
        &mut self,
        hypotheses: &[ast::Hypothesis],
        interchanges: &[ast::Interchange],
        expects: &[ast::Expect],
        env: Env<'_>,
        out: &mut Claims,
    ) {
        out.hypotheses.extend(hypotheses.iter().map(|item| self.hypothesis(item, env)));
        out.interchanges.extend(interchanges.iter().map(|item| self.interchange(item, env)));
        out.expects.extend(expects.iter().map(|item| self.expect(item, env)));
    }

    fn hypothesis(&mut self, item: &ast::Hypothesis, env: Env<'_>) -> ast::Hypothesis {
        if item.refines.is_none() {
            self.only_plain(&item.body);
        }
        ast::Hypothesis {
            name: self.reference(&item.name, env),
            refines: item.refines.as_ref().map(|base| self.reference(base, env)),
            body: self.body(&item.body, env),
            ..item.clone()
        }
    }

    fn interchange(&mut self, item: &ast::Interchange, env: Env<'_>) -> ast::Interchange {
        let aligned = item.aligned.iter().map(|aligned| ast::Aligned {
            feature: aligned.feature.clone(),
            regions: aligned.regions.iter().map(|region| self.region(region, env)).collect(),
            span: aligned.span,
        });
        let aligned = aligned.collect();
        let predicts = item.predicts.as_ref().map(|(feature, expr)| (feature.clone(), self.expr(expr, env)));
        ast::Interchange { name: self.reference(&item.name, env), predicts, aligned, ..item.clone() }
    }

    fn expect(&mut self, item: &ast::Expect, env: Env<'_>) -> ast::Expect {
        let clause = |rewriter: &mut Self, clause: &ast::Clause| ast::Clause {
            baseline: clause.baseline.as_ref().map(|baseline| rewriter.reference(baseline, env)),
            bound: rewriter.expr(&clause.bound, env),
            ..clause.clone()
        };
        ast::Expect {
            hypothesis: self.reference(&item.hypothesis, env),
            variant: item.variant.as_ref().map(|(body, span)| (self.body(body, env), *span)),
            clauses: item.clauses.iter().map(|found| clause(self, found)).collect(),
            precision: item.precision.as_ref().map(|precision| ast::Precision {
                half_width: self.expr(&precision.half_width, env),
                ..precision.clone()
            }),
            ..item.clone()
        }
    }

    /// Words such as `greedy` are no names of values; all else is a number.
    fn search(&mut self, item: &ast::Search, env: Env<'_>) -> ast::Search {
        ast::Search {
            over: item.over.iter().map(|region| self.region(region, env)).collect(),
            computes: item.computes.iter().map(|claim| self.searched(claim, env)).collect(),
            settings: item.settings.iter().map(|own| self.setting(own, &ast::Search::WORDS, env)).collect(),
            objective: item.objective.as_ref().map(|own| ast::Objective {
                baseline: own.baseline.as_ref().map(|baseline| self.reference(baseline, env)),
                ..own.clone()
            }),
            ..item.clone()
        }
    }

    fn calibrate(&mut self, item: &ast::Calibrate, env: Env<'_>) -> ast::Calibrate {
        ast::Calibrate {
            computes: item.computes.iter().map(|claim| self.searched(claim, env)).collect(),
            settings: item.settings.iter().map(|own| self.setting(own, &ast::Calibrate::NAMES, env)).collect(),
            ..item.clone()
        }
    }

    fn searched(&mut self, claim: &ast::SearchedClaim, env: Env<'_>) -> ast::SearchedClaim {
        let computes = match &claim.computes {
            ast::Computes::Feature(expr) => ast::Computes::Feature(self.expr(expr, env)),
            word => word.clone(),
        };
        ast::SearchedClaim { computes, span: claim.span }
    }

    /// Values of some words are words themselves.
    fn setting(&mut self, setting: &ast::SearchSetting, words: &[&str], env: Env<'_>) -> ast::SearchSetting {
        let values = match words.contains(&setting.word.text.as_str()) {
            true => setting.values.clone(),
            false => setting.values.iter().map(|value| self.expr(value, env)).collect(),
        };
        ast::SearchSetting { values, ..setting.clone() }
    }

    /// Behaviours of the library that are named and not declared by the user.
    fn library_behaviours(&mut self, file: &mut ast::File) {
        let declared: BTreeSet<&str> = file.behaviours.iter().map(|item| item.name.text.as_str()).collect();
        let missing =
            file.hypotheses.iter().map(|item| &item.behaviour).chain(file.searches.iter().map(|item| &item.behaviour));
        let missing: BTreeMap<String, FileId> = missing
            .filter(|name| !declared.contains(name.text.as_str()))
            .map(|name| (name.text.clone(), name.span.file))
            .collect();
        for (name, seen_from) in missing {
            for place in self.scopes.library_of(seen_from).to_vec() {
                let Some(unit) = self.scopes.part(place) else { continue };
                let plain = |item: &&ast::Behaviour| item.parameters.is_none() && item.name.text == name;
                if let Some(item) = unit.file.behaviours.iter().find(plain) {
                    let (integers, arguments) = (Integers::new(), BTreeMap::new());
                    let env =
                        Env { file: unit.id, place: unit.id, integers: &integers, arguments: &arguments, open: &[] };
                    let found = self.behaviour(item, env);
                    file.behaviours.push(found);
                }
            }
        }
    }

    /// The features of the library that are used, with those that they use.
    fn library_features(&mut self, file: &mut ast::File) {
        let mut done: BTreeSet<(usize, usize)> = BTreeSet::new();
        while let Some((part, at)) = self.library.difference(&done).next().copied() {
            done.insert((part, at));
            let Some(unit) = self.scopes.part(part) else { continue };
            let Some(item) = unit.file.features.get(at) else { continue };
            let (integers, arguments) = (Integers::new(), BTreeMap::new());
            let env = Env { file: unit.id, place: unit.id, integers: &integers, arguments: &arguments, open: &[] };
            let mut found = self.feature(item, env);
            found.name = Ident { text: self.scopes.library_name(part, &item.name.text), span: item.name.span };
            file.features.push(found);
        }
    }
}
