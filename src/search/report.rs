//! What a search found, as JSON and as text of at most 100 columns.

use super::{Ended, Winner, widened};
use crate::diagnostics::{clean, shown_whole};
use crate::estimate::Estimate;
use crate::hypothesis::{SearchSpace, Strategy};
use crate::report::{folded, percent};
use serde::Serialize;
use std::fmt::Write;

/// The version of the JSON form.
pub const SCHEMA: &str = "ansatz-search/1";

/// All searches of a file.
#[derive(Debug, Clone, Serialize)]
pub struct Searches {
    pub schema: &'static str,
    pub ansatz: &'static str,
    pub file: String,
    /// BLAKE3 of the text of the file.
    pub blake3: String,
    pub engine: String,
    pub seed: u64,
    pub searches: Vec<SearchReport>,
}

/// One search.
#[derive(Debug, Clone, Serialize)]
pub struct SearchReport {
    pub name: String,
    pub behaviour: String,
    pub model: String,
    pub data: String,
    pub metric: &'static str,
    /// What recovered is measured from.
    pub baseline: String,
    /// Taken off for each unit of size.
    pub price: f64,
    pub per: &'static str,
    /// Added for each opened node.
    pub reward: f64,
    pub strategy: String,
    /// Rows that were searched on, and rows that were held out.
    pub rows: Rows,
    /// References that each hypothesis was run on.
    pub references: usize,
    /// References that the winners were run on, of the rows held out.
    pub references_held_out: usize,
    /// Hypotheses that were run, those turned down among them.
    pub evaluations: usize,
    pub turned_down: usize,
    pub rounds: usize,
    /// `no better neighbour` or `budget spent`.
    pub ended: &'static str,
    /// From small to large.
    pub winners: Vec<WinnerReport>,
}

#[derive(Debug, Clone, Copy, Serialize)]
pub struct Rows {
    pub searched: usize,
    pub held_out: usize,
}

/// A hypothesis that no smaller one beat.
#[derive(Debug, Clone, Serialize)]
pub struct WinnerReport {
    /// The name of the hypothesis in its file.
    pub name: String,
    /// The hypothesis as it is written.
    pub text: String,
    pub arrows: usize,
    pub components: usize,
    pub bits: f64,
    pub best: bool,
    /// On the rows that were searched: flattered by the choice.
    pub searched: f64,
    /// On the rows that were held out.
    pub held_out: Option<HeldOut>,
}

/// A metric on rows that the search never saw.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct HeldOut {
    pub value: f64,
    pub low: f64,
    pub high: f64,
    pub stderr: f64,
    /// The interval that holds for all winners together.
    pub joint_low: f64,
    pub joint_high: f64,
}

impl HeldOut {
    /// Of one of `count` winners.
    #[must_use]
    pub fn of(estimate: Estimate, count: usize) -> HeldOut {
        let joint = widened(estimate, count);
        let Estimate { value, low, high, error } = estimate;
        HeldOut { value, low, high, stderr: error, joint_low: joint.low, joint_high: joint.high }
    }
}

impl WinnerReport {
    /// `text` is the hypothesis under this name.
    #[must_use]
    pub fn of(winner: &Winner, (name, text): (String, String), count: usize) -> WinnerReport {
        WinnerReport {
            name,
            text,
            arrows: winner.candidate.arrows(),
            components: winner.candidate.components(),
            bits: winner.searched.bits,
            best: winner.is_best,
            searched: winner.searched.value,
            held_out: winner.held_out.map(|estimate| HeldOut::of(estimate, count)),
        }
    }
}

/// `greedy`, `beam(4)`, `prune`
#[must_use]
pub fn strategy(space: &SearchSpace) -> String {
    match space.strategy {
        Strategy::Greedy => "greedy".to_owned(),
        Strategy::Beam(width) => format!("beam({width})"),
        Strategy::Prune => "prune".to_owned(),
    }
}

