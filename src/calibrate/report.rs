//! What a calibration found, as JSON and as text of at most 100 columns.

use super::family::Member;
use super::measure::Measured;
use super::predicts::{Apart, Bin, Objective, SIZES, apart, objectives};
use crate::diagnostics::clean;
use crate::estimate::Estimate;
use crate::hypothesis::Calibration;
use crate::report::{folded, percent};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write;

/// The version of the JSON form.
pub const SCHEMA: &str = "ansatz-calibration/1";
/// Pairs of metrics that are shown, those that agree least.
const PAIRS: usize = 3;

/// All calibrations of a file.
#[derive(Debug, Clone, Serialize)]
pub struct Calibrations {
    pub schema: &'static str,
    pub ansatz: &'static str,
    pub file: String,
    /// BLAKE3 of the text of the file.
    pub blake3: String,
    pub engine: String,
    pub seed: u64,
    pub calibrations: Vec<CalibrationReport>,
}

/// One calibration.
#[derive(Debug, Clone, Serialize)]
pub struct CalibrationReport {
    pub name: String,
    pub behaviour: String,
    pub truth: Option<String>,
    /// References that each hypothesis was run on.
    pub references: usize,
    /// Hypotheses that could not be run, and what the first was turned down for.
    pub turned_down: usize,
    pub fault: Option<String>,
    pub members: Vec<MemberReport>,
    pub objectives: Vec<ObjectiveReport>,
    /// All pairs of metrics, those that agree least first.
    pub metrics_apart: Vec<ApartReport>,
}

/// One hypothesis of the family.
#[derive(Debug, Clone, Serialize)]
pub struct MemberReport {
    /// The hypothesis that it was made of.
    pub from: String,
    /// What was done to it.
    pub changes: Vec<String>,
    pub statements: Vec<String>,
    /// By metric; greater is better throughout, but for sizes.
    pub scores: BTreeMap<String, f64>,
    /// By objective; greater is better.
    pub successes: BTreeMap<String, f64>,
}

impl MemberReport {
    /// `nesting: gate computes any`
    #[must_use]
    pub fn told(&self) -> String {
        match self.changes.as_slice() {
            [] => self.from.clone(),
            changes => format!("{}: {}", self.from, changes.join("; ")),
        }
    }
}

#[derive(Debug, Clone, Serialize)]
pub struct ObjectiveReport {
    pub name: String,
    /// Hypotheses for which it is known.
    pub n: usize,
    pub least: f64,
    pub most: f64,
    /// From the best to the worst.
    pub predictors: Vec<PredictorReport>,
    /// Success by what is recovered.
    pub bins: Vec<Bin>,
}

#[derive(Debug, Clone, Serialize)]
pub struct PredictorReport {
    pub metric: &'static str,
    /// Spearman's rank correlation with the success, and its interval.
    pub rho: f64,
    pub low: f64,
    pub high: f64,
    pub n: usize,
    /// How much less it is than that of the best; `null` for the best.
    pub behind: Option<Range>,
}

/// A number with its 95 % interval.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Range {
    pub value: f64,
    pub low: f64,
    pub high: f64,
}

impl From<Estimate> for Range {
    fn from(own: Estimate) -> Range {
        Range { value: own.value, low: own.low, high: own.high }
    }
}

