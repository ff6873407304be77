//! `ansatz inspect`.

use super::Ended;
use super::args::{Format, InspectArgs};
use super::check::wrong;
use super::loading::Engines;
use super::output::Screen;
use crate::diagnostics::{Diagnostic, clean};
use crate::model::{Addresses, DeclaredDim, DimSizes, Model, TensorId, infer, load};
use crate::source::Sources;
use serde_json::json;
use std::fmt::Write;

/// The version of the JSON form.
const SCHEMA: &str = "ansatz-model/1";

/// `ansatz inspect`.
pub fn inspect(args: &InspectArgs, screen: &Screen) -> Ended {
    let loaded = Engines::choose(args.engine).map_err(|finding| vec![*finding]).and_then(|engines| {
        let (file, mut warnings) = load(&args.model)?;
        let sizes = DimSizes { by_name: args.dims.iter().cloned().collect(), ..DimSizes::default() };
        let (model, more) = infer(file, engines.probe().as_ref(), engines.engine(), &sizes)?;
        warnings.extend(more);
        Ok((model, warnings))
    });
    let (model, warnings): (Model, Vec<Diagnostic>) = match loaded {
        Ok(found) => found,
        Err(findings) => return wrong(&findings, screen, args.format),
    };
    screen.finding_blocks(&warnings, &Sources::new());
    let rows = rows(&model, args.filter.as_deref());
    screen.result(&match args.format {
        Format::Text => text(&model, &rows, args.filter.as_deref()),
        Format::Json => json_form(&model, &rows),
    });
    Ended::Well
}

/// One tensor of the list.
struct Row {
    kind: &'static str,
    name: String,
    facts: String,
    operator: String,
    address: String,
}

fn rows(model: &Model, filter: Option<&str>) -> Vec<Row> {
    let graph = &model.graph;
    let addresses = Addresses::new(model);
    let row = |tensor: TensorId| {
        let operator = graph.producer(tensor).map_or_else(String::new, |node| node.op.clone());
        let kind = match () {
            () if graph.inputs.iter().any(|input| input.tensor == tensor) => "input",
            () if graph.outputs.contains(&tensor) => "output",
            () => "tensor",
        };
        let facts = model.facts.get(tensor).map(ToString::to_string).unwrap_or_default();
        Row { kind, name: graph.tensor(tensor).name.clone(), facts, operator, address: addresses.of(tensor).to_owned() }
    };
    let listed = graph
        .tensor_ids()
        .filter(|tensor| !graph.initializers.contains_key(tensor) && model.facts.get(*tensor).is_some());
    let matches =
        |row: &Row| filter.is_none_or(|glob| matches_glob(glob, &row.name) || matches_glob(glob, &row.address));
    listed.map(row).filter(matches).collect()
}

fn text(model: &Model, rows: &[Row], filter: Option<&str>) -> String {
    let mut out = String::new();
    let graph = &model.graph;
    let _ = writeln!(
        out,
        "{}: opset {}, {} operators, {} weights, blake3 {}",
        clean(&model.path),
        graph.opset,
        graph.nodes.len(),
        graph.initializers.len(),
        model.hash.get(..12).unwrap_or(&model.hash)
    );
    for input in &graph.inputs {
        let dims = input.dims.iter().map(|dim| match dim {
            DeclaredDim::Size(size) => size.to_string(),
            DeclaredDim::Free(name) => clean(name),
        });
        let dims: Vec<String> = dims.collect();
        let _ = writeln!(out, "input {} [{}]", clean(&graph.tensor(input.tensor).name), dims.join(", "));
    }
    let width = |of: &dyn Fn(&Row) -> usize, most: usize| rows.iter().map(of).max().unwrap_or(0).min(most);
    let names = width(&|row| row.name.chars().count(), 48);
    let facts = width(&|row| row.facts.chars().count(), 36);
    let operators = width(&|row| row.operator.chars().count(), 20);
    for row in rows {
        let _ = writeln!(
            out,
            "{:6}  {:names$}  {:facts$}  {:operators$}  {}",
            row.kind,
            clean(&row.name),
            row.facts,
            clean(&row.operator),
            clean(&row.address)
        );
    }
    if rows.is_empty() {
        let _ = writeln!(
            out,
            "no tensor matches `{}`; the whole list is printed without a filter",
            clean(filter.unwrap_or("*"))
        );
    }
    out
}

fn json_form(model: &Model, rows: &[Row]) -> String {
    let list: Vec<_> = rows
        .iter()
        .map(|row| json!({"kind": row.kind, "name": row.name, "type": row.facts, "operator": row.operator, "address": row.address}))
        .collect();
    let all = json!({"schema": SCHEMA, "path": model.path, "blake3": model.hash, "opset": model.graph.opset, "tensors": list});
    format!("{all:#}\n")
}

/// `*` stands for any text, `?` for one character. Linear in the product of the lengths.
fn matches_glob(glob: &str, text: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let mut reached = vec![false; text.len() + 1];
    reached[0] = true;
    for wanted in glob.chars() {
        let mut next = vec![false; text.len() + 1];
        for (at, here) in reached.iter().enumerate().filter(|(_, here)| **here || wanted == '*') {
            match wanted {
                '*' => next[at] = *here || (at > 0 && next[at - 1]),
                _ if at < text.len() && (wanted == '?' || wanted == text[at]) => next[at + 1] = true,
                _ => {}
            }
        }
        reached = next;
    }
    reached[text.len()]
}

#[cfg(test)]
mod tests {
    use super::matches_glob;

    #[test]
    fn globs() {
        assert!(matches_glob("*", ""));
        assert!(matches_glob("blocks.*.attn", "blocks.0.attn"));
        assert!(matches_glob("*core*", "blocks.0.attn.core/MatMul"));
        assert!(matches_glob("a?c", "abc") && !matches_glob("a?c", "ac"));
        assert!(!matches_glob("blocks.*", "embed"));
    }
}
