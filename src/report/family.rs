//! Families of hypotheses and interchanges: a table with a shaded number for each member.

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

/// Whether text shows a member of a family in a table: it has two arguments or more.
#[must_use]
pub fn is_tabulated(arguments: Option<&Vec<i64>>) -> bool {
    arguments.is_some_and(|arguments| arguments.len() >= 2)
}

/// One member of a family, as a table shows it.
#[derive(Debug, Clone, Copy)]
pub struct Cell<'a> {
    pub family: &'a str,
    /// Which of the tables of the family it is in; empty where there is one.
    pub part: &'a str,
    pub arguments: &'a [i64],
    /// A share; `None` where there is none.
    pub share: Option<f64>,
}

/// Characters of one cell: a space, the shade and a number of up to four.
const CELL: usize = 6;

/// What each member has in percent, by the last two arguments; one table for each value of those
/// before them, cut where it is wider than `width`. `what` names the share.
#[must_use]
pub fn tables(cells: &[Cell<'_>], what: &str, width: usize) -> String {
    let mut grids: BTreeMap<(usize, &[i64]), Vec<Cell<'_>>> = BTreeMap::new();
    let mut families: Vec<(&str, &str)> = Vec::new();
    for cell in cells {
        let name = (cell.family, cell.part);
        let number = families.iter().position(|known| *known == name).unwrap_or_else(|| {
            families.push(name);
            families.len() - 1
        });
        let before = cell.arguments.get(..cell.arguments.len().saturating_sub(2)).unwrap_or_default();
        grids.entry((number, before)).or_default().push(*cell);
    }
    let mut out = String::new();
    for ((number, before), members) in grids {
        let title: Vec<String> =
            before.iter().map(ToString::to_string).chain(["row".to_owned(), "column".to_owned()]).collect();
        let (family, part) = families[number];
        let part = if part.is_empty() { String::new() } else { format!(" {}", clean(part)) };
        let _ = writeln!(out, "{}({}){part}: {what} in percent", clean(family), title.join(", "));
        grid(&members, width, &mut out);
    }
    out
}

fn grid(members: &[Cell<'_>], width: usize, out: &mut String) {
    let place = |cell: &Cell<'_>| {
        let mut last = cell.arguments.iter().rev().copied();
        let column = last.next().unwrap_or(0);
        (last.next().unwrap_or(0), column)
    };
    let cells: BTreeMap<(i64, i64), Option<f64>> = members.iter().map(|cell| (place(cell), cell.share)).collect();
    let rows: BTreeSet<i64> = cells.keys().map(|(row, _)| *row).collect();
    let columns: Vec<i64> = cells.keys().map(|(_, column)| *column).collect::<BTreeSet<i64>>().into_iter().collect();
    let label = rows.iter().map(|row| row.to_string().len()).max().unwrap_or(1).max(3);
    let across = (width.saturating_sub(label) / CELL).max(1);
    for columns in columns.chunks(across) {
        let head: String = columns.iter().map(|column| format!("{column:>CELL$}")).collect();
        let _ = writeln!(out, "{:label$}{head}", "");
        for row in &rows {
            let cell =
                |column: &i64| cells.get(&(*row, *column)).map_or_else(|| " ".repeat(CELL), |cell| shaded(*cell));
            let line: String = columns.iter().map(cell).collect();
            let _ = writeln!(out, "{:>label$}{}", row, line.trim_end());
        }
    }
    out.push('\n');
}

/// The darker, the more; a dot where there is no share.
fn shaded(share: Option<f64>) -> String {
    let Some(share) = share else { return format!(" {:>5}", "·") };
    let percent = 100.0 * share;
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
