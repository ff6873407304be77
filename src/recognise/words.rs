//! What the notes of a map say: what was found, and what could not be named.

use super::Structure;
use super::layers::Part;
use super::unnamed::{Unnamed, Why};
use super::view::View;
use crate::diagnostics::clean;
use crate::model::{Addresses, TensorId};
use std::collections::BTreeMap;

/// The longest line of a note.
const WIDTH: usize = 112;
/// So many tensors are listed of one kind.
const LISTED: usize = 16;

/// What was found, for the notes of a map.
#[must_use]
pub fn found(view: &View<'_>, structure: &Structure) -> Vec<String> {
    let addresses = Addresses::new(view.model);
    let mut notes = wrapped("", &summary(view, structure));
    let constants = &structure.start.constants;
    if !constants.is_empty() {
        let names = list(&addresses, constants);
        notes.extend(wrapped(
            "",
            &format!("Constants that the stream starts with, so that no claim is about them: {names}."),
        ));
    }
    notes
}

/// What has no name, one line or more for each reason.
#[must_use]
pub fn without_names(view: &View<'_>, left: &[Unnamed]) -> Vec<String> {
    let addresses = Addresses::new(view.model);
    let mut notes = Vec::new();
    for ((why, called), things) in grouped(left) {
        let tensors: Vec<TensorId> = things.iter().filter_map(|thing| thing.tensor).collect();
        let layers: Vec<usize> = things.iter().filter_map(|thing| thing.layer).collect();
        let text = format!("{}{}: {}", because(why, called), in_layers(&layers), list(&addresses, &tensors));
        notes.push(text.trim_end_matches([':', ' ']).to_owned());
    }
    notes
}

type Group<'a> = ((Why, &'a str), Vec<&'a Unnamed>);

fn grouped(left: &[Unnamed]) -> Vec<Group<'_>> {
    let mut groups: BTreeMap<(Why, &str), Vec<&Unnamed>> = BTreeMap::new();
    for thing in left {
        groups.entry((thing.why, thing.called.as_str())).or_default().push(thing);
    }
    groups.into_iter().collect()
}

/// Why something has no name, in a few words.
fn because(why: Why, called: &str) -> String {
    match why {
        Why::Branch => "added to the stream, but neither one attention nor an MLP".to_owned(),
        Why::Heads => {
            "attention whose heads have no axis of their own in a tensor by rows; `attn` is all of it".to_owned()
        }
        Why::Queries | Why::Keys | Why::Values => {
            format!("port `{called}` of the heads: what each of them reads could not be told apart")
        }
        Why::NoRows => format!("`{called}`: rows and positions share an axis, so that no component can be bound to it"),
        Why::Softmax => "a softmax that weighs no values".to_owned(),
        Why::Weights => format!("weights of no part that was recognised ({})", clean(called)),
        Why::Address => format!("`{called}`: the tensor has no address that can be written"),
        Why::Shared => format!("port `{called}`: the layers have no address for it in common"),
        Why::Refused => format!("`{called}`: the checker refuses it"),
        Why::TooLarge => "the graph is too large to be looked at as a whole".to_owned(),
    }
}

fn in_layers(layers: &[usize]) -> String {
    let mut layers = layers.to_vec();
    layers.dedup();
    let (Some(first), Some(last)) = (layers.first(), layers.last()) else { return String::new() };
    match layers.len() {
        1 => format!(", layer {first}"),
        count if count == last - first + 1 => format!(", layers {first} to {last}"),
        _ => {
            let numbers: Vec<String> = layers.iter().map(ToString::to_string).collect();
            format!(", layers {}", numbers.join(", "))
        }
    }
}

fn list(addresses: &Addresses, tensors: &[TensorId]) -> String {
    let shown: Vec<String> =
        tensors.iter().take(LISTED).map(|tensor| format!("`{}`", clean(addresses.of(*tensor)))).collect();
    let more = tensors.len().saturating_sub(LISTED);
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    format!("{}{more}", shown.join(", "))
}

