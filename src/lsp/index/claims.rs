//! Hypotheses, interchanges, challenges, expectations, searches, calibrations.

use super::{Builder, Here, Owner, Space};
use crate::syntax::ast::{
    self, Aim, Arrow, ArrowEnd, Body, Computes, Drop, EstimateKind, Expr, ExprKind, Hypothesis, Ident, ItemFamily,
    Node, Parameter, Reference, Region, Scheme,
};

/// What stands beside each other in a file, and in a family.
type Claims<'a> = (&'a [Hypothesis], &'a [ast::Interchange], &'a [ast::Challenge], &'a [ast::Expect]);

/// What an expectation is about.
const EXPECTED: [Space; 2] = [Space::Interchange, Space::Hypothesis];

impl Builder<'_> {
    pub(super) fn claims(&mut self, here: &Here<'_>, claims: Claims<'_>) {
        let (hypotheses, interchanges, challenges, expects) = claims;
        hypotheses.iter().for_each(|item| self.hypothesis(here, item));
        interchanges.iter().for_each(|item| self.interchange(here, item));
        challenges.iter().for_each(|item| self.challenge(here, item));
        expects.iter().for_each(|item| self.expect(here, item));
    }

    pub(super) fn item_family(&mut self, here: &Here<'_>, family: &ItemFamily) {
        let inside = self.members(here, &family.parameters, family.span);
        self.claims(&inside, (&family.hypotheses, &family.interchanges, &family.challenges, &family.expects));
        family.families.iter().for_each(|family| self.item_family(&inside, family));
    }

    fn members<'u>(&mut self, here: &Here<'u>, parameters: &[Parameter], within: crate::source::Span) -> Here<'u> {
        let mut inside = here.clone();
        for parameter in parameters {
            self.range(&inside, &parameter.range);
            let local = self.local(here, Space::Parameter, &parameter.name, within);
            inside.locals.push(local);
        }
        inside
    }

    fn arguments(&mut self, here: &Here<'_>, reference: &Reference) {
        reference.arguments.iter().for_each(|argument| self.expr(here, argument));
    }

    fn reference(&mut self, here: &Here<'_>, reference: &Reference, spaces: &[Space]) {
        self.refer(here, &reference.name, spaces);
        self.arguments(here, reference);
    }

    fn subject(&mut self, here: &Here<'_>, model: Option<&Ident>, data: Option<&Ident>) {
        model.iter().for_each(|name| self.refer(here, name, &[Space::Model]));
        data.iter().for_each(|name| self.refer(here, name, &[Space::Data]));
    }

    fn hypothesis(&mut self, here: &Here<'_>, item: &Hypothesis) {
        self.arguments(here, &item.name);
        self.refer(here, &item.behaviour, &[Space::Behaviour]);
        self.subject(here, item.model.as_ref(), item.data.as_ref());
        item.refines.iter().for_each(|base| self.reference(here, base, &[Space::Hypothesis]));
        let root = self.index.roots.get(&item.name.name.text).cloned();
        self.body_of_claims(&Here { root, ..here.clone() }, &item.body);
    }

    fn interchange(&mut self, here: &Here<'_>, item: &ast::Interchange) {
        self.arguments(here, &item.name);
        self.subject(here, item.model.as_ref(), item.data.as_ref());
        if let Some((feature, expr)) = &item.predicts {
            self.refer(here, feature, &[Space::Feature, Space::Value]);
            self.expr(here, expr);
        }
        for aligned in &item.aligned {
            self.refer(here, &aligned.feature, &[Space::Feature, Space::Value]);
            aligned.regions.iter().for_each(|region| self.region(here, region));
        }
    }

    fn expect(&mut self, here: &Here<'_>, item: &ast::Expect) {
        self.reference(here, &item.hypothesis, &EXPECTED);
        let name = &item.hypothesis.name.text;
        if let Some((body, _)) = &item.variant {
            let root = self.index.roots.get(name).cloned();
            self.body_of_claims(&Here { root, ..here.clone() }, body);
        }
        let of_features = self.known(&Owner::User, Space::Interchange, name).is_some();
        for clause in &item.clauses {
            let spaces = if of_features { [Space::Feature, Space::Value] } else { [Space::Behaviour; 2] };
            self.refer(here, &clause.behaviour, &spaces);
            clause.baseline.iter().for_each(|baseline| self.reference(here, baseline, &[Space::Hypothesis]));
            self.expr(here, &clause.bound);
        }
        item.precision.iter().for_each(|precision| self.expr(here, &precision.half_width));
    }

    fn challenge(&mut self, here: &Here<'_>, item: &ast::Challenge) {
        self.arguments(here, &item.name);
        self.reference(here, &item.hypothesis, &[Space::Hypothesis]);
        let mut values: Vec<&Expr> = item.draws.iter().chain(item.expected.iter().map(|found| &found.bound)).collect();
        match &item.aim {
            Aim::Fools(fools) => {
                fools.from.iter().for_each(|name| self.refer(here, name, &[Space::Data]));
                values.extend(fools.filter.iter().chain(&fools.rank).chain(&fools.budget).chain(&fools.success));
                values.extend(&fools.matched);
            }
            Aim::Distinguishes(sets) => {
                for set in sets.trusted.iter().chain(&sets.anomalous) {
                    values.extend(&set.filter);
                    set.from.iter().for_each(|name| self.refer(here, name, &[Space::Data]));
                }
            }
        }
        values.into_iter().for_each(|value| self.expr(here, value));
    }

    pub(super) fn search(&mut self, here: &Here<'_>, item: &ast::Search) {
        self.refer(here, &item.behaviour, &[Space::Behaviour]);
        self.subject(here, item.model.as_ref(), item.data.as_ref());
        item.over.iter().for_each(|region| self.region(here, region));
        item.computes.iter().for_each(|claim| self.computes(here, &claim.computes));
        item.ports.iter().for_each(|port| self.refer(here, port, &[Space::Port]));
        if let Some(objective) = &item.objective {
            self.refer(here, &objective.behaviour, &[Space::Behaviour]);
            objective.baseline.iter().for_each(|baseline| self.reference(here, baseline, &[Space::Hypothesis]));
        }
        for setting in &item.settings {
            match setting.word.text.as_str() {
                "start" => self.named(here, &setting.values, Space::Hypothesis),
                "challenge" => self.named(here, &setting.values, Space::Challenge),
                "minimise" => setting.values.iter().for_each(|value| self.minimised(here, value)),
                word if ast::Search::WORDS.contains(&word) => {}
                _ => setting.values.iter().for_each(|value| self.expr(here, value)),
            }
        }
    }

    /// `mean(loss)`: a metric of a behaviour.
    fn minimised(&mut self, here: &Here<'_>, value: &Expr) {
        if let ExprKind::Call { arguments, .. } = &value.kind {
            self.named(here, arguments, Space::Behaviour);
        }
    }

    pub(super) fn calibration(&mut self, here: &Here<'_>, item: &ast::Calibrate) {
        item.computes.iter().for_each(|claim| self.computes(here, &claim.computes));
        for setting in &item.settings {
            match setting.word.text.as_str() {
                "against" => self.named(here, &setting.values, Space::Challenge),
                word if ast::Calibrate::HYPOTHESES.contains(&word) => {
                    self.named(here, &setting.values, Space::Hypothesis);
                }
                word if ast::Calibrate::NAMES.contains(&word) => {}
                _ => setting.values.iter().for_each(|value| self.expr(here, value)),
            }
        }
    }

    /// Values that are names of claims.
    fn named(&mut self, here: &Here<'_>, values: &[Expr], space: Space) {
        for value in values {
            match &value.kind {
                ExprKind::Name(name) => {
                    self.refer(here, &Ident { text: name.clone(), span: value.span }, &[space]);
                }
                ExprKind::Call { function, arguments } => {
                    self.refer(here, function, &[space]);
                    arguments.iter().for_each(|argument| self.expr(here, argument));
                }
                _ => {}
            }
        }
    }

    fn body_of_claims(&mut self, here: &Here<'_>, body: &Body) {
        body.nodes.iter().for_each(|node| self.node(here, node));
        for node in &body.overrides {
            self.claimed(here, &node.name);
            self.node(here, node);
        }
        body.arrows.iter().for_each(|arrow| self.arrow(here, arrow));
        for unclaimed in &body.unclaimed {
            match &unclaimed.scheme {
                Scheme::Named(name) => self.of_claims(here, name, Space::Draw),
                Scheme::Mean { over, .. } => over.iter().for_each(|over| self.over(here, over)),
                Scheme::Constant(value, _) => self.expr(here, value),
            }
            if let Some((target, ports)) = &unclaimed.target {
                self.claimed(here, target);
                ports.iter().for_each(|port| self.refer(here, port, &[Space::Port]));
            }
        }
        for draw in &body.draws {
            draw.from.iter().for_each(|name| self.refer(here, name, &[Space::Data]));
            draw.paired_by.iter().for_each(|name| self.refer(here, name, &[Space::Value]));
        }
        body.pools.iter().for_each(|pool| self.expr(here, &pool.size));
        for dropped in &body.drops {
            match dropped {
                Drop::Node(node, _) => self.claimed(here, node),
                Drop::Arrow(arrow) => self.arrow(here, arrow),
            }
        }
        for swap in &body.swaps {
            self.claimed(here, &swap.one);
            self.claimed(here, &swap.other);
        }
        for family in &body.families {
            let inside = self.members(here, &family.parameters, family.span);
            self.body_of_claims(&inside, &family.body);
        }
    }

    fn of_claims(&mut self, here: &Here<'_>, name: &Ident, space: Space) {
        let owner = here.root.clone().map(Owner::Claims);
        if let Some(symbol) = owner.and_then(|owner| self.known(&owner, space, &name.text)) {
            self.place(here, name, symbol, false, None);
        }
    }

    /// A node, or the behaviour, which arrows end at.
    fn claimed(&mut self, here: &Here<'_>, node: &Reference) {
        self.arguments(here, node);
        let owner = here.root.clone().map(Owner::Claims);
        let known = owner.and_then(|owner| self.known(&owner, Space::Node, &node.name.text));
        match known {
            Some(symbol) => self.place(here, &node.name, symbol, false, None),
            None => self.refer(here, &node.name, &[Space::Behaviour]),
        }
    }

    fn node(&mut self, here: &Here<'_>, node: &Node) {
        self.arguments(here, &node.name);
        node.regions.iter().for_each(|region| self.region(here, region));
        if let Some(estimate) = &node.estimate {
            match &estimate.kind {
                EstimateKind::Expression(expr) => self.expr(here, expr),
                EstimateKind::Changed { port, value } => {
                    self.refer(here, port, &[Space::Port]);
                    self.expr(&here.of_axes(), value);
                }
            }
            self.computes(here, &estimate.rest);
        }
        self.computes(here, &node.computes);
        node.from.iter().for_each(|name| self.refer(here, name, &[Space::Data]));
    }

    pub(super) fn region(&mut self, here: &Here<'_>, region: &Region) {
        // A component, or the input of this name.
        self.refer(here, &region.component, &[Space::Component, Space::Value]);
        region.arguments.iter().for_each(|argument| self.expr(here, argument));
        self.parts(here, &region.parts);
    }

    pub(super) fn computes(&mut self, here: &Here<'_>, computes: &Computes) {
        match computes {
            Computes::Feature(expr) | Computes::Constant(expr, _) => self.expr(here, expr),
            Computes::Mean { over, .. } => over.iter().for_each(|over| self.over(here, over)),
            Computes::Exact(_) | Computes::Any(_) | Computes::Zero(_) => {}
        }
    }

    /// What a mean is taken over: axes, and features.
    fn over(&mut self, here: &Here<'_>, over: &Expr) {
        let of_axes = here.of_axes();
        match &over.kind {
            ExprKind::Tuple(parts) => parts.iter().for_each(|part| self.over(here, part)),
            ExprKind::Name(_) => self.expr(&of_axes, over),
            _ => self.expr(here, over),
        }
    }

    fn arrow(&mut self, here: &Here<'_>, arrow: &Arrow) {
        let mut end = |end: &ArrowEnd| {
            self.claimed(here, &end.node);
            self.parts(here, &end.parts);
        };
        end(&arrow.from);
        end(&arrow.to);
        arrow.ports.iter().for_each(|port| self.refer(here, port, &[Space::Port]));
        arrow.except.iter().for_each(|region| self.region(here, region));
        arrow.terms.iter().for_each(|terms| self.expr(&here.of_axes(), terms));
    }
}
