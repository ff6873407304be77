//! The abstract syntax of a file: plain data, every part with its span. Built from the lossless
//! tree by `build`; holds whatever could be recovered, so that later stages see as much as possible.

use crate::source::Span;

/// A name as written. Empty where it is absent; that has been reported, and later stages stay silent
/// about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ident {
    pub text: String,
    pub span: Span,
}

/// A string literal, escapes resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    pub value: String,
    pub span: Span,
}

/// One file. Items stand in source order within each kind.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct File {
    pub models: Vec<Model>,
    pub data: Vec<Data>,
    pub features: Vec<Feature>,
    pub behaviours: Vec<Behaviour>,
    pub hypotheses: Vec<Hypothesis>,
    pub expects: Vec<Expect>,
}

/// `model NAME = onnx("PATH") { ... }`
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    pub docs: String,
    pub name: Ident,
    pub path: Text,
    pub dims: Vec<DimDecl>,
    pub inputs: Vec<Input>,
    pub outputs: Vec<Output>,
    pub components: Vec<Component>,
    pub span: Span,
}

/// `dim NAME` or `dim NAME = 42`
#[derive(Debug, Clone, PartialEq)]
pub struct DimDecl {
    pub name: Ident,
    pub size: Option<(u64, Span)>,
}

/// `input NAME : TYPE vocabulary { "a" "b" }`; `NAME = "tensor"` renames a graph input.
#[derive(Debug, Clone, PartialEq)]
pub struct Input {
    pub name: Ident,
    /// The graph's name for it, where it differs.
    pub tensor: Option<Text>,
    pub ty: Type,
    pub vocabulary: Option<Vec<Text>>,
    pub span: Span,
}

/// `output NAME : TYPE`; `NAME = "tensor"` renames a graph output.
#[derive(Debug, Clone, PartialEq)]
pub struct Output {
    pub name: Ident,
    pub tensor: Option<Text>,
    pub ty: Type,
    pub span: Span,
}

/// `component NAME(l in 0..3) = "SITE {l}" : [dims] at head = h { port q = ... }`
#[derive(Debug, Clone, PartialEq)]
pub struct Component {
    pub docs: String,
    pub name: Ident,
    pub parameters: Vec<Parameter>,
    pub site: Text,
    pub dims: Vec<Dim>,
    pub at: Vec<At>,
    pub ports: Vec<Port>,
    pub span: Span,
}

/// `l in 0..3`, half-open.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    pub name: Ident,
    pub range: Range,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Range {
    pub start: Expr,
    pub end: Expr,
    pub span: Span,
}

/// `at head = h` or `at pos = 0..5`: the part of the tensor that is the component.
#[derive(Debug, Clone, PartialEq)]
pub struct At {
    pub dim: Ident,
    pub part: Part,
}

/// One index or a half-open range of indices.
#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    One(Expr),
    Many(Range),
}

/// `port q = "SITE" : [dims]`
#[derive(Debug, Clone, PartialEq)]
pub struct Port {
    pub name: Ident,
    pub site: Text,
    pub dims: Vec<Dim>,
    pub span: Span,
}

/// A scalar type with named axes: `int[pos]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Type {
    /// `bool`, `int`, `token`, `category`, `real` or a name that is none of these.
    pub scalar: Ident,
    pub dims: Vec<Dim>,
    pub span: Span,
}

/// `pos`, `class = 2` or `2`.
#[derive(Debug, Clone, PartialEq)]
pub struct Dim {
    pub name: Option<Ident>,
    pub size: Option<(u64, Span)>,
    pub span: Span,
}

/// `data NAME for MODEL = npz("PATH") { column ... }`
#[derive(Debug, Clone, PartialEq)]
pub struct Data {
    pub docs: String,
    pub name: Ident,
    pub model: Option<Ident>,
    /// `npz` or `jsonl`, or a name that is neither.
    pub format: Ident,
    pub path: Text,
    pub columns: Vec<Column>,
    pub span: Span,
}