#[derive(Debug, Clone, Serialize)]
pub struct ApartReport {
    pub metrics: [&'static str; 2],
    pub rho: Range,
    /// By place in `members`, the hypothesis whose places differ most.
    pub member: usize,
    /// Its place in either order: 1 is the best, 0 the worst.
    pub places: [f64; 2],
}

impl CalibrationReport {
    /// Of the members that could be run, with what was found; and those that could not.
    #[must_use]
    pub fn of(
        calibration: &Calibration,
        behaviour: &str,
        members: &[(&Member, &Measured)],
        (turned_down, fault): (usize, Option<&String>),
    ) -> CalibrationReport {
        let measured: Vec<&Measured> = members.iter().map(|(_, measured)| *measured).collect();
        CalibrationReport {
            name: calibration.name.clone(),
            behaviour: behaviour.to_owned(),
            truth: calibration.truth.clone(),
            references: calibration.references,
            turned_down,
            fault: fault.cloned(),
            members: members.iter().map(|(member, measured)| member_report(member, measured)).collect(),
            objectives: objectives(&measured).iter().map(objective_report).collect(),
            metrics_apart: apart(&measured).iter().map(apart_report).collect(),
        }
    }
}

fn member_report(member: &Member, measured: &Measured) -> MemberReport {
    MemberReport {
        from: member.from.clone(),
        changes: member.changes.clone(),
        statements: member.statements(),
        scores: measured.scores.clone(),
        successes: measured.successes.clone(),
    }
}

fn objective_report(own: &Objective) -> ObjectiveReport {
    let predictors = own.predictors.iter().map(|found| PredictorReport {
        metric: found.metric,
        rho: found.rho.value,
        low: found.rho.low,
        high: found.rho.high,
        n: found.n,
        behind: found.behind.map(Range::from),
    });
    ObjectiveReport {
        name: own.name.clone(),
        n: own.n,
        least: own.least,
        most: own.most,
        predictors: predictors.collect(),
        bins: own.bins.clone(),
    }
}

fn apart_report(own: &Apart) -> ApartReport {
    ApartReport { metrics: own.metrics, rho: own.rho.into(), member: own.member, places: own.places }
}

/// All of it for machines.
#[must_use]
pub fn json(found: &Calibrations) -> String {
    serde_json::to_string_pretty(found).unwrap_or_default() + "\n"
}

/// All of it for people.
#[must_use]
pub fn text(found: &Calibrations) -> String {
    let mut out = String::new();
    for calibration in &found.calibrations {
        one(calibration, &mut out);
        out.push('\n');
    }
    let told = "rho: Spearman's rank correlation with 95 % intervals, as if hypotheses had been drawn independently; \
                they are made of one another, which makes intervals too narrow";
    folded(told, &mut out);
    folded("behind: how much less rho is than that of the best metric, on the same hypotheses", &mut out);
    let told = format!("seed {}; engine {}; ansatz {}", found.seed, clean(&found.engine), found.ansatz);
    folded(&told, &mut out);
    out
}

fn one(own: &CalibrationReport, out: &mut String) {
    let (name, count, references) = (clean(&own.name), own.members.len(), own.references);
    let turned_down = match own.turned_down {
        0 => String::new(),
        some => format!("; {some} others cannot be run"),
    };
    let told = format!("calibration {name}: {count} hypotheses, {references} references each{turned_down}");
    folded(&told, out);
    for objective in &own.objectives {
        out.push('\n');
        objective_text(objective, out);
    }
    let shown: Vec<&ApartReport> = own.metrics_apart.iter().take(PAIRS).collect();
    if !shown.is_empty() {
        out.push_str("\n  metrics that agree least on these hypotheses\n");
    }
    for apart in shown {
        let [one, other] = apart.metrics;
        let [first, second] = apart.places.map(percent);
        let Range { value, low, high } = apart.rho;
        let _ = writeln!(out, "    {one} and {other}: rho {value:.2} ({low:.2} .. {high:.2})");
        let member = own.members.get(apart.member).map_or_else(String::new, MemberReport::told);
        folded(
            &format!("      better than {first} of the others in one, {second} in the other: {}", clean(&member)),
            out,
        );
    }
}

fn objective_text(own: &ObjectiveReport, out: &mut String) {
    let name = clean(&own.name);
    if own.most <= own.least {
        folded(&format!("  {name}: {:.3} for all {} hypotheses; nothing can predict it", own.least, own.n), out);
        return;
    }
    folded(&format!("  {name}: {:.3} .. {:.3} over {} hypotheses", own.least, own.most, own.n), out);
    let _ = writeln!(out, "    {:<19} {:>6}   {:<18} {:>6}   of", "metric", "rho", "95 % interval", "behind");
    for found in &own.predictors {
        let interval = format!("{:.2} .. {:.2}", found.low, found.high);
        let behind = found.behind.map_or_else(
            || "-".to_owned(),
            |behind| {
                let surely = if behind.low > 0.0 { "*" } else { "" };
                format!("{:.2}{surely}", behind.value)
            },
        );
        let size = if SIZES.contains(&found.metric) { " (size)" } else { "" };
        let metric = format!("{}{size}", found.metric);
        let _ = writeln!(out, "    {metric:<19} {:>6.2}   {interval:<18} {behind:>6}   {}", found.rho, found.n);
    }
    let _ = writeln!(out, "    {:<19} {:>6}   {:>8} {:>8} {:>8}", "recovered", "n", "least", "median", "most");
    for bin in &own.bins {
        let range = match (bin.from, bin.to) {
            (None, Some(to)) => format!("below {:.0} %", 100.0 * to),
            (Some(from), None) => format!("{:.0} % and more", 100.0 * from),
            (Some(from), Some(to)) => format!("{:.0} to {:.0} %", 100.0 * from, 100.0 * to),
            (None, None) => String::new(),
        };
        let _ =
            writeln!(out, "    {range:<19} {:>6}   {:>8.3} {:>8.3} {:>8.3}", bin.n, bin.least, bin.median, bin.most);
    }
}
