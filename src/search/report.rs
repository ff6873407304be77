//! What a search found, as JSON and as text of at most 100 columns.

use super::{Ended, Tested, Winner, Written, widened};
use crate::diagnostics::{clean, shown_whole};
use crate::estimate::Estimate;
use crate::hypothesis::{SearchMetric, SearchSpace, Strategy};
use crate::report::{folded, number, percent};
use serde::Serialize;
use std::collections::BTreeMap;
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
    /// The dataset that was held out; `None` for a share of `data`.
    pub test: Option<String>,
    pub metric: &'static str,
    /// `maximise` or `minimise`.
    pub goal: &'static str,
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
    /// `no better neighbour`, `every edge tried` or `budget spent`.
    pub ended: &'static str,
    /// From small to large.
    pub winners: Vec<WinnerReport>,
    /// With `acdc` the graph of all edges.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub full: Option<FullReport>,
    /// With `acdc` the edges of the full graph, in the order of their turns.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edges: Option<Vec<EdgeReport>>,
}

/// The graph of all edges.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct FullReport {
    pub arrows: usize,
    /// On the rows that were searched.
    pub searched: f64,
}

/// An edge of the full graph.
#[derive(Debug, Clone, Serialize)]
pub struct EdgeReport {
    pub from: String,
    /// A place, or the behaviour.
    pub to: String,
    pub port: Option<String>,
    /// How much the objective fell when it was removed at its turn; `None` if nothing that it carried could
    /// reach the behaviour any more.
    pub effect: Option<f64>,
    pub kept: bool,
}

impl EdgeReport {
    #[must_use]
    pub fn of(tested: &Tested, space: &SearchSpace) -> EdgeReport {
        let Tested { edge, effect, kept } = *tested;
        EdgeReport {
            from: space.places[edge.from].clone(),
            to: edge.to.map_or_else(|| space.behaviour.clone(), |to| space.places[to].clone()),
            port: edge.port.map(|port| space.ports[port].clone()),
            effect,
            kept,
        }
    }
}

/// What a challenge gave with a hypothesis that was found.
#[derive(Debug, Clone, Serialize)]
pub struct ChallengeOutcome {
    pub name: String,
    /// `fools` or `distinguishes`.
    pub aim: &'static str,
    /// Of the tried inputs, the share that fools the model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate: Option<RatioOutcome>,
    /// By control, the ratio of this rate to that of the control.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub ratios: BTreeMap<&'static str, RatioOutcome>,
    /// By score, how well it tells the rows apart: fitted on trusted rows alone.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub auroc: BTreeMap<String, RatioOutcome>,
    /// Why it could not be carried out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed: Option<String>,
}

/// A number with its 95 % interval; what is absent is without bound.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct RatioOutcome {
    pub value: Option<f64>,
    pub low: f64,
    pub high: Option<f64>,
}

impl From<Estimate> for RatioOutcome {
    fn from(found: Estimate) -> RatioOutcome {
        RatioOutcome { value: Some(found.value), low: found.low, high: Some(found.high) }
    }
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
    /// With the winner in the place of their hypothesis, on rows that were held out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub challenges: Vec<ChallengeOutcome>,
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
    pub fn of<W: Written>(
        winner: &Winner<W>,
        (name, text): (String, String),
        (metric, count): (SearchMetric, usize),
    ) -> WinnerReport {
        WinnerReport {
            name,
            text,
            arrows: winner.candidate.arrows(),
            components: winner.candidate.components(),
            bits: winner.searched.bits,
            best: winner.is_best,
            searched: metric.sign() * winner.searched.value + 0.0,
            held_out: winner.held_out.map(|estimate| HeldOut::of(metric.as_stated(estimate), count)),
            challenges: Vec::new(),
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
        Strategy::Acdc(threshold) => format!("acdc({threshold})"),
    }
}

#[must_use]
pub fn ended(ended: Ended) -> &'static str {
    match ended {
        Ended::AtTheTop => "no better neighbour",
        Ended::AllTried => "every edge tried",
        Ended::BudgetSpent => "budget spent",
    }
}

/// What stands above a winner in a file of its own.
#[must_use]
pub fn told(winner: &WinnerReport, metric: SearchMetric) -> String {
    let shown = figure(metric.name());
    let held_out = winner.held_out.map_or_else(
        || "undefined on rows that the search never saw".to_owned(),
        |found| {
            let [value, low, high] = [found.value, found.low, found.high].map(shown);
            format!("{value} ({low} .. {high}) on rows that the search never saw")
        },
    );
    format!("//! Found by `ansatz search`: {held_out}.\n\n")
}

