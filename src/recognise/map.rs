//! A map from a structure: declarations with addresses, in the order of a file.

use super::Structure;
use super::declare::{Line, quoted};
use super::dims::Dims;
use super::parts::Parts;
use super::template::Templates;
use super::unnamed::Unnamed;
use super::values::{Declared, prepare, taken, values};
use super::view::View;
use crate::model::AllAddresses;

/// What a map is called, and where its model lies.
#[derive(Debug, Clone)]
pub struct MapName {
    pub name: String,
    /// As it is written: relative to the folder of the map.
    pub path: String,
    /// Whether the sizes of the inputs' axes are written, since the model leaves some open.
    pub sizes: bool,
}

/// A map before it is laid out.
#[derive(Debug, Clone)]
pub struct MapText {
    /// `model NAME = onnx("PATH")`
    head: String,
    dims: Vec<String>,
    pub values: Vec<Declared>,
    /// Components, then sites.
    pub lines: Vec<Line>,
    /// How many of `lines` are components.
    components: usize,
}

/// The map of a structure, with what has no address.
#[must_use]
pub fn map(view: &View<'_>, structure: &Structure, naming: &MapName) -> (MapText, Vec<Unnamed>) {
    let mut dims = Dims::default();
    dims.batch();
    prepare(view, &mut dims);
    let inputs = dims.all().count();
    let declarations = Parts { view, structure, dims: &mut dims }.all();
    let values = values(view, structure, &mut dims, &mut taken(&declarations));
    let mut templates = Templates::new(AllAddresses::new(view.model));
    let (mut lines, mut left, mut components) = (Vec::new(), Vec::new(), 0);
    for declaration in &declarations {
        let (written, without) = declaration.lines(&mut templates);
        components += if declaration.is_site { 0 } else { written.len() };
        lines.extend(written);
        left.extend(without);
    }
    let sized = |(at, (name, size)): (usize, (&str, Option<usize>))| match size.filter(|_| naming.sizes && at < inputs)
    {
        Some(size) => format!("dim {name} = {size}"),
        None => format!("dim {name}"),
    };
    let head = format!("model {} = onnx({})", naming.name, quoted(&naming.path));
    let dims = dims.all().enumerate().map(sized).collect();
    (MapText { head, dims, values, lines, components }, left)
}

impl MapText {
    /// The text, with the places of `lines` in it.
    #[must_use]
    pub fn text(&self, notes: &[String]) -> (String, Vec<std::ops::Range<usize>>) {
        let mut out = String::new();
        for note in notes {
            out.push_str(if note.is_empty() { "//!" } else { "//! " });
            out.push_str(note);
            out.push('\n');
        }
        out.push_str(&format!("\n{} {{\n", self.head));
        self.dims.iter().for_each(|line| out.push_str(&format!("{line}\n")));
        out.push('\n');
        self.values.iter().for_each(|value| out.push_str(&format!("{}\n", value.line())));
        let mut places = Vec::new();
        for (at, line) in self.lines.iter().enumerate() {
            if at == 0 || at == self.components {
                out.push('\n');
            }
            let start = out.len();
            out.push_str(&line.text);
            places.push(start..out.len());
            out.push('\n');
        }
        out.push_str("}\n");
        (out, places)
    }

    /// Without some of the lines.
    pub fn remove(&mut self, places: &std::collections::BTreeSet<usize>) {
        self.components -= places.iter().filter(|at| **at < self.components).count();
        let mut at = 0..;
        self.lines.retain(|_| at.next().is_none_or(|at| !places.contains(&at)));
    }
}
