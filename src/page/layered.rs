//! Places for a graph in rows: few crossings, short lines, nothing on top of anything else. The usual
//! way: order by the mean of neighbours, then the nearest places that keep the order.

/// Something that stands in a row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Item {
    pub row: usize,
    pub width: f64,
    /// How much a place of its own choice counts: what lines pass through is to be straight.
    pub weight: f64,
}

/// The centre of each item, from the left edge, and the width of all.
#[derive(Debug, Clone, PartialEq)]
pub struct Laid {
    pub centres: Vec<f64>,
    pub width: f64,
}

/// Passes down and up.
const SWEEPS: usize = 12;

/// Lays items out; each link joins items of two rows that follow each other.
#[must_use]
pub fn lay(items: &[Item], links: &[(usize, usize)], gap: f64) -> Laid {
    let count = items.iter().map(|item| item.row + 1).max().unwrap_or(0);
    let mut rows: Vec<Vec<usize>> = vec![Vec::new(); count];
    items.iter().enumerate().for_each(|(at, item)| rows[item.row].push(at));
    let mut neighbours = Neighbours { above: vec![Vec::new(); items.len()], below: vec![Vec::new(); items.len()] };
    for (above, below) in links {
        neighbours.below[*above].push(*below);
        neighbours.above[*below].push(*above);
    }
    let rows = ordered(rows, &neighbours, items.len());
    let centres = placed(&rows, items, &neighbours, gap);
    let left = |(centre, item): (&f64, &Item)| centre - item.width / 2.0;
    let right = |(centre, item): (&f64, &Item)| centre + item.width / 2.0;
    let first = centres.iter().zip(items).map(left).fold(f64::INFINITY, f64::min);
    let last = centres.iter().zip(items).map(right).fold(f64::NEG_INFINITY, f64::max);
    if items.is_empty() {
        return Laid { centres, width: 0.0 };
    }
    Laid { centres: centres.iter().map(|centre| centre - first).collect(), width: last - first }
}

/// By item those that it is linked to.
struct Neighbours {
    above: Vec<Vec<usize>>,
    below: Vec<Vec<usize>>,
}

/// The rows in the order with the fewest crossings that was met.
fn ordered(mut rows: Vec<Vec<usize>>, neighbours: &Neighbours, count: usize) -> Vec<Vec<usize>> {
    let mut places = vec![0.0; count];
    rows.iter().for_each(|row| number(row, &mut places));
    let mut best = (crossings(&rows, neighbours, &places), rows.clone());
    for sweep in 0..SWEEPS {
        let down = sweep % 2 == 0;
        let beside = if down { &neighbours.above } else { &neighbours.below };
        let order: Vec<usize> = if down { (0..rows.len()).collect() } else { (0..rows.len()).rev().collect() };
        for at in order {
            let wanted = |item: &usize| mean(&beside[*item], &places).unwrap_or(places[*item]);
            let mut keyed: Vec<(f64, usize)> = rows[at].iter().map(|item| (wanted(item), *item)).collect();
            keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
            rows[at] = keyed.into_iter().map(|(_, item)| item).collect();
            number(&rows[at], &mut places);
        }
        let found = crossings(&rows, neighbours, &places);
        if found < best.0 {
            best = (found, rows.clone());
        }
    }
    best.1
}

fn number(row: &[usize], places: &mut [f64]) {
    row.iter().enumerate().for_each(|(place, item)| places[*item] = place as f64);
}

fn mean(of: &[usize], places: &[f64]) -> Option<f64> {
    let sum: f64 = of.iter().map(|item| places[*item]).sum();
    (!of.is_empty()).then(|| sum / of.len() as f64)
}

/// Pairs of links between two rows that cross.
fn crossings(rows: &[Vec<usize>], neighbours: &Neighbours, places: &[f64]) -> usize {
    let mut found = 0;
    for row in rows {
        let links: Vec<(f64, f64)> = row
            .iter()
            .flat_map(|item| neighbours.below[*item].iter().map(|other| (places[*item], places[*other])))
            .collect();
        for (at, one) in links.iter().enumerate() {
            found += links[..at].iter().filter(|other| (one.0 - other.0) * (one.1 - other.1) < 0.0).count();
        }
    }
    found
}