#[must_use]
pub fn ended(ended: Ended) -> &'static str {
    match ended {
        Ended::AtTheTop => "no better neighbour",
        Ended::BudgetSpent => "budget spent",
    }
}

/// What stands above a winner in a file of its own.
#[must_use]
pub fn told(winner: &WinnerReport) -> String {
    let held_out = winner.held_out.map_or_else(
        || "undefined on rows that the search never saw".to_owned(),
        |found| {
            let [value, low, high] = [found.value, found.low, found.high].map(percent);
            format!("{value} ({low} .. {high}) on rows that the search never saw")
        },
    );
    format!("//! Found by `ansatz search`: {held_out}.\n\n")
}

/// All of it for machines.
#[must_use]
pub fn json(found: &Searches) -> String {
    serde_json::to_string_pretty(found).unwrap_or_default() + "\n"
}

/// All of it for people.
#[must_use]
pub fn text(found: &Searches) -> String {
    let mut out = String::new();
    for search in &found.searches {
        one(search, &mut out);
        out.push('\n');
    }
    let told = format!("seed {}; engine {}; ansatz {}", found.seed, clean(&found.engine), found.ansatz);
    folded(&told, &mut out);
    out
}

fn one(search: &SearchReport, out: &mut String) {
    let from = if search.metric == "recovered" { format!(" from {}", clean(&search.baseline)) } else { String::new() };
    let (name, behaviour) = (clean(&search.name), clean(&search.behaviour));
    let (price, per) = (search.price, search.per);
    let reward =
        if search.reward > 0.0 { format!(", and {} for each opened node", search.reward) } else { String::new() };
    let told =
        format!("search {name}: the most {}({behaviour}){from}, less {price} for each {per}{reward}", search.metric);
    folded(&told, out);
    let Rows { searched, held_out } = search.rows;
    let references = search.references;
    folded(&format!("    searched on {searched} rows, {references} references each; {held_out} rows held out"), out);
    let (tried, rounds) = (search.evaluations, plural(search.rounds, "round"));
    let turned_down = match search.turned_down {
        0 => String::new(),
        some => format!(", {some} of which cannot be run"),
    };
    let hypotheses = plural_of(tried, "hypothesis", "hypotheses");
    let told = format!("    {}: {hypotheses} in {rounds}{turned_down}; {}", search.strategy, told_end(search.ended));
    folded(&told, out);
    out.push('\n');
    let count = search.winners.len();
    let _ =
        writeln!(out, "    arrows   bits   searched   held out, with its interval, and that of all {count} together");
    for winner in &search.winners {
        let star = if winner.best { '*' } else { ' ' };
        let bits = winner.bits;
        let held_out = winner.held_out.map_or_else(|| "undefined".to_owned(), shown);
        let _ =
            writeln!(out, "  {star} {:>6} {bits:>6.2} {:>10}   {held_out}", winner.arrows, percent(winner.searched));
    }
    out.push('\n');
    folded(
        "    * the best for its size. What was searched on flatters what was chosen by it; the rows held out do not.",
        out,
    );
    if let Some(best) = search.winners.iter().find(|winner| winner.best) {
        out.push('\n');
        best.text.lines().for_each(|line| {
            let _ = writeln!(out, "{}", format!("    {}", shown_whole(line)).trim_end());
        });
    }
}

fn shown(found: HeldOut) -> String {
    let HeldOut { value, low, high, joint_low, joint_high, .. } = found;
    let [value, low, high, joint_low, joint_high] = [value, low, high, joint_low, joint_high].map(percent);
    format!("{value:>8}  {low} .. {high}  ({joint_low} .. {joint_high})")
}

fn told_end(ended: &str) -> &'static str {
    if ended == "budget spent" { "ended as its budget is spent" } else { "ended where no neighbour is better" }
}

fn plural(count: usize, word: &str) -> String {
    plural_of(count, word, &format!("{word}s"))
}

fn plural_of(count: usize, one: &str, many: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {many}") }
}
