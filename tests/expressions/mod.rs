//! Expressions from text for these tests alone: a plain reader with exact spans, independent of
//! the real grammar.
#![allow(dead_code, reason = "each test file uses a part of it")]

use ansatz::source::{FileId, Span};
use ansatz::syntax::ast::{
    Arithmetic, Behaviour, Comparison, Dim, Expr, ExprKind, Feature, Ident, Logic, Part, Range, Type,
};

/// Reads one expression; panics on anything else, for the text is the test's own.
pub fn expression(text: &str) -> Expr {
    let mut reader = Reader { tokens: tokens(text), at: 0 };
    let expr = reader.expression(0);
    assert_eq!(reader.at, reader.tokens.len(), "all of `{text}` is read");
    expr
}

/// `name : type = expression`, the type optional.
pub fn feature(text: &str) -> Feature {
    let (head, body) = text.split_once(" = ").expect("a feature has a body");
    let (name, ty) = match head.split_once(':') {
        Some((name, ty)) => (name.trim(), Some(written_type(ty.trim()))),
        None => (head.trim(), None),
    };
    let name = Ident { text: name.to_string(), span: span(0, name.len()) };
    Feature { docs: String::new(), name, ty, expr: expression(body), span: span(0, text.len()) }
}

pub fn behaviour(text: &str) -> Behaviour {
    let Feature { docs, name, ty, expr, span } = feature(text);
    Behaviour { docs, name, ty, expr, span }
}

/// `int[pos, class = 2]`
pub fn written_type(text: &str) -> Type {
    let (scalar, dims) = text.split_once('[').unwrap_or((text, ""));
    let ident = |text: &str| Ident { text: text.trim().to_string(), span: span(0, text.len()) };
    let dims = dims.trim_end_matches(']').split(',').filter(|dim| !dim.is_empty());
    let dim = |text: &str| {
        let (name, size) = text.split_once('=').unwrap_or((text, ""));
        let number = text.trim().parse::<u64>();
        let size = size.trim().parse::<u64>().or(number.clone()).ok();
        let name = number.is_err().then(|| ident(name));
        Dim { name, size: size.map(|size| (size, span(0, 1))), span: span(0, 1) }
    };
    Type { scalar: ident(scalar), dims: dims.map(dim).collect(), span: span(0, text.len()) }
}

fn span(start: usize, end: usize) -> Span {
    Span::new(FileId(0), start..end)
}

#[derive(Debug, Clone, PartialEq)]
struct Token {
    text: String,
    start: usize,
    end: usize,
}

fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let word = |more: fn(char) -> bool| rest.find(|c| !more(c)).unwrap_or(rest.len());
        let length = match first {
            ' ' => {
                rest = &rest[1..];
                continue;
            }
            '"' => rest[1..].find('"').expect("a closed text") + 2,
            '0'..='9' => {
                let digits = word(|c| c.is_ascii_digit() || c == '.');
                rest[..digits].find("..").unwrap_or(digits)
            }
            c if c.is_alphabetic() || c == '_' => word(|c| c.is_alphanumeric() || c == '_'),
            _ if ["==", "!=", "<=", ">=", ".."].iter().any(|two| rest.starts_with(two)) => 2,
            _ => 1,
        };
        let start = text.len() - rest.len();
        tokens.push(Token { text: rest[..length].to_string(), start, end: start + length });
        rest = &rest[length..];
    }
    tokens
}

struct Reader {
    tokens: Vec<Token>,
    at: usize,
}

impl Reader {
    fn peek(&self) -> &str {
        self.tokens.get(self.at).map_or("", |token| &token.text)
    }

    fn take(&mut self) -> Token {
        self.at += 1;
        self.tokens[self.at - 1].clone()
    }

    fn expect(&mut self, text: &str) -> Token {
        let token = self.take();
        assert_eq!(token.text, text);
        token
    }

    fn expression(&mut self, least: u8) -> Expr {
        let mut left = self.prefix();
        loop {
            let operator = self.peek().to_string();
            let level = match operator.as_str() {
                "or" => 1,
                "and" => 2,
                "==" | "!=" | "<" | "<=" | ">" | ">=" => 4,
                "+" | "-" => 5,
                "*" | "/" | "%" => 6,
                _ => return left,
            };
            if level < least {
                return left;
            }
            self.take();
            let right = self.expression(level + 1);
            left = binary(&operator, left, right);
        }
    }

