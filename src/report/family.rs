//! Families of hypotheses: a table of what each member recovers, shaded.

use super::HypothesisReport;
use crate::diagnostics::clean;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// Where a member stands in its family: `patch(1, 0)` is `("patch", [1, 0])`.
#[must_use]
pub fn member(name: &str) -> Option<(&str, Vec<i64>)> {
    let (family, arguments) = name.strip_suffix(')')?.split_once('(')?;
    let arguments: Option<Vec<i64>> = arguments.split(',').map(|argument| argument.trim().parse().ok()).collect();
    Some((family, arguments?))
}

/// The hypotheses that text shows as tables: members of families with two arguments or more.
#[must_use]
pub fn is_tabulated(found: &HypothesisReport) -> bool {
    found.arguments.as_ref().is_some_and(|arguments| arguments.len() >= 2)
}

/// Characters of one cell: a space, the shade and a number of up to four.
const CELL: usize = 6;

/// What each member recovers in percent, by the last two arguments; one table for each value of
/// those before them, cut where it is wider than `width`.
#[must_use]
pub fn tables(hypotheses: &[HypothesisReport], width: usize) -> String {
    let mut grids: BTreeMap<(usize, Vec<i64>), Vec<&HypothesisReport>> = BTreeMap::new();
    let mut families: Vec<&str> = Vec::new();
    for found in hypotheses.iter().filter(|found| is_tabulated(found)) {
        let (Some(family), Some(arguments)) = (&found.family, &found.arguments) else { continue };
        let number = families.iter().position(|known| known == family).unwrap_or_else(|| {
            families.push(family);
            families.len() - 1
        });
        let before = arguments.get(..arguments.len().saturating_sub(2)).unwrap_or_default();
        grids.entry((number, before.to_vec())).or_default().push(found);
    }
    let mut out = String::new();
    for ((number, before), members) in grids {
        let title: Vec<String> =
            before.iter().map(ToString::to_string).chain(["row".to_owned(), "column".to_owned()]).collect();
        let name = format!("{}({})", clean(families[number]), title.join(", "));
        grid(&name, &members, width, &mut out);
    }
    out
}

fn grid(name: &str, members: &[&HypothesisReport], width: usize, out: &mut String) {
    let place = |found: &HypothesisReport| {
        let mut last = found.arguments.iter().flatten().rev().copied();
        let column = last.next().unwrap_or(0);
        (last.next().unwrap_or(0), column)
    };
    let cells: BTreeMap<(i64, i64), &HypothesisReport> = members.iter().map(|found| (place(found), *found)).collect();
    let rows: BTreeSet<i64> = cells.keys().map(|(row, _)| *row).collect();
    let columns: Vec<i64> = cells.keys().map(|(_, column)| *column).collect::<BTreeSet<i64>>().into_iter().collect();
    let label = rows.iter().map(|row| row.to_string().len()).max().unwrap_or(1).max(3);
    let across = (width.saturating_sub(label) / CELL).max(1);
    let _ = writeln!(out, "{name}: recovered in percent");
    for columns in columns.chunks(across) {
        let head: String = columns.iter().map(|column| format!("{column:>CELL$}")).collect();
        let _ = writeln!(out, "{:label$}{head}", "");
        for row in &rows {
            let cell =
                |column: &i64| cells.get(&(*row, *column)).map_or_else(|| " ".repeat(CELL), |found| shaded(found));
            let line: String = columns.iter().map(cell).collect();
            let _ = writeln!(out, "{:>label$}{}", row, line.trim_end());
        }
    }
    out.push('\n');
}

/// The darker, the more is recovered; a dot where nothing can be.
fn shaded(found: &HypothesisReport) -> String {
    let Some(recovered) = found.recovered else { return format!(" {:>5}", "·") };
    let percent = 100.0 * recovered.value;
    let shade = match percent {
        percent if percent < 10.0 => ' ',
        percent if percent < 35.0 => '░',
        percent if percent < 65.0 => '▒',
        percent if percent < 90.0 => '▓',
        _ => '█',
    };
    let number = match percent.round() {
        rounded if rounded > 9_999.0 => ">>>>".to_owned(),
        rounded if rounded < -999.0 => "<<<<".to_owned(),
        // No negative zero.
        rounded => format!("{}", rounded + 0.0),
    };
    format!(" {shade}{number:>4}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_told_by_their_names() {
        assert_eq!(member("patch(1, 0)"), Some(("patch", vec![1, 0])));
        assert_eq!(member("deep(-3)"), Some(("deep", vec![-3])));
        assert_eq!(member("claim_1"), None);
        assert_eq!(member("with { swap a, b }"), None);
        assert_eq!(member("claim_2 with (x)"), None);
    }
}
