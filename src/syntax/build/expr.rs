//! Expressions: the flat rows of the grammar to trees, by precedence climbing.

use super::{Builder, names};
use crate::diagnostics::messages::syntax as messages;
use crate::source::Span;
use crate::syntax::SyntaxKind::*;
use crate::syntax::ast::{self, Arithmetic, Comparison, ExprKind, Logic, Part};
use crate::syntax::prescan::DEPTH_LIMIT;
use crate::syntax::tree::Node;
use std::collections::VecDeque;

/// How tightly operators bind. `not` stands between `and` and the comparisons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Or,
    And,
    Not,
    Comparison,
    Sum,
    Product,
    Unary,
}

impl Level {
    /// The level of the right operand: one tighter, so that operators of one level group to the left.
    fn tighter(self) -> Level {
        match self {
            Level::Or => Level::And,
            Level::And => Level::Not,
            Level::Not => Level::Comparison,
            Level::Comparison => Level::Sum,
            Level::Sum => Level::Product,
            Level::Product | Level::Unary => Level::Unary,
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum Operator {
    Logic(Logic),
    Compare(Comparison),
    Arithmetic(Arithmetic),
}

impl Operator {
    fn level(self) -> Level {
        match self {
            Operator::Logic(Logic::Or) => Level::Or,
            Operator::Logic(Logic::And) => Level::And,
            Operator::Compare(_) => Level::Comparison,
            Operator::Arithmetic(Arithmetic::Add | Arithmetic::Subtract) => Level::Sum,
            Operator::Arithmetic(_) => Level::Product,
        }
    }

    fn join(self, left: ast::Expr, right: ast::Expr) -> ast::Expr {
        let span = left.span.to(right.span);
        let (left, right) = (Box::new(left), Box::new(right));
        let kind = match self {
            Operator::Logic(operator) => ExprKind::Logic { operator, left, right },
            Operator::Compare(comparison) => ExprKind::Compare { comparison, left, right },
            Operator::Arithmetic(operator) => ExprKind::Arithmetic { operator, left, right },
        };
        ast::Expr { kind, span }
    }
}

/// The operator of Ansatz that is meant by one of another language.
pub(in crate::syntax) fn meant_operator(written: &str) -> &'static str {
    match written {
        "=" | "===" => "==",
        "!==" | "<>" | "≠" => "!=",
        "=>" | "≥" => ">=",
        "=<" | "≤" => "<=",
        "&&" | "&" => "and",
        "||" | "|" => "or",
        "×" => "*",
        "÷" => "/",
        _ => "-",
    }
}

fn operator(node: Node) -> Option<Operator> {
    let written = if node.kind() == WrongOperator { meant_operator(node.text()) } else { node.text() };
    Some(match written {
        "or" => Operator::Logic(Logic::Or),
        "and" => Operator::Logic(Logic::And),
        "<" => Operator::Compare(Comparison::Less),
        "<=" => Operator::Compare(Comparison::LessEqual),
        ">" => Operator::Compare(Comparison::Greater),
        ">=" => Operator::Compare(Comparison::GreaterEqual),
        "==" => Operator::Compare(Comparison::Equal),
        "!=" => Operator::Compare(Comparison::NotEqual),
        "+" => Operator::Arithmetic(Arithmetic::Add),
        "-" => Operator::Arithmetic(Arithmetic::Subtract),
        "*" => Operator::Arithmetic(Arithmetic::Multiply),
        "/" => Operator::Arithmetic(Arithmetic::Divide),
        "%" => Operator::Arithmetic(Arithmetic::Remainder),
        _ => return None,
    })
}

/// The comparison that a token stands for.
pub(super) fn comparison(token: Node) -> Option<Comparison> {
    match operator(token) {
        Some(Operator::Compare(comparison)) => Some(comparison),
        _ => None,
    }
}

/// An operand with the prefix operators before it that are not yet applied.
#[derive(Debug)]
struct PendingOperand<'t> {
    prefixes: VecDeque<Node<'t>>,
    /// The operand's node; a hole where it is absent.
    node: Node<'t>,
}

/// A flat row of operands with operators between, read from the left.
#[derive(Debug)]
struct Row<'t> {
    operands: VecDeque<PendingOperand<'t>>,
    operators: VecDeque<(Operator, Node<'t>)>,
    depth: usize,
}

impl Builder<'_> {
    /// The expression that stands directly in a node.
    pub(super) fn expr_in(&mut self, owner: Node) -> ast::Expr {
        match owner.child(Expr) {
            Some(node) => self.top_expr(node),
            None => self.error_expr(owner),
        }
    }

