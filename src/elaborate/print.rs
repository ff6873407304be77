//! Statements as one line of text: the names of variants, and arrows in messages.

use crate::syntax::ast::{
    Arrow, ArrowEnd, At, Body, Computes, Draw, Drop, Estimate, EstimateKind, Expr, ExprKind, Ident, Logic, Node, Part,
    Range, Reference, Region, Scheme, Unclaimed,
};

/// Statements without families, separated by `; `.
pub fn body(body: &Body) -> String {
    statements(body).join("; ")
}

/// Statements without families.
pub fn statements(body: &Body) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    found.extend(body.drops.iter().map(|dropped| match dropped {
        Drop::Node(node, _) => format!("drop node {}", node.name.text),
        Drop::Arrow(dropped) => format!("drop {}", arrow(dropped)),
    }));
    found.extend(body.overrides.iter().map(|found| format!("override {}", node(found))));
    found.extend(body.nodes.iter().map(node));
    found.extend(body.arrows.iter().map(arrow));
    found.extend(body.draws.iter().map(draw));
    found.extend(body.unclaimed.iter().map(unclaimed));
    found.extend(body.pools.iter().map(|pool| format!("pool {}", expr(&pool.size))));
    found.extend(body.swaps.iter().map(|swap| format!("swap {}, {}", swap.one.name.text, swap.other.name.text)));
    found
}

fn node(node: &Node) -> String {
    let regions = node.regions.iter().map(region).collect::<Vec<_>>().join(" + ");
    let bound = match &node.estimate {
        Some(found) => format!("{} of {regions}{}", estimate(found), rest(found)),
        None => regions,
    };
    let from = node.from.as_ref().map_or_else(String::new, |from| format!(" from {}", from.text));
    format!("node {} = {bound} computes {}{from}", node.name.name.text, computes(&node.computes))
}

fn estimate(estimate: &Estimate) -> String {
    match &estimate.kind {
        EstimateKind::Expression(value) => format!("estimate({})", expr(value)),
        EstimateKind::Changed { port, value } => format!("estimate(self with {} = {})", port.text, expr(value)),
    }
}

fn rest(estimate: &Estimate) -> String {
    match &estimate.rest {
        Computes::Any(_) => String::new(),
        Computes::Exact(_) => " rest exact".to_owned(),
        other => format!(" rest computes {}", computes(other)),
    }
}

pub fn computes(computes: &Computes) -> String {
    match computes {
        Computes::Exact(_) => "exact".to_owned(),
        Computes::Any(_) => "any".to_owned(),
        Computes::Zero(_) => "zero".to_owned(),
        Computes::Feature(value) => expr(value),
        Computes::Mean { over, .. } => mean(over.as_ref()),
        Computes::Constant(value, _) => format!("constant {}", expr(value)),
    }
}

fn mean(over: Option<&Expr>) -> String {
    over.map_or_else(|| "mean".to_owned(), |over| format!("mean over {}", expr(over)))
}

fn draw(draw: &Draw) -> String {
    let part =
        |word: &str, name: Option<&Ident>| name.map_or_else(String::new, |name| format!(" {word} {}", name.text));
    format!("draw {}{}{}", draw.name.text, part("from", draw.from.as_ref()), part("paired by", draw.paired_by.as_ref()))
}

fn unclaimed(unclaimed: &Unclaimed) -> String {
    let scheme = match &unclaimed.scheme {
        Scheme::Named(name) => name.text.clone(),
        Scheme::Mean { over, .. } => mean(over.as_ref()),
        Scheme::Constant(value, _) => format!("constant {}", expr(value)),
    };
    let target = unclaimed.target.as_ref();
    let target = target.map_or_else(String::new, |(node, names)| format!(" for {}{}", node.name.text, ports(names)));
    format!("unclaimed {scheme}{target}")
}

