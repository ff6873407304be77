//! The abstract syntax of a file: plain data, every part with its span. Built from the lossless
//! tree by `build`; holds whatever could be recovered, so that later stages see as much as possible.

mod challenge;
mod claims;
mod generate;
mod search;
mod signs;

use crate::source::Span;
pub use challenge::*;
pub use claims::*;
pub use generate::*;
pub use search::*;

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
    pub uses: Vec<Use>,
    pub constants: Vec<Constant>,
    pub maps: Vec<Map>,
    pub models: Vec<Model>,
    pub data: Vec<Data>,
    pub tables: Vec<Table>,
    pub features: Vec<Feature>,
    pub behaviours: Vec<Behaviour>,
    pub hypotheses: Vec<Hypothesis>,
    pub interchanges: Vec<Interchange>,
    pub challenges: Vec<Challenge>,
    pub expects: Vec<Expect>,
    pub searches: Vec<Search>,
    pub calibrations: Vec<Calibrate>,
    /// `for` around hypotheses, interchanges, challenges and expectations.
    pub families: Vec<ItemFamily>,
}

/// `use std.features` or `use "../common.ansatz"`
#[derive(Debug, Clone, PartialEq)]
pub struct Use {
    pub what: Used,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Used {
    /// A part of the library, by the words between the dots.
    Library(Vec<Ident>),
    /// A file, relative to the one that uses it.
    File(Text),
}

/// `constant NAME = 3`: an integer by name. `--set NAME=4` gives it another value.
#[derive(Debug, Clone, PartialEq)]
pub struct Constant {
    pub docs: String,
    pub name: Ident,
    pub value: Expr,
    pub span: Span,
}

/// `map NAME(layers = modules("blocks.{}")) { dim ... component ... }`: a model map without a model.
#[derive(Debug, Clone, PartialEq)]
pub struct Map {
    pub docs: String,
    pub name: Ident,
    /// With what each is if the model does not say.
    pub parameters: Vec<(Ident, Option<Expr>)>,
    pub body: ModelBody,
    pub span: Span,
}

/// What stands in the braces of a model or a map.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ModelBody {
    pub dims: Vec<DimDecl>,
    pub inputs: Vec<Input>,
    pub outputs: Vec<Output>,
    pub components: Vec<Component>,
}

/// `table NAME = npz("PATH", "ARRAY") : real[length, pos]`: constants from a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    pub docs: String,
    pub name: Ident,
    pub format: Ident,
    pub path: Text,
    /// The file's name for it, where it differs.
    pub key: Option<Text>,
    pub ty: Option<Type>,
    pub span: Span,
}

/// `for l in 0..2, h in 0..8 { ... }` around items.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemFamily {
    pub parameters: Vec<Parameter>,
    pub hypotheses: Vec<Hypothesis>,
    pub interchanges: Vec<Interchange>,
    pub challenges: Vec<Challenge>,
    pub expects: Vec<Expect>,
    pub families: Vec<ItemFamily>,
    pub span: Span,
}

/// A name, for a member of a family with arguments: `count` or `input(3)`.
#[derive(Debug, Clone, PartialEq)]
pub struct Reference {
    pub name: Ident,
    pub arguments: Vec<Expr>,
    pub span: Span,
}

/// `model NAME = onnx("PATH") as MAP(layers = 3) { ... }`
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    pub docs: String,
    pub name: Ident,
    pub path: Text,
    pub map: Option<MapUse>,
    pub body: ModelBody,
    pub span: Span,
}

/// `as std.transformer.gpt2(layers = 3)`: the words between the dots, and named arguments.
#[derive(Debug, Clone, PartialEq)]
pub struct MapUse {
    pub path: Vec<Ident>,
    pub arguments: Vec<(Ident, Expr)>,
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

/// `component NAME(l in 0..3) = "SITE {l}" : [dims] at head = h { port q = ... }`, or the same
/// with `site`: a region that cuts no paths.
#[derive(Debug, Clone, PartialEq)]
pub struct Component {
    pub docs: String,
    /// Whether it cuts paths: `component`, not `site`.
    pub cuts: bool,
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

/// `port q = "SITE" : [dims] at head = h`
#[derive(Debug, Clone, PartialEq)]
pub struct Port {
    pub name: Ident,
    pub site: Text,
    pub dims: Vec<Dim>,
    pub at: Vec<At>,
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
    /// For `generate(ROWS) { ... }`, which has no path.
    pub generator: Option<Box<Generator>>,
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

/// `feature NAME : TYPE = EXPR`, or `feature NAME(x, by) = EXPR`, which is called.
#[derive(Debug, Clone, PartialEq)]
pub struct Feature {
    pub docs: String,
    pub name: Ident,
    /// `None` for a value, the names of the arguments for a function.
    pub parameters: Option<Vec<Ident>>,
    pub ty: Option<Type>,
    pub expr: Expr,
    pub span: Span,
}

/// `behaviour NAME : real[pos] where MASK = EXPR`; with arguments like a feature.
#[derive(Debug, Clone, PartialEq)]
pub struct Behaviour {
    pub docs: String,
    pub name: Ident,
    pub parameters: Option<Vec<Ident>>,
    pub ty: Option<Type>,
    /// The elements that count, where there is a value for each position.
    pub mask: Option<Expr>,
    pub expr: Expr,
    pub span: Span,
}

/// `hypothesis NAME explains BEHAVIOUR of MODEL on DATA { ... }` or
/// `hypothesis NAME refines BASE { ... }`
#[derive(Debug, Clone, PartialEq)]
pub struct Hypothesis {
    pub docs: String,
    pub name: Reference,
    /// Empty where the hypothesis refines another.
    pub behaviour: Ident,
    pub model: Option<Ident>,
    pub data: Option<Ident>,
    pub refines: Option<Reference>,
    pub body: Body,
    pub span: Span,
}

/// `interchange NAME of MODEL on DATA { predicts FEATURE by EXPR  align FEATURE = REGION }`
#[derive(Debug, Clone, PartialEq)]
pub struct Interchange {
    pub docs: String,
    pub name: Reference,
    pub model: Option<Ident>,
    pub data: Option<Ident>,
    /// What the high-level model gives, and what of the outputs should equal it.
    pub predicts: Option<(Ident, Expr)>,
    pub aligned: Vec<Aligned>,
    pub span: Span,
}

/// `align FEATURE = REGION + REGION`
#[derive(Debug, Clone, PartialEq)]
pub struct Aligned {
    pub feature: Ident,
    pub regions: Vec<Region>,
    pub span: Span,
}

/// `expect HYPOTHESIS with { VARIANT } { METRIC(BEHAVIOUR) >= 0.9  precision 0.01 }`
#[derive(Debug, Clone, PartialEq)]
pub struct Expect {
    pub docs: String,
    pub hypothesis: Reference,
    /// The changes that make a variant of the hypothesis, and where they stand.
    pub variant: Option<(Body, Span)>,
    pub clauses: Vec<Clause>,
    pub precision: Option<Precision>,
    pub span: Span,
}

/// `precision 0.01`: the half-width of the interval of recovered that is asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Precision {
    pub half_width: Expr,
    pub span: Span,
}

/// `recovered(loss, baseline = unclaimed) >= 0.90`
#[derive(Debug, Clone, PartialEq)]
pub struct Clause {
    pub metric: Ident,
    pub behaviour: Ident,
    pub baseline: Option<Reference>,
    pub comparison: Comparison,
    /// Where the sign of the comparison stands.
    pub sign: Span,
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