    /// An expression that stands in no other.
    pub(super) fn top_expr(&mut self, node: Node) -> ast::Expr {
        self.expr(node, 0)
    }

    /// A hole, and reported as such.
    pub(super) fn error_expr(&self, owner: Node) -> ast::Expr {
        ast::Expr { kind: ExprKind::Error, span: self.span(owner) }
    }

    /// The expressions that stand directly in a list.
    pub(super) fn exprs(&mut self, list: Node, depth: usize) -> Vec<ast::Expr> {
        let nodes = list.children().filter(|child| is_expr(child));
        nodes.map(|node| self.expr(node, depth)).collect()
    }

    /// `depth` bounds the number of expressions that this one stands in.
    fn expr(&mut self, node: Node, depth: usize) -> ast::Expr {
        let operands: VecDeque<PendingOperand> = node.children().filter_map(operand).collect();
        let operators: VecDeque<_> = node.children().filter_map(|token| Some((operator(token)?, token))).collect();
        let prefixes: usize = operands.iter().map(|operand| operand.prefixes.len()).sum();
        let depth = depth + operators.len() + prefixes;
        if depth > DEPTH_LIMIT {
            self.findings.push(messages::nested_too_deep(self.span(node), DEPTH_LIMIT));
            return self.error_expr(node);
        }
        let mut row = Row { operands, operators, depth };
        self.climb(&mut row, Level::Or)
    }

    /// Reads as much of the row as binds at `level` or tighter.
    fn climb(&mut self, row: &mut Row, level: Level) -> ast::Expr {
        let mut left = self.prefixed(row, level);
        let mut compared: Option<(Span, Span)> = None;
        while let Some((operator, token)) = row.operators.front().copied() {
            let binds = operator.level();
            if binds < level {
                break;
            }
            row.operators.pop_front();
            let right = self.climb(row, binds.tighter());
            let (place, right_span) = (self.span(token), right.span);
            if binds == Level::Comparison {
                if let Some((first, middle)) = compared {
                    let middle = self.text.get(middle.range()).unwrap_or("");
                    self.findings.push(messages::chained_comparison(place, first, middle));
                }
                compared = Some((place, right_span));
            } else {
                compared = None;
            }
            left = operator.join(left, right);
        }
        left
    }

    /// The next operand with its prefix operators; `not` takes all that binds tighter than itself.
    fn prefixed(&mut self, row: &mut Row, level: Level) -> ast::Expr {
        let Some(operand) = row.operands.front_mut() else {
            return ast::Expr { kind: ExprKind::Error, span: Span::new(self.file, 0..0) };
        };
        let Some(prefix) = operand.prefixes.pop_front() else {
            let (node, depth) = (operand.node, row.depth);
            row.operands.pop_front();
            return self.operand(node, depth);
        };
        let place = self.span(prefix);
        let is_minus = prefix.kind() == Minus;
        if !is_minus && level > Level::Not {
            self.findings.push(messages::loose_not(place));
        }
        let inner = if is_minus { self.prefixed(row, Level::Unary) } else { self.climb(row, Level::Not) };
        let span = place.to(inner.span);
        let inner = Box::new(inner);
        ast::Expr { kind: if is_minus { ExprKind::Negate(inner) } else { ExprKind::Not(inner) }, span }
    }

    /// One operand without its prefix operators.
    fn operand(&mut self, node: Node, depth: usize) -> ast::Expr {
        let parts: Vec<(Node, Node)> = indexed_parts(node);
        let depth = depth + parts.len().max(1);
        if depth > DEPTH_LIMIT {
            self.findings.push(messages::nested_too_deep(self.span(node), DEPTH_LIMIT));
            return self.error_expr(node);
        }
        let is_atom = |child: &Node| !child.kind().is_trivia() && !is_prefix(*child) && child.kind() != Index;
        let mut base = match node.children().find(is_atom) {
            Some(atom) => self.atom(atom, depth),
            None => self.error_expr(node),
        };
        for (part, end) in parts {
            let dim = names(part).next().map(|name| self.ident_or_hole(Some(name), part));
            let span = base.span.to(self.span(end));
            let part = Box::new(self.part(part, depth));
            base = ast::Expr { kind: ExprKind::Index { base: Box::new(base), dim, part }, span };
        }
        base
    }