/// What stands above the best hypothesis of a search that has not ended.
#[must_use]
pub fn told_so_far(evaluations: usize, value: &str) -> String {
    format!(
        "//! The best of {evaluations} that `ansatz search` has run so far: {value} on the rows that it searches on,\n\
         //! which flatters what was chosen by it.\n\n"
    )
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

/// How a metric is shown.
fn figure(metric: &str) -> fn(f64) -> String {
    if metric == SearchMetric::Least.name() { number } else { percent }
}

fn one(search: &SearchReport, out: &mut String) {
    let figure = figure(search.metric);
    let from = if search.metric == "recovered" { format!(" from {}", clean(&search.baseline)) } else { String::new() };
    let (name, behaviour) = (clean(&search.name), clean(&search.behaviour));
    let (price, per) = (search.price, search.per);
    let reward =
        if search.reward > 0.0 { format!(", and {} for each opened node", search.reward) } else { String::new() };
    let most = if search.goal == "minimise" { "least" } else { "most" };
    let size = match search.edges {
        None => format!(", less {price} for each {per}{reward}"),
        Some(_) => String::new(),
    };
    folded(&format!("search {name}: the {most} {}({behaviour}){from}{size}", search.metric), out);
    let Rows { searched, held_out } = search.rows;
    let references = search.references;
    let held_out = match &search.test {
        None => format!("{held_out} rows held out"),
        Some(test) => format!("measured on {held_out} rows of {}", clean(test)),
    };
    folded(&format!("    searched on {searched} rows, {references} references each; {held_out}"), out);
    let (tried, rounds) = (search.evaluations, plural(search.rounds, "round"));
    let turned_down = match search.turned_down {
        0 => String::new(),
        some => format!(", {some} of which cannot be run"),
    };
    let hypotheses = plural_of(tried, "hypothesis", "hypotheses");
    let told = format!("    {}: {hypotheses} in {rounds}{turned_down}; {}", search.strategy, told_end(search.ended));
    folded(&told, out);
    out.push('\n');
    let all = match search.winners.len() {
        1 => String::new(),
        count => format!(", and that of all {count} together"),
    };
    let _ = writeln!(out, "    arrows   bits   searched   held out, with its interval{all}");
    for winner in &search.winners {
        let star = if winner.best { '*' } else { ' ' };
        let bits = winner.bits;
        let held_out =
            winner.held_out.map_or_else(|| "undefined".to_owned(), |found| shown(found, figure, search.winners.len()));
        let _ = writeln!(out, "  {star} {:>6} {bits:>6.2} {:>10}   {held_out}", winner.arrows, figure(winner.searched));
    }
    out.push('\n');
    let best = match &search.full {
        None => "* the best for its size.".to_owned(),
        Some(full) => format!("* what is left of {} edges, which give {}.", full.arrows, figure(full.searched)),
    };
    let told = "What was searched on flatters what was chosen by it; the rows held out do not.";
    folded(&format!("    {best} {told}"), out);
    challenges(search, out);
    if let Some(best) = search.winners.iter().find(|winner| winner.best) {
        out.push('\n');
        best.text.lines().for_each(|line| {
            let _ = writeln!(out, "{}", format!("    {}", shown_whole(line)).trim_end());
        });
    }
}

/// What each winner gave in each challenge.
fn challenges(search: &SearchReport, out: &mut String) {
    let Some(first) = search.winners.first() else { return };
    for (at, challenge) in first.challenges.iter().enumerate() {
        let _ = writeln!(out, "\n    challenge {} ({}), with each of them:", clean(&challenge.name), challenge.aim);
        for winner in &search.winners {
            let Some(own) = winner.challenges.get(at) else { continue };
            let star = if winner.best { '*' } else { ' ' };
            folded(&format!("  {star} {:>6}  {}", winner.arrows, outcome(own)), out);
        }
    }
}

fn outcome(found: &ChallengeOutcome) -> String {
    if let Some(why) = &found.failed {
        return format!("cannot be carried out: {}", clean(why));
    }
    let ranged = |name: &str, found: &RatioOutcome, shown: fn(f64) -> String| {
        let value = found.value.map_or_else(|| "unbounded".to_owned(), shown);
        let high = found.high.map_or_else(String::new, shown);
        format!("{name} {value} ({} .. {high})", shown(found.low))
    };
    let two: fn(f64) -> String = |value| format!("{value:.2}");
    let rate = found.rate.iter().map(|rate| ranged("rate", rate, percent));
    let ratios = found.ratios.iter().map(|(name, ratio)| ranged(&format!("ratio({name})"), ratio, two));
    let auroc = found.auroc.iter().map(|(name, area)| ranged(&format!("auroc({name})"), area, two));
    rate.chain(ratios).chain(auroc).collect::<Vec<_>>().join(", ")
}

fn shown(found: HeldOut, figure: fn(f64) -> String, count: usize) -> String {
    let HeldOut { value, low, high, joint_low, joint_high, .. } = found;
    let [value, low, high, joint_low, joint_high] = [value, low, high, joint_low, joint_high].map(figure);
    let joint = if count == 1 { String::new() } else { format!("  ({joint_low} .. {joint_high})") };
    format!("{value:>8}  {low} .. {high}{joint}")
}

fn told_end(ended: &str) -> &'static str {
    match ended {
        "budget spent" => "ended as its budget is spent",
        "every edge tried" => "ended when every edge had been tried",
        _ => "ended where no neighbour is better",
    }
}

fn plural(count: usize, word: &str) -> String {
    plural_of(count, word, &format!("{word}s"))
}

fn plural_of(count: usize, one: &str, many: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {many}") }
}