/// The notes of a map.
#[must_use]
pub fn notes(found: &[String], left: &[Unnamed], lines: &[String]) -> Vec<String> {
    let mut notes = found.to_vec();
    notes.push(String::new());
    if left.is_empty() {
        notes.push("Everything that has weights lies in a part that is named.".to_owned());
        return notes;
    }
    let plural = if left.len() == 1 { "thing has" } else { "things have" };
    notes.push(format!("{} {plural} no name:", left.len()));
    notes.extend(lines.iter().flat_map(|line| wrapped("- ", line)));
    notes
}

/// What was found, in a few sentences.
fn summary(view: &View<'_>, structure: &Structure) -> String {
    let mut said = Vec::new();
    let layers = structure.layers.len();
    if layers == 0 {
        said.push("No residual stream was found: nothing is added to what it is computed from.".to_owned());
        let hidden = structure.hidden.len();
        if hidden > 0 {
            said.push(format!("{hidden} hidden {}.", if hidden == 1 { "layer" } else { "layers" }));
        }
        return said.join(" ");
    }
    let width = structure.last().and_then(|tensor| view.width(tensor)).unwrap_or(0);
    let plural = if layers == 1 { "layer" } else { "layers" };
    said.push(format!("{layers} {plural}, a stream of width {width}{}.", order(structure)));
    said.extend(attention(view, structure));
    said.extend(mlps(view, structure));
    if let Some(node) = structure.ends.unembed {
        let output = view.graph.node(node).outputs.first().copied().flatten();
        let width = output.and_then(|output| view.width(output)).unwrap_or(0);
        said.push(format!("The last product gives {width} numbers."));
    } else {
        said.push("No last product was found behind the stream.".to_owned());
    }
    said.join(" ")
}

fn order(structure: &Structure) -> &'static str {
    let beside = structure.layers.iter().any(|layer| layer.steps.iter().any(|(step, _)| step.branches.len() > 1));
    match (beside, structure.post_norm) {
        (true, _) => "; attention and MLP stand side by side",
        (false, true) => ", normalised behind each sum",
        (false, false) => "",
    }
}

fn attention(view: &View<'_>, structure: &Structure) -> Option<String> {
    let heads = structure.layers.iter().filter_map(|layer| match &layer.attention()?.part {
        Part::Attention { heads, .. } => heads.as_ref(),
        _ => None,
    });
    let all: Vec<(usize, usize)> =
        heads.map(|heads| (heads.count.unwrap_or(1), view.width(heads.attention.mix).unwrap_or(0))).collect();
    let (count, width) = *all.first()?;
    let plural = if count == 1 { "head" } else { "heads" };
    let alike = if all.iter().all(|other| *other == (count, width)) { "" } else { " (in the first of them)" };
    Some(format!("{count} {plural} of width {width}{alike} in {}.", of_layers(all.len(), structure)))
}

fn mlps(view: &View<'_>, structure: &Structure) -> Option<String> {
    let mlps = || structure.layers.iter().filter_map(|layer| layer.mlp()).map(|(_, mlp)| mlp);
    let first = mlps().next()?;
    let gated = if first.up.is_some() { "gated MLPs" } else { "MLPs" };
    let width = view.width(first.hidden).unwrap_or(0);
    let plural = if width == 1 { "neuron" } else { "neurons" };
    Some(format!("{} with {width} {plural} in {}.", capital(gated), of_layers(mlps().count(), structure)))
}

fn of_layers(count: usize, structure: &Structure) -> String {
    match structure.layers.len() {
        all if count == all => "each layer".to_owned(),
        all => format!("{count} of {all} layers"),
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| format!("{}{}", first.to_ascii_uppercase(), letters.as_str()))
}

/// Lines of at most [`WIDTH`] letters, where words allow it; the first begins with `mark`.
fn wrapped(mark: &str, text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = mark.to_owned();
    let indent = " ".repeat(mark.len());
    for word in text.split(' ') {
        let long = line.chars().count() + word.chars().count() + 1 > WIDTH;
        if long && line.trim().len() > mark.trim().len() {
            lines.push(std::mem::replace(&mut line, indent.clone()));
        }
        if !line.trim().is_empty() && !line.ends_with(' ') {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    lines
}
