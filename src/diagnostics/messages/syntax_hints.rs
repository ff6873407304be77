//! What to do about an unexpected token at a certain place: the habits of other languages, and words
//! of Ansatz at the wrong place.

use crate::diagnostics::Diagnostic;

/// Place, what was found there, and what to do. The place is the name of a construct.
const HINTS: &[(&str, &str, &str)] = &[
    ("a file", "from", "`use std.features` brings in a part of the library, by its names"),
    ("a file", "with", "a variant stands between the name and the block: `expect h with { ... } { ... }`"),
    ("use", "as", "what is used enters by its own names"),
    ("use", ",", "write one `use` for each"),
    ("use", ":", "the parts of a name are joined with `.`: `std.features`"),
    ("use", "/", "the parts of a name are joined with `.`; the path of a file stands in quotes"),
    ("constant", ":", "constants are integers and say no type: `constant depth = 3`"),
    ("parameters", ":", "parameters say no types: `(x, fill)`"),
    ("parameters", "=", "parameters have no values of their own: each call gives all arguments"),
    ("type of a table", ":", "the type stands at the end: `table w = npz(\"w.npz\") : real[length, pos]`"),
    ("table", "[", "the name of the array is a second string: `npz(\"w.npz\", \"array\")`"),
    ("table", "", "a table says its type and axes, such as `: real[length, pos]`"),
    ("feature", "where", "only a behaviour has `where`"),
    ("behaviour", "where", "`where` stands after the type, before `=`: `behaviour b : real[pos] where mask = ...`"),
    ("arguments of a map", "", "each argument has its name: `as std.transformer.gpt2(layers = 12)`"),
    ("refinement", "explains", "a refinement explains what its base explains: leave this out"),
    ("refinement", "of", "a refinement is about the model of its base: leave this out"),
    ("refinement", "on", "a refinement is about the data of its base: leave this out"),
    ("hypothesis", "of", "`of` stands before `on`"),
    ("hypothesis", "refines", "a hypothesis has either `explains` or `refines`"),
    ("head of a for", ":", "what is repeated stands in braces: `for i in 0..3 { ... }`"),
    ("head of a for", "(", "there are no parentheses: `for i in 0..3 { ... }`"),
    ("for", "", "what is repeated stands in braces: `for i in 0..3 { ... }`"),
    ("range", "", "a range has a start and an end that is left out: `0..3` holds 0, 1 and 2"),
    ("with", "", "the changes stand in braces: `with { swap a, b }`"),
    ("expect", "", "what is expected stands in braces at the end: `{ recovered(loss) >= 0.9 }`"),
    ("swap", "", "two nodes exchange what they compute: `swap a, b`"),
    ("drop", "", "`drop node a` or `drop a -> b`"),
    ("drop", "unclaimed", "a later `unclaimed` for the same target takes its place"),
    ("drop", ",", "write one `drop` for each"),
    ("override", "unclaimed", "a later `unclaimed` for the same target takes its place without `override`"),
    ("override", "", "`override node a = ...` takes the place of a node of the base"),
    ("draw", "from", "`from` stands before `paired by`: `draw c from d paired by id`"),
    ("unclaimed", ",", "write one `unclaimed` for each"),
    ("unclaimed", "[", "it holds for whole nodes, or for their ports: `unclaimed any for b.k`"),
    ("unclaimed", "", "the node that it holds for follows `for`: `unclaimed exact for b`"),
    ("unclaimed", "(", "the class of a mean stands after `over`: `unclaimed mean over f`"),
    ("draw without name", "", "each draw has a name: `draw c from d`"),
    (
        "map without name",
        "",
        "the name of a map follows, such as `as std.transformer.gpt2`; without `as` stands a map of its own",
    ),
    ("expression of an estimate", "", "the estimate stands in parentheses: `estimate(w[tokens]) of embed`"),
    ("estimate", "", "an estimate is of one region: `estimate(w[tokens]) of embed`"),
    ("rest", "", "the rest is `rest exact`, `rest any` or `rest computes f`"),
    ("computes", "from", "`from` stands at the end: `node a = embed computes f from d`"),
    ("computes", ".", "a node is bound to a region; ports are where arrows end: `a -> b.k`"),
    ("directly in a `model`", "for", "components take parameters: `component mlp(l in 0..3) = ...`"),
    ("directly in a `map`", "for", "components take parameters: `component mlp(l in 0..layers) = ...`"),
    ("in an `interchange`", "node", "features are aligned with regions: `align f = heads(0, 1)`"),
    ("in an `interchange`", "->", "features are aligned with regions: `align f = heads(0, 1)`"),
    ("node", "rest", "only an estimate has a rest, before `computes`: `estimate(x) of embed rest exact`"),
    ("node", "from", "an estimate has no `from`: its data are those of the hypothesis"),
    ("node", "where", "conditions stand at arrows: `a -> b.v where key == query - 1`"),
    ("node", "except", "exclusions stand at arrows: `a ~> b except via c`"),
    ("node", "over", "`over` stands after `mean`: `computes mean over f`"),
    ("ports", ".", "ports stand side by side in braces: `a -> b.{q, k}`"),
    ("parts after a port", "", "the parts of a node stand before its port: `b[pos: 1].k`"),
    ("source", ".", "ports are where arrows end, not where they start: `a -> b.k`"),
    ("arrow", ",", "write each arrow on its own: `a -> b`, then `a -> c`"),
    ("arrow", "for", "a family of arrows stands in a block: `for i in 0..3 { a(i) -> b }`"),
    ("arrow", "if", "a condition on the terms of a sum is `where`: `a -> b.v where key == query - 1`"),
    ("predicts", "", "what of the outputs should equal it follows `by`: `predicts even by logits[1] > logits[0]`"),
    ("baseline", "", "the baseline has its name: `recovered(loss, baseline = nothing)`"),
];

/// Adds what to do about `found` at `place`; a row without a found token holds for all that have none
/// of their own.
#[must_use]
pub fn hinted(diagnostic: Diagnostic, place: &str, found: &str) -> Diagnostic {
    let rows = || HINTS.iter().filter(|row| row.0 == place);
    match rows().find(|row| row.1 == found).or_else(|| rows().find(|row| row.1.is_empty())) {
        Some((_, _, help)) => diagnostic.help(*help),
        None => diagnostic,
    }
}
