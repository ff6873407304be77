//! The functions of the language by name.

use super::typed::{Divergence, RealFunction, Reduction, Scan};

/// What a name in front of parentheses means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Function {
    Reduce(Reduction),
    Scan(Scan),
    Real(RealFunction),
    Softmax { log: bool },
    Shift,
    Length,
    Position,
    Absolute,
    ToInt,
    ToReal,
    Ratio,
    CrossEntropy,
    BinaryCrossEntropy,
    Accuracy,
    LogitDifference,
    Divergence(Divergence),
    Clean,
    Rename,
    Spread,
}

/// A function with how it is written.
#[derive(Debug)]
pub(super) struct Entry {
    pub name: &'static str,
    pub function: Function,
    pub usage: &'static str,
    pub least: usize,
    pub most: usize,
}

impl Entry {
    /// True for functions whose last digits depend on the machine, or that are about outputs.
    pub fn only_in_behaviours(&self) -> bool {
        use Function as F;
        matches!(
            self.function,
            F::Real(_)
                | F::Softmax { .. }
                | F::CrossEntropy
                | F::BinaryCrossEntropy
                | F::Accuracy
                | F::LogitDifference
                | F::Divergence(_)
                | F::Clean
        )
    }
}

/// The entry of a name.
pub(super) fn function(name: &str) -> Option<&'static Entry> {
    TABLE.iter().find(|entry| entry.name == name)
}

/// What a function is called here that has this name in other languages.
pub(super) fn elsewhere(name: &str) -> Option<&'static str> {
    Some(match name {
        "len" | "size" => "length",
        "average" | "avg" => "mean",
        "product" => "prod",
        "maximum" | "amax" => "max",
        "minimum" | "amin" => "min",
        "cumsum" => "prefix_sum",
        "cummax" => "prefix_max",
        "cummin" => "prefix_min",
        "roll" | "lag" => "shift",
        "arange" | "range" | "index" => "position",
        "float" => "real",
        "ln" => "log",
        "nll_loss" => "cross_entropy",
        "logit_diff" => "logit_difference",
        "kl_div" | "kl_divergence" => "kl",
        "broadcast" | "expand" => "spread",
        "tv" | "tvd" => "total_variation",
        _ => return None,
    })
}

/// The names of all functions.
pub const FUNCTION_NAMES: [&str; ENTRIES.len()] = {
    let mut names = [""; ENTRIES.len()];
    let mut at = 0;
    while at < ENTRIES.len() {
        names[at] = ENTRIES[at].name;
        at += 1;
    }
    names
};

/// How a function of the language is written: `sum(x[, axis])`; `None` for other names.
#[must_use]
pub fn usage(name: &str) -> Option<&'static str> {
    function(name).map(|entry| entry.usage)
}

/// The arguments of a function of the language that are names of axes, by place.
#[must_use]
pub fn axes_of(name: &str) -> std::ops::Range<usize> {
    match function(name).map(|entry| (entry.function, entry.usage, entry.least, entry.most)) {
        Some((Function::Position, ..)) => 0..1,
        Some((Function::Rename, _, _, most)) => 1..most,
        Some((_, usage, least, most)) if usage.contains("[, axis]") => least..most,
        _ => 0..0,
    }
}

const fn entry(name: &'static str, function: Function, usage: &'static str, least: usize, most: usize) -> Entry {
    Entry { name, function, usage, least, most }
}

const fn reduce(name: &'static str, reduction: Reduction, usage: &'static str) -> Entry {
    entry(name, Function::Reduce(reduction), usage, 1, 2)
}

const fn scan(name: &'static str, reduction: Reduction, suffix: bool, usage: &'static str) -> Entry {
    entry(name, Function::Scan(Scan { reduction, suffix }), usage, 1, 2)
}

const fn real(name: &'static str, function: RealFunction, usage: &'static str) -> Entry {
    entry(name, Function::Real(function), usage, 1, 1)
}

const ENTRIES: [Entry; 38] = [
    reduce("sum", Reduction::Sum, "sum(x[, axis])"),
    reduce("prod", Reduction::Product, "prod(x[, axis])"),
    reduce("all", Reduction::All, "all(x[, axis])"),
    reduce("any", Reduction::Any, "any(x[, axis])"),
    reduce("min", Reduction::Minimum, "min(x[, axis])"),
    reduce("max", Reduction::Maximum, "max(x[, axis])"),
    reduce("count", Reduction::Count, "count(x[, axis])"),
    reduce("mean", Reduction::Mean, "mean(x[, axis])"),
    reduce("argmax", Reduction::ArgMax, "argmax(x[, axis])"),
    reduce("argmin", Reduction::ArgMin, "argmin(x[, axis])"),
    scan("prefix_sum", Reduction::Sum, false, "prefix_sum(x[, axis])"),
    scan("suffix_sum", Reduction::Sum, true, "suffix_sum(x[, axis])"),
    scan("prefix_max", Reduction::Maximum, false, "prefix_max(x[, axis])"),
    scan("suffix_max", Reduction::Maximum, true, "suffix_max(x[, axis])"),
    scan("prefix_min", Reduction::Minimum, false, "prefix_min(x[, axis])"),
    scan("suffix_min", Reduction::Minimum, true, "suffix_min(x[, axis])"),
    entry("shift", Function::Shift, "shift(x, by, fill[, axis])", 3, 4),
    entry("length", Function::Length, "length(x)", 1, 1),
    entry("position", Function::Position, "position(axis)", 1, 1),
    entry("abs", Function::Absolute, "abs(x)", 1, 1),
    entry("int", Function::ToInt, "int(x)", 1, 1),
    entry("real", Function::ToReal, "real(x)", 1, 1),
    entry("ratio", Function::Ratio, "ratio(a, b)", 2, 2),
    entry("spread", Function::Spread, "spread(x, like)", 2, 2),
    entry("rename", Function::Rename, "rename(x[, from], to)", 2, 3),
    real("log", RealFunction::Log, "log(x)"),
    real("exp", RealFunction::Exp, "exp(x)"),
    real("sqrt", RealFunction::SquareRoot, "sqrt(x)"),
    real("sigmoid", RealFunction::Sigmoid, "sigmoid(x)"),
    entry("softmax", Function::Softmax { log: false }, "softmax(x[, axis])", 1, 2),
    entry("log_softmax", Function::Softmax { log: true }, "log_softmax(x[, axis])", 1, 2),
    entry("cross_entropy", Function::CrossEntropy, "cross_entropy(logits, label[, axis])", 2, 3),
    entry("binary_cross_entropy", Function::BinaryCrossEntropy, "binary_cross_entropy(logit, label)", 2, 2),
    entry("accuracy", Function::Accuracy, "accuracy(logits, label[, axis])", 2, 3),
    entry("logit_difference", Function::LogitDifference, "logit_difference(logits, a, b[, axis])", 3, 4),
    entry("kl", Function::Divergence(Divergence::KullbackLeibler), "kl(p_logits, q_logits[, axis])", 2, 3),
    entry(
        "total_variation",
        Function::Divergence(Divergence::TotalVariation),
        "total_variation(p_logits, q_logits[, axis])",
        2,
        3,
    ),
    entry("clean", Function::Clean, "clean(output)", 1, 1),
];

static TABLE: [Entry; ENTRIES.len()] = ENTRIES;
