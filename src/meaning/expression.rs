//! Expressions in one form: features stand in their own place, names of features and of tables are
//! gone, and what is long is a hash.

use crate::feature::{Data, Divergence, Kind, RealFunction, Reduction, Scan, Table, Typed};
use crate::syntax::ast::Logic;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A longer text is a hash of itself, so that features that use features many times stay small.
const LONGEST: usize = 500;

/// What names of values stand for: outputs and aligned features are places in the model.
pub type Places = BTreeMap<String, String>;

/// The canonical text of an expression. Names of columns and of axes stand as they are.
#[must_use]
pub fn expression(value: &Typed, places: &Places) -> String {
    Writer { places, known: BTreeMap::new() }.text(value)
}

struct Writer<'a> {
    places: &'a Places,
    /// By address of its body the text of a feature.
    known: BTreeMap<*const Typed, String>,
}

impl Writer<'_> {
    fn text(&mut self, value: &Typed) -> String {
        let text = match &value.kind {
            Kind::Feature { body, .. } => return self.feature(body),
            kind => self.kind(kind, value),
        };
        if text.len() <= LONGEST { text } else { format!("#{}", short(text.as_bytes())) }
    }

    fn feature(&mut self, body: &Arc<Typed>) -> String {
        let place = Arc::as_ptr(body);
        if let Some(known) = self.known.get(&place) {
            return known.clone();
        }
        let text = self.text(body);
        self.known.insert(place, text.clone());
        text
    }

    fn kind(&mut self, kind: &Kind, value: &Typed) -> String {
        match kind {
            Kind::Feature { body, .. } => self.feature(body),
            Kind::Int(number) => number.to_string(),
            Kind::Real(number) => format!("{number:?}"),
            Kind::Bool(known) => known.to_string(),
            Kind::Read(name) => match self.places.get(name) {
                Some(place) => format!("{place}: {}", value.ty),
                None => format!("{name}: {}", value.ty),
            },
            Kind::Output(name) => format!("output {}: {}", self.place(name), value.ty),
            Kind::Clean(name) => format!("clean {}: {}", self.place(name), value.ty),
            Kind::Table(table) => self::table(table),
            Kind::Convert(of) => format!("{}({})", value.ty.scalar.name(), self.text(of)),
            Kind::Negate(of) => format!("-({})", self.text(of)),
            Kind::Not(of) => format!("not ({})", self.text(of)),
            Kind::Absolute(of) => format!("abs({})", self.text(of)),
            Kind::Arithmetic { operator, left, right } => self.pair(operator.sign(), left, right),
            Kind::Compare { comparison, left, right } => self.pair(comparison.sign(), left, right),
            Kind::Logic { operator, left, right } => {
                self.pair(if *operator == Logic::And { "and" } else { "or" }, left, right)
            }
            Kind::Ratio { numerator, denominator } => self.pair("over", numerator, denominator),
            Kind::If { condition, then, otherwise } => {
                let condition = self.text(condition);
                format!("(if {condition} then {} else {})", self.text(then), self.text(otherwise))
            }
            Kind::Length(dim) => format!("length({dim})"),
            Kind::Position { dim, .. } => format!("position({dim})"),
            Kind::BinaryCrossEntropy { logit, label } => {
                format!("binary_cross_entropy({}, {})", self.text(logit), self.text(label))
            }
            _ => self.along(kind, value),
        }
    }

    /// What goes along an axis.
    fn along(&mut self, kind: &Kind, value: &Typed) -> String {
        match kind {
            Kind::Reduce { reduction, axis, value: of } => self.over(reduced(*reduction), of, *axis),
            Kind::Scan { scan: Scan { reduction, suffix }, axis, value: of } => {
                let direction = if *suffix { "suffix" } else { "prefix" };
                self.over(&format!("{direction}_{}", reduced(*reduction)), of, *axis)
            }
            Kind::Shift { axis, by, value: of, fill } => {
                let fill = self.text(fill);
                self.over(&format!("shift by {by} fill {fill}"), of, *axis)
            }
            Kind::Pick { axis, value: of, index } => {
                format!("{}[{}: {}]", self.text(of), dim(of, *axis), self.text(index))
            }
            Kind::Slice { axis, start, end, value: of } => {
                format!("{}[{}: {start}..{end}]", self.text(of), dim(of, *axis))
            }
            Kind::Real1 { function, value: of } => format!("{}({})", real(*function), self.text(of)),
            Kind::LogSoftmax { axis, value: of } => self.over("log_softmax", of, *axis),
            Kind::Rename { axis, value: of } => self.over(&format!("rename {}", dim(value, *axis)), of, *axis),
            Kind::Spread { value: of, .. } => format!("spread({}, [{}])", self.text(of), value.ty.dims.join(", ")),
            Kind::Divergence { divergence, axes, left, right } => {
                let word = match divergence {
                    Divergence::KullbackLeibler => "kl",
                    Divergence::TotalVariation => "total_variation",
                };
                let (left_dim, right_dim) = (dim(left, axes.0), dim(right, axes.1));
                format!("{word}({}, {} over {left_dim}, {right_dim})", self.text(left), self.text(right))
            }
            _ => String::new(),
        }
    }

    fn pair(&mut self, sign: &str, left: &Typed, right: &Typed) -> String {
        format!("({} {sign} {})", self.text(left), self.text(right))
    }

    fn over(&mut self, what: &str, of: &Typed, axis: usize) -> String {
        format!("{what}({} over {})", self.text(of), dim(of, axis))
    }

    fn place<'s>(&'s self, name: &'s str) -> &'s str {
        self.places.get(name).map_or(name, String::as_str)
    }
}

fn dim(value: &Typed, axis: usize) -> &str {
    value.ty.dims.get(axis).map_or("", String::as_str)
}

/// A table by what it holds.
fn table(table: &Table) -> String {
    let mut hasher = blake3::Hasher::new();
    let mut number = |bytes: [u8; 8]| {
        hasher.update(&bytes);
    };
    table.sizes.iter().for_each(|size| number((*size as u64).to_le_bytes()));
    match &table.data {
        Data::Bool(values) => values.iter().for_each(|value| number(u64::from(*value).to_le_bytes())),
        Data::Int(values) => values.iter().for_each(|value| number(value.to_le_bytes())),
        Data::Real(values) => values.iter().for_each(|value| number(value.to_le_bytes())),
        Data::Ratio(values) => values.iter().for_each(|value| {
            let (numerator, denominator) = value.parts();
            number(numerator.to_le_bytes());
            number(denominator.to_le_bytes());
        }),
    }
    format!("table #{}: {}", &hasher.finalize().to_hex()[..16], table.ty)
}

/// The first digits of a hash: enough to tell texts apart that nobody made to collide.
#[must_use]
pub fn short(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex()[..32].to_owned()
}

fn reduced(reduction: Reduction) -> &'static str {
    match reduction {
        Reduction::Sum => "sum",
        Reduction::Product => "product",
        Reduction::All => "all",
        Reduction::Any => "any",
        Reduction::Minimum => "min",
        Reduction::Maximum => "max",
        Reduction::Count => "count",
        Reduction::Mean => "mean",
        Reduction::ArgMax => "argmax",
        Reduction::ArgMin => "argmin",
    }
}

fn real(function: RealFunction) -> &'static str {
    match function {
        RealFunction::Log => "log",
        RealFunction::Exp => "exp",
        RealFunction::SquareRoot => "sqrt",
        RealFunction::Sigmoid => "sigmoid",
    }
}
