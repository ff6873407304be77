//! Sizes of hypotheses, and which of them recover the most for theirs.

use super::read::{Word, word};
use super::text::{WIDTH, folded, percent};
use super::{HypothesisReport, Report, blame, family};
use crate::diagnostics::clean;
use crate::hypothesis::{Checked, Ready};
use crate::run::Done;
use crate::source::Sources;
use serde::{Deserialize, Serialize};
use std::fmt::Write;

/// How much a hypothesis claims.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SizeReport {
    pub nodes: usize,
    pub arrows: usize,
    pub components: Touched,
    /// Sites that nodes are bound to.
    pub sites: usize,
    /// Names, numbers, signs and operators that it takes to write the claims down.
    pub symbols: usize,
    pub bits: BitsReport,
}

/// Components that nodes are bound to, of those of the map.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Touched {
    pub touched: usize,
    pub of: usize,
}

/// What draws keep of the data that they are given, in bits.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct BitsReport {
    /// Of all claims together.
    pub kept: f64,
    /// Of what the same claims would keep if all were exact.
    pub share: f64,
    /// Of a datum: log2 of the rows.
    pub datum: f64,
    pub claims: Vec<ClaimBits>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ClaimBits {
    /// As it is written in the file, or nearly so.
    pub claim: String,
    #[serde(deserialize_with = "word")]
    pub kind: Word,
    pub line: u32,
    pub bits: f64,
}

/// Hypotheses that can be compared, and for each measure of size those that no other dominates: none
/// recovers at least as much at no larger size, one of the two being better. From the smallest on. A
/// hypothesis without arrows claims nothing, and is none of them: with all draws exact it recovers
/// everything, and has no size.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FrontierReport {
    pub behaviour: String,
    pub model: String,
    pub data: String,
    pub baseline: String,
    /// All of them, in the order of the file.
    pub of: Vec<String>,
    pub bits: Vec<String>,
    pub symbols: Vec<String>,
    pub arrows: Vec<String>,
    pub components: Vec<String>,
}

/// The size of a hypothesis.
pub(super) fn size(done: &Done, ready: &Ready, checked: &Checked, sources: &Sources) -> SizeReport {
    let size = &done.size;
    let claims = size.kept.iter().map(|(claim, bits)| {
        let (claim, kind, span) = blame::told(*claim, ready, checked, sources);
        let file = sources.get(sources.written(span.file));
        ClaimBits { claim, kind, line: file.map_or(0, |file| file.line_column(span.start).line), bits: *bits }
    });
    SizeReport {
        nodes: size.nodes,
        arrows: size.arrows,
        components: Touched { touched: size.components, of: size.of_components },
        sites: size.sites,
        symbols: size.symbols,
        bits: BitsReport { kept: size.bits(), share: size.share(), datum: size.datum, claims: claims.collect() },
    }
}

/// A frontier for each behaviour, model, dataset and baseline, in the order of the file. Where
/// nothing is recovered that is defined, there is none.
pub(super) fn frontiers(found: &[HypothesisReport], checked: &Checked) -> Vec<FrontierReport> {
    let mut groups: Vec<([String; 4], Vec<&HypothesisReport>)> = Vec::new();
    for one in found {
        let Some(key) = key(one, checked) else { continue };
        match groups.iter_mut().find(|(known, _)| *known == key) {
            Some((_, group)) => group.push(one),
            None => groups.push((key, vec![one])),
        }
    }
    groups.into_iter().map(|(key, group)| frontier(key, &group)).collect()
}

/// What hypotheses must share to be compared.
fn key(one: &HypothesisReport, checked: &Checked) -> Option<[String; 4]> {
    one.recovered.filter(|_| one.size.arrows > 0)?;
    let ready = checked.hypotheses.iter().find(|ready| ready.stated.claims.name == one.name)?;
    let model = checked.models.get(ready.model)?.as_ref()?.name.clone();
    let data = checked.datasets.get(ready.data)?.as_ref()?.name.clone();
    Some([one.behaviour.clone(), model, data, one.baseline.as_ref()?.name.clone()])
}

fn frontier([behaviour, model, data, baseline]: [String; 4], group: &[&HypothesisReport]) -> FrontierReport {
    let by = |size: &dyn Fn(&SizeReport) -> f64| {
        let points: Vec<(f64, f64)> = group
            .iter()
            .map(|one| (size(&one.size), one.recovered.map_or(f64::NEG_INFINITY, |recovered| recovered.value)))
            .collect();
        undominated(&points).into_iter().map(|at| group[at].name.clone()).collect()
    };
    FrontierReport {
        behaviour,
        model,
        data,
        baseline,
        of: group.iter().map(|one| one.name.clone()).collect(),
        // Equal but for the order of a sum is equal.
        bits: by(&|size| (size.bits.kept * 1e9).round()),
        symbols: by(&|size| size.symbols as f64),
        arrows: by(&|size| size.arrows as f64),
        components: by(&|size| size.components.touched as f64),
    }
}