    fn atom(&mut self, node: Node, depth: usize) -> ast::Expr {
        let span = self.span(node);
        let kind = match node.kind() {
            Int => self.int(node).map_or(ExprKind::Error, ExprKind::Int),
            Real => self.real(node).map_or(ExprKind::Error, ExprKind::Real),
            KwTrue => ExprKind::Bool(true),
            KwFalse => ExprKind::Bool(false),
            StringLiteral | UnterminatedString => ExprKind::Text(self.text(node).value),
            Reference | AnyCall => self.reference(node, depth),
            Ident | ForeignIdent => ExprKind::Name(node.text().to_owned()),
            IfExpr => self.if_expr(node, depth),
            Paren => {
                let mut elements = self.exprs(node, depth);
                match (elements.pop(), elements.is_empty()) {
                    (Some(only), true) => only.kind,
                    (Some(last), false) => {
                        elements.push(last);
                        ExprKind::Tuple(elements)
                    }
                    (None, _) => ExprKind::Error,
                }
            }
            _ => ExprKind::Error,
        };
        ast::Expr { kind, span }
    }

    fn reference(&mut self, node: Node, depth: usize) -> ExprKind {
        let name = names(node).next().or_else(|| node.child(KwAny));
        let function = self.ident_or_hole(name, node);
        match node.child(Arguments) {
            Some(list) => ExprKind::Call { function, arguments: self.exprs(list, depth) },
            None => ExprKind::Name(function.text),
        }
    }

    fn if_expr(&mut self, node: Node, depth: usize) -> ExprKind {
        let mut parts =
            node.children_of(Expr).map(|part| Box::new(self.expr(part, depth))).collect::<Vec<_>>().into_iter();
        let hole = || Box::new(self.error_expr(node));
        ExprKind::If {
            condition: parts.next().unwrap_or_else(hole),
            then: parts.next().unwrap_or_else(hole),
            otherwise: parts.next().unwrap_or_else(hole),
        }
    }

    /// The index or range that stands in `[pos: 1..5]` or `at pos = 1..5`.
    pub(super) fn part(&mut self, node: Node, depth: usize) -> Part {
        let mut ends = node.children().filter(is_expr).map(|end| self.expr(end, depth)).collect::<Vec<_>>().into_iter();
        match (ends.next(), ends.next()) {
            (Some(start), Some(end)) => {
                let span = start.span.to(end.span);
                Part::Many(ast::Range { start, end, span })
            }
            (Some(only), None) => Part::One(only),
            (None, _) => Part::One(self.error_expr(node)),
        }
    }
}

/// The parts of all indices after an operand, each with the node at which the value that it gives ends:
/// the index for its last part, the part itself for the others.
fn indexed_parts<'t>(operand: Node<'t>) -> Vec<(Node<'t>, Node<'t>)> {
    let mut found = Vec::new();
    for index in operand.children_of(Index) {
        found.extend(index.children_of(IndexPart).map(|part| (part, part)));
        if let Some(last) = found.last_mut() {
            last.1 = index;
        }
    }
    found
}

pub(super) fn is_expr(node: &Node) -> bool {
    matches!(node.kind(), Expr | AdjacentExpr | Bound | Mask | Count | RowCondition)
}

fn is_prefix(node: Node) -> bool {
    matches!(node.kind(), KwNot | Minus | WrongNot)
}

fn operand(node: Node<'_>) -> Option<PendingOperand<'_>> {
    match node.kind() {
        Operand | CountOperand => {
            Some(PendingOperand { prefixes: node.children().filter(|child| is_prefix(*child)).collect(), node })
        }
        MissingExpr => Some(PendingOperand { prefixes: VecDeque::new(), node }),
        _ => None,
    }
}