fn placed(rows: &[Vec<usize>], items: &[Item], neighbours: &Neighbours, gap: f64) -> Vec<f64> {
    let mut centres = vec![0.0; items.len()];
    for row in rows {
        let width: f64 = row.iter().map(|item| items[*item].width + gap).sum();
        let mut left = -width / 2.0;
        for item in row {
            centres[*item] = left + items[*item].width / 2.0;
            left += items[*item].width + gap;
        }
    }
    for sweep in 0..6 * SWEEPS {
        let down = sweep % 2 == 0;
        let order: Vec<usize> = if down { (0..rows.len()).collect() } else { (0..rows.len()).rev().collect() };
        for at in order {
            let wanted = |item: &usize| {
                let all: Vec<usize> = neighbours.above[*item].iter().chain(&neighbours.below[*item]).copied().collect();
                mean(&all, &centres).unwrap_or(centres[*item])
            };
            let wanted: Vec<f64> = rows[at].iter().map(wanted).collect();
            let row: Vec<Item> = rows[at].iter().map(|item| items[*item]).collect();
            let found = nearest_apart(&wanted, &row, gap);
            rows[at].iter().zip(found).for_each(|(item, centre)| centres[*item] = centre);
        }
    }
    centres
}

/// The places nearest to the wanted ones (by weighed squares) that keep the order and the distances:
/// pool adjacent violators.
fn nearest_apart(wanted: &[f64], row: &[Item], gap: f64) -> Vec<f64> {
    // Each centre less what must lie to the left of it: these may be equal, and must not fall.
    let mut before = Vec::with_capacity(row.len());
    let mut total = 0.0;
    for (at, item) in row.iter().enumerate() {
        if at > 0 {
            total += (row[at - 1].width + item.width) / 2.0 + gap;
        }
        before.push(total);
    }
    let mut blocks: Vec<(f64, f64, usize)> = Vec::new();
    for ((wanted, before), item) in wanted.iter().zip(&before).zip(row) {
        let mut block = (wanted - before, item.weight, 1);
        while let Some(last) = blocks.pop_if(|last| last.0 >= block.0) {
            let weight = last.1 + block.1;
            block = ((last.0 * last.1 + block.0 * block.1) / weight, weight, last.2 + block.2);
        }
        blocks.push(block);
    }
    let spread = blocks.into_iter().flat_map(|(value, _, count)| std::iter::repeat_n(value, count));
    spread.zip(before).map(|(value, before)| value + before).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(row: usize) -> Item {
        Item { row, width: 10.0, weight: 1.0 }
    }

    #[test]
    fn crossed_links_are_uncrossed() {
        let items = [item(0), item(0), item(1), item(1)];
        let laid = lay(&items, &[(0, 3), (1, 2)], 5.0);
        assert_eq!(laid.centres[0] < laid.centres[1], laid.centres[3] < laid.centres[2]);
        assert_eq!(laid.width, 25.0);
    }

    #[test]
    fn nothing_lies_on_anything_else() {
        let items: Vec<Item> = (0..40).map(|at| Item { width: 10.0 + (at % 7) as f64, ..item(at % 4) }).collect();
        let links: Vec<(usize, usize)> =
            (0..36).flat_map(|at| [at + 1, at + 5]).enumerate().map(|(at, to)| (at / 2, to)).collect();
        let links: Vec<(usize, usize)> =
            links.into_iter().filter(|(from, to)| *to < 40 && items[*to].row == items[*from].row + 1).collect();
        let laid = lay(&items, &links, 5.0);
        for (at, one) in items.iter().enumerate() {
            for (other, two) in items.iter().enumerate().take(at).filter(|(_, two)| two.row == one.row) {
                let apart = (laid.centres[at] - laid.centres[other]).abs();
                assert!(apart >= (one.width + two.width) / 2.0 + 5.0 - 1e-9, "{at} and {other}");
            }
        }
        let edges =
            laid.centres.iter().zip(&items).all(|(centre, item)| {
                centre - item.width / 2.0 >= -1e-9 && centre + item.width / 2.0 <= laid.width + 1e-9
            });
        assert!(edges);
        assert_eq!(lay(&[], &[], 5.0), Laid { centres: Vec::new(), width: 0.0 });
    }

    #[test]
    fn chains_are_straight() {
        let items: Vec<Item> = (0..5).map(item).collect();
        let laid = lay(&items, &[(0, 1), (1, 2), (2, 3), (3, 4)], 5.0);
        assert!(laid.centres.iter().all(|centre| (centre - 5.0).abs() < 1e-6), "{laid:?}");
    }
}