/// `tokens`, `label : category` or `label = "key" : category`
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    pub name: Ident,
    /// The file's name for it, where it differs.
    pub key: Option<Text>,
    pub ty: Option<Type>,
    pub span: Span,
}

/// `feature NAME : TYPE = EXPR`
#[derive(Debug, Clone, PartialEq)]
pub struct Feature {
    pub docs: String,
    pub name: Ident,
    pub ty: Option<Type>,
    pub expr: Expr,
    pub span: Span,
}

/// `behaviour NAME = EXPR`
#[derive(Debug, Clone, PartialEq)]
pub struct Behaviour {
    pub docs: String,
    pub name: Ident,
    pub ty: Option<Type>,
    pub expr: Expr,
    pub span: Span,
}

/// `hypothesis NAME explains BEHAVIOUR of MODEL on DATA { ... }`
#[derive(Debug, Clone, PartialEq)]
pub struct Hypothesis {
    pub docs: String,
    pub name: Ident,
    pub behaviour: Ident,
    pub model: Option<Ident>,
    pub data: Option<Ident>,
    pub nodes: Vec<Node>,
    pub arrows: Vec<Arrow>,
    pub unclaimed: Vec<Unclaimed>,
    pub span: Span,
}

/// `node NAME = REGION computes EXPR`
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    pub name: Ident,
    pub region: Region,
    pub computes: Computes,
    pub span: Span,
}

/// `heads(1, 0)` or `embed[pos: 1]`
#[derive(Debug, Clone, PartialEq)]
pub struct Region {
    pub component: Ident,
    pub arguments: Vec<Expr>,
    pub parts: Vec<At>,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Computes {
    /// All of the datum.
    Exact(Span),
    /// Nothing of the datum.
    Any(Span),
    Feature(Expr),
}

/// `a -> b`: direct paths only.
#[derive(Debug, Clone, PartialEq)]
pub struct Arrow {
    pub from: Ident,
    pub to: Ident,
    pub span: Span,
}

/// `unclaimed any` or `unclaimed exact`
#[derive(Debug, Clone, PartialEq)]
pub struct Unclaimed {
    /// `any`, `exact`, or a name that is neither.
    pub scheme: Ident,
    pub span: Span,
}

/// `expect HYPOTHESIS { METRIC(BEHAVIOUR) >= 0.9 }`
#[derive(Debug, Clone, PartialEq)]
pub struct Expect {
    pub docs: String,
    pub hypothesis: Ident,
    pub clauses: Vec<Clause>,
    pub span: Span,
}

/// `recovered(loss) >= 0.90`
#[derive(Debug, Clone, PartialEq)]
pub struct Clause {
    pub metric: Ident,
    pub behaviour: Ident,
    pub comparison: Comparison,
    pub bound: Expr,
    pub span: Span,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Equal,
    NotEqual,
}

/// An expression of the array language.
#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    pub kind: ExprKind,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub enum ExprKind {
    Int(i64),
    Real(f64),
    Bool(bool),
    Text(String),
    Name(String),
    Call {
        function: Ident,
        arguments: Vec<Expr>,
    },
    /// `tokens[1]`, `tokens[pos: 1]`, `tokens[1..5]`
    Index {
        base: Box<Expr>,
        dim: Option<Ident>,
        part: Box<Part>,
    },
    Negate(Box<Expr>),
    Not(Box<Expr>),
    Arithmetic {
        operator: Arithmetic,
        left: Box<Expr>,
        right: Box<Expr>,
    },
    Compare {
        comparison: Comparison,
        left: Box<Expr>,
        right: Box<Expr>,
    },
    Logic {
        operator: Logic,
        left: Box<Expr>,
        right: Box<Expr>,
    },
    If {
        condition: Box<Expr>,
        then: Box<Expr>,
        otherwise: Box<Expr>,
    },
    /// `(f, g)`: agree on both.
    Tuple(Vec<Expr>),
    /// Something that did not parse and has been reported; later stages stay silent about it.
    Error,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    /// Real division.
    Divide,
    /// Integer remainder, of the sign of the divisor.
    Remainder,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Logic {
    And,
    Or,
}