/// `a[pos: 1] ~> b.{q, k} except via c where ...`
pub fn arrow(arrow: &Arrow) -> String {
    let sign = if arrow.all_paths { "~>" } else { "->" };
    let except = match arrow.except.as_slice() {
        [] => String::new(),
        except => format!(" except via {}", except.iter().map(region).collect::<Vec<_>>().join(", ")),
    };
    let terms = arrow.terms.as_ref().map_or_else(String::new, |terms| format!(" where {}", expr(terms)));
    format!("{} {sign} {}{}{except}{terms}", end(&arrow.from), end(&arrow.to), ports(&arrow.ports))
}

fn ports(ports: &[Ident]) -> String {
    match ports {
        [] => String::new(),
        [port] => format!(".{}", port.text),
        ports => {
            let names: Vec<&str> = ports.iter().map(|port| port.text.as_str()).collect();
            format!(".{{{}}}", names.join(", "))
        }
    }
}

pub fn end(end: &ArrowEnd) -> String {
    format!("{}{}", end.node.name.text, cuts(&end.parts))
}

pub fn reference(reference: &Reference) -> String {
    let arguments = match reference.arguments.as_slice() {
        [] => String::new(),
        arguments => format!("({})", list(arguments)),
    };
    format!("{}{arguments}", reference.name.text)
}

pub fn region(region: &Region) -> String {
    let arguments = match region.arguments.as_slice() {
        [] => String::new(),
        arguments => format!("({})", list(arguments)),
    };
    format!("{}{arguments}{}", region.component.text, cuts(&region.parts))
}

fn cuts(parts: &[At]) -> String {
    if parts.is_empty() {
        return String::new();
    }
    let parts: Vec<String> = parts.iter().map(|at| format!("{}: {}", at.dim.text, part(&at.part))).collect();
    format!("[{}]", parts.join(", "))
}

fn part(part: &Part) -> String {
    match part {
        Part::One(index) => expr(index),
        Part::Many(Range { start, end, .. }) => format!("{}..{}", expr(start), expr(end)),
    }
}

fn list(exprs: &[Expr]) -> String {
    exprs.iter().map(expr).collect::<Vec<_>>().join(", ")
}

/// An expression with as many parentheses as it needs at most.
pub fn expr(value: &Expr) -> String {
    match &value.kind {
        ExprKind::Int(number) => number.to_string(),
        ExprKind::Real(number) => format!("{number:?}"),
        ExprKind::Bool(value) => value.to_string(),
        ExprKind::Text(text) => format!("{text:?}"),
        ExprKind::Name(name) => name.clone(),
        ExprKind::Call { function, arguments } => format!("{}({})", function.text, list(arguments)),
        ExprKind::Index { base, dim, part: index } => {
            let dim = dim.as_ref().map_or_else(String::new, |dim| format!("{}: ", dim.text));
            format!("{}[{dim}{}]", operand(base), part(index))
        }
        ExprKind::Negate(inner) => format!("-{}", operand(inner)),
        ExprKind::Not(inner) => format!("not {}", operand(inner)),
        ExprKind::Arithmetic { operator, left, right } => {
            let sign = operator.sign();
            format!("{} {sign} {}", operand(left), operand(right))
        }
        ExprKind::Compare { comparison, left, right } => {
            let sign = comparison.sign();
            format!("{} {sign} {}", operand(left), operand(right))
        }
        ExprKind::Logic { operator, left, right } => {
            let word = if *operator == Logic::And { "and" } else { "or" };
            format!("{} {word} {}", operand(left), operand(right))
        }
        ExprKind::If { condition, then, otherwise } => {
            format!("if {} then {} else {}", operand(condition), operand(then), operand(otherwise))
        }
        ExprKind::Tuple(parts) => format!("({})", list(parts)),
        ExprKind::Error => "?".to_owned(),
    }
}

/// An operand, in parentheses unless it stands alone.
fn operand(value: &Expr) -> String {
    let alone = matches!(
        value.kind,
        ExprKind::Int(_)
            | ExprKind::Real(_)
            | ExprKind::Bool(_)
            | ExprKind::Text(_)
            | ExprKind::Name(_)
            | ExprKind::Call { .. }
            | ExprKind::Index { .. }
            | ExprKind::Tuple(_)
            | ExprKind::Error
    );
    if alone { expr(value) } else { format!("({})", expr(value)) }
}