    fn prefix(&mut self) -> Expr {
        let start = self.tokens[self.at].start;
        let (kind, end) = match self.peek() {
            "-" => {
                self.take();
                let value = self.expression(7);
                (ExprKind::Negate(Box::new(value.clone())), value.span.end as usize)
            }
            "not" => {
                self.take();
                let value = self.expression(3);
                (ExprKind::Not(Box::new(value.clone())), value.span.end as usize)
            }
            "if" => {
                self.take();
                let condition = Box::new(self.expression(0));
                self.expect("then");
                let then = Box::new(self.expression(0));
                self.expect("else");
                let otherwise = Box::new(self.expression(0));
                let end = otherwise.span.end as usize;
                (ExprKind::If { condition, then, otherwise }, end)
            }
            _ => return self.postfix(),
        };
        Expr { kind, span: span(start, end) }
    }

    fn postfix(&mut self) -> Expr {
        let mut base = self.primary();
        while self.peek() == "[" {
            self.take();
            let named = self.tokens.get(self.at + 1).is_some_and(|token| token.text == ":");
            let dim = named.then(|| {
                let token = self.take();
                self.expect(":");
                Ident { text: token.text, span: span(token.start, token.end) }
            });
            let first = self.expression(0);
            let part = if self.peek() == ".." {
                self.take();
                let end = self.expression(0);
                let place = first.span.to(end.span);
                Part::Many(Range { start: first, end, span: place })
            } else {
                Part::One(first)
            };
            let end = self.expect("]").end;
            let place = span(base.span.start as usize, end);
            base = Expr { kind: ExprKind::Index { base: Box::new(base), dim, part: Box::new(part) }, span: place };
        }
        base
    }

    fn list(&mut self) -> (Vec<Expr>, usize) {
        let mut items = Vec::new();
        while self.peek() != ")" {
            items.push(self.expression(0));
            if self.peek() == "," {
                self.take();
            }
        }
        (items, self.expect(")").end)
    }

    fn primary(&mut self) -> Expr {
        let token = self.take();
        let (mut end, text) = (token.end, token.text.as_str());
        let kind = match text {
            "true" | "false" => ExprKind::Bool(text == "true"),
            "(" => {
                let (mut items, close) = self.list();
                end = close;
                if items.len() == 1 { items.remove(0).kind } else { ExprKind::Tuple(items) }
            }
            _ if text.starts_with('"') => ExprKind::Text(text.trim_matches('"').to_string()),
            _ if text.starts_with(|c: char| c.is_ascii_digit()) => match text.parse() {
                Ok(number) => ExprKind::Int(number),
                Err(_) => ExprKind::Real(text.parse().expect("a number")),
            },
            _ if self.peek() == "(" => {
                self.take();
                let (arguments, close) = self.list();
                end = close;
                let function = Ident { text: text.to_string(), span: span(token.start, token.end) };
                ExprKind::Call { function, arguments }
            }
            _ => ExprKind::Name(text.to_string()),
        };
        Expr { kind, span: span(token.start, end) }
    }
}

fn binary(operator: &str, left: Expr, right: Expr) -> Expr {
    let place = left.span.to(right.span);
    let (left, right) = (Box::new(left), Box::new(right));
    let arithmetic = |operator| ExprKind::Arithmetic { operator, left: left.clone(), right: right.clone() };
    let compare = |comparison| ExprKind::Compare { comparison, left: left.clone(), right: right.clone() };
    let logic = |operator| ExprKind::Logic { operator, left: left.clone(), right: right.clone() };
    let kind = match operator {
        "+" => arithmetic(Arithmetic::Add),
        "-" => arithmetic(Arithmetic::Subtract),
        "*" => arithmetic(Arithmetic::Multiply),
        "/" => arithmetic(Arithmetic::Divide),
        "%" => arithmetic(Arithmetic::Remainder),
        "==" => compare(Comparison::Equal),
        "!=" => compare(Comparison::NotEqual),
        "<" => compare(Comparison::Less),
        "<=" => compare(Comparison::LessEqual),
        ">" => compare(Comparison::Greater),
        ">=" => compare(Comparison::GreaterEqual),
        "and" => logic(Logic::And),
        _ => logic(Logic::Or),
    };
    Expr { kind, span: place }
}