/// The places of the points (size, value) that no other dominates, by size, then by place.
fn undominated(points: &[(f64, f64)]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..points.len()).collect();
    let smaller_then_better = |a: &usize, b: &usize| {
        let (a, b) = (points[*a], points[*b]);
        a.0.total_cmp(&b.0).then(b.1.total_cmp(&a.1))
    };
    order.sort_by(smaller_then_better);
    let mut found: Vec<usize> = Vec::new();
    for at in order {
        let is_better = found.last().is_none_or(|last| points[at].1 > points[*last].1 || points[at] == points[*last]);
        if is_better {
            found.push(at);
        }
    }
    found
}

/// Columns behind the name.
const NUMBERS: usize = 66;

/// A table of the hypotheses that are listed by themselves.
pub(super) fn write(report: &Report, out: &mut String) {
    let is_tabulated = |found: &&HypothesisReport| family::is_tabulated(found.arguments.as_ref());
    let (tabulated, listed): (Vec<_>, Vec<_>) = report.hypotheses.iter().partition(is_tabulated);
    if listed.is_empty() && tabulated.is_empty() {
        return;
    }
    if !listed.is_empty() {
        table(report, &listed, out);
    }
    if !tabulated.is_empty() {
        let best = tabulated.iter().filter(|found| is_best(report, found)).count();
        let told = format!(
            "size of {} hypotheses that stand in tables, {best} of them on the frontier: `--format json` has it",
            tabulated.len()
        );
        folded(&told, out);
    }
    let datum = report.hypotheses.iter().map(|found| found.size.bits.datum).fold(0.0, f64::max);
    for line in [
        format!("bits: what the draws of a claim keep of a datum (at most {datum:.1}), all claims added up"),
        "frontier: no other hypothesis with claims recovers as much with as few bits; intervals do not count"
            .to_owned(),
    ] {
        folded(&line, out);
    }
    out.push('\n');
}

fn table(report: &Report, listed: &[&HypothesisReport], out: &mut String) {
    let longest = listed.iter().map(|found| clean(&found.name).chars().count()).max().unwrap_or(0);
    let width = longest.clamp(10, WIDTH - NUMBERS);
    let heads = ["nodes", "arrows", "components", "symbols", "bits", "recovered", "frontier"];
    row("size", width, heads, out);
    let _ = writeln!(out, "{}", "-".repeat(width + NUMBERS));
    for found in listed {
        let mut name = clean(&found.name);
        if name.chars().count() > width {
            folded(&name, out);
            name.clear();
        }
        let SizeReport { nodes, arrows, components, symbols, bits, .. } = &found.size;
        let cells = [
            nodes.to_string(),
            arrows.to_string(),
            format!("{} of {}", components.touched, components.of),
            symbols.to_string(),
            format!("{:.1}", bits.kept),
            found.recovered.map_or_else(|| "-".to_owned(), |recovered| percent(recovered.value)),
            (if is_best(report, found) { "yes" } else { "" }).to_owned(),
        ];
        row(&name, width, cells.each_ref().map(String::as_str), out);
    }
    let sites = listed.iter().filter(|found| found.size.sites > 0);
    let sites: Vec<String> = sites.map(|found| format!("{} {}", clean(&found.name), found.size.sites)).collect();
    if !sites.is_empty() {
        folded(&format!("bound to sites, too, which are no components: {}", sites.join(", ")), out);
    }
}

fn row(name: &str, width: usize, cells: [&str; 7], out: &mut String) {
    let [nodes, arrows, components, symbols, bits, recovered, frontier] = cells;
    let sizes = format!("{nodes:>5}  {arrows:>6}  {components:>10}  {symbols:>7}  {bits:>7}");
    let _ = writeln!(out, "{}", format!("{name:width$}  {sizes}  {recovered:>9}  {frontier}").trim_end());
}

fn is_best(report: &Report, found: &HypothesisReport) -> bool {
    report.frontier.iter().any(|frontier| frontier.bits.contains(&found.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_dominated_is_not_on_the_frontier() {
        // By size: the best of 1, what recovers more at 2, nothing at 3, the most.
        let points = [(3.0, 0.5), (1.0, 0.2), (2.0, 0.5), (1.0, 0.1), (2.0, 0.4), (9.0, 1.0)];
        assert_eq!(undominated(&points), [1, 2, 5]);
        // Neither of two equal ones is better than the other; less for more is.
        assert_eq!(undominated(&[(1.0, 0.5), (1.0, 0.5), (2.0, 0.5)]), [0, 1]);
        assert_eq!(undominated(&[(2.0, -1.0), (1.0, 1.2)]), [1]);
        assert_eq!(undominated(&[]), [0; 0]);
    }

    #[test]
    fn the_frontier_is_what_its_definition_says() {
        let mut state = 1_u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            ((state >> 33) % 5) as f64
        };
        for length in 0..200 {
            let points: Vec<(f64, f64)> = (0..length % 9).map(|_| (next(), next())).collect();
            let dominates = |a: &(f64, f64), b: &(f64, f64)| a.0 <= b.0 && a.1 >= b.1 && a != b;
            let plain = (0..points.len()).filter(|at| !points.iter().any(|other| dominates(other, &points[*at])));
            let mut found = undominated(&points);
            assert!(found.is_sorted_by(|a, b| points[*a].0 <= points[*b].0), "{points:?}");
            found.sort_unstable();
            assert_eq!(found, plain.collect::<Vec<_>>(), "{points:?}");
        }
    }
}
