//! Declarations of a map as data, and as text.

use super::template::Templates;
use super::unnamed::{Unnamed, Why};
use crate::model::TensorId;
use std::fmt::Write;

/// Ports that a family goes without where layers have no address for them in common.
const OPTIONAL: &[&str] = &["rot_q", "rot_k", "scores"];

/// A part of a tensor that a component reads.
#[derive(Debug, Clone)]
pub struct Port {
    pub name: &'static str,
    pub tensor: TensorId,
    pub dims: Vec<String>,
    /// `queries = h * d_head..(h + 1) * d_head`
    pub at: Option<String>,
}

/// What one layer has of a family, or what stands alone.
#[derive(Debug, Clone)]
pub struct Member {
    /// `None` for what no layer has.
    pub layer: Option<usize>,
    pub tensor: TensorId,
    pub dims: Vec<String>,
    /// The dim whose indices are the heads, along which a component takes one part.
    pub heads: Option<String>,
    pub ports: Vec<Port>,
}

/// A component or a site for all layers that have it.
#[derive(Debug, Clone)]
pub struct Declaration {
    pub is_site: bool,
    pub name: String,
    pub members: Vec<Member>,
}

/// A declaration as it is written, with the tensors that its members mean.
#[derive(Debug, Clone)]
pub struct Line {
    pub name: String,
    pub text: String,
    /// By layer, where the family has one.
    pub tensors: Vec<(Option<usize>, TensorId)>,
}

impl Declaration {
    #[must_use]
    pub fn new(is_site: bool, name: &str, members: Vec<Member>) -> Self {
        Declaration { is_site, name: name.to_owned(), members }
    }

    /// The lines of a declaration: one where all layers are alike and have an address in common, else one for
    /// each layer, called `NAME_LAYER`. What has no address at all is left out, and given back, and so is a port that
    /// only stands in the way of what the layers have in common.
    pub fn lines(&self, templates: &mut Templates<'_>) -> (Vec<Line>, Vec<Unnamed>) {
        if let Some((line, left)) = self.family(templates) {
            return (vec![line], left);
        }
        let (mut lines, mut left) = (Vec::new(), Vec::new());
        for member in &self.members {
            let name = member.layer.map_or_else(|| self.name.clone(), |layer| format!("{}_{layer}", self.name));
            let without = |called: String, tensor: TensorId| Unnamed {
                layer: member.layer,
                why: Why::Address,
                called,
                tensor: Some(tensor),
            };
            let Some(site) = templates.single(member.tensor) else {
                left.push(without(self.name.clone(), member.tensor));
                continue;
            };
            let (mut kept, mut ports) = (Vec::new(), Vec::new());
            for port in &member.ports {
                match templates.single(port.tensor) {
                    Some(site) => {
                        ports.push(site);
                        kept.push(port.clone());
                    }
                    None => left.push(without(format!("{}.{}", self.name, port.name), port.tensor)),
                }
            }
            let shown = Member { ports: kept, ..member.clone() };
            let text = self.text(&name, None, &shown, &site, &ports);
            lines.push(Line { text, name, tensors: vec![(None, member.tensor)] });
        }
        (lines, left)
    }

    /// All layers as one family, where they are alike.
    fn family(&self, templates: &mut Templates<'_>) -> Option<(Line, Vec<Unnamed>)> {
        let first = self.members.first()?;
        let layers: Option<Vec<usize>> = self.members.iter().map(|member| member.layer).collect();
        let layers = layers?;
        let (start, end) = (*layers.first()?, *layers.last()? + 1);
        let in_a_row = layers.iter().copied().eq(start..end);
        let alike = |member: &Member| {
            let ports = member.ports.len() == first.ports.len()
                && member
                    .ports
                    .iter()
                    .zip(&first.ports)
                    .all(|(port, other)| port.name == other.name && port.dims == other.dims && port.at == other.at);
            ports && member.dims == first.dims && member.heads == first.heads
        };
        if !in_a_row || !self.members.iter().all(alike) {
            return None;
        }
        let tensors = |of: &dyn Fn(&Member) -> Option<TensorId>| -> Option<Vec<(usize, TensorId)>> {
            self.members.iter().map(|member| Some((member.layer?, of(member)?))).collect()
        };
        let site = templates.shared(&tensors(&|member| Some(member.tensor))?)?;
        let (mut ports, mut kept, mut left) = (Vec::new(), Vec::new(), Vec::new());
        for (at, port) in first.ports.iter().enumerate() {
            let own = tensors(&|member| member.ports.get(at).map(|port| port.tensor))?;
            match templates.shared(&own) {
                Some(site) => {
                    ports.push(site);
                    kept.push(port.clone());
                }
                None if OPTIONAL.contains(&port.name) => left.extend(own.into_iter().map(|(layer, tensor)| Unnamed {
                    layer: Some(layer),
                    why: Why::Shared,
                    called: format!("{}.{}", self.name, port.name),
                    tensor: Some(tensor),
                })),
                None => return None,
            }
        }
        let shown = Member { ports: kept, ..first.clone() };
        let line = Line {
            name: self.name.clone(),
            text: self.text(&self.name, Some((start, end)), &shown, &site, &ports),
            tensors: self.members.iter().map(|member| (member.layer, member.tensor)).collect(),
        };
        Some((line, left))
    }

    fn text(
        &self,
        name: &str,
        layers: Option<(usize, usize)>,
        member: &Member,
        site: &str,
        ports: &[String],
    ) -> String {
        let mut parameters: Vec<String> = layers.iter().map(|(start, end)| format!("l in {start}..{end}")).collect();
        parameters.extend(member.heads.iter().map(|head| format!("h in 0..{head}")));
        let word = if self.is_site { "site" } else { "component" };
        let mut text = format!("{word} {name}");
        if !parameters.is_empty() {
            let _ = write!(text, "({})", parameters.join(", "));
        }
        let _ = write!(text, " = {} : [{}]", quoted(site), member.dims.join(", "));
        if let Some(head) = &member.heads {
            let _ = write!(text, " at {head} = h");
        }
        if ports.is_empty() {
            return text;
        }
        text.push_str(" {\n");
        for (port, site) in member.ports.iter().zip(ports) {
            let _ = write!(text, "port {} = {} : [{}]", port.name, quoted(site), port.dims.join(", "));
            if let Some(at) = &port.at {
                let _ = write!(text, " at {at}");
            }
            text.push('\n');
        }
        text.push('}');
        text
    }
}

/// A string of the language.
#[must_use]
pub fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => {
                out.push('\\');
                out.push(letter);
            }
            letter if (letter as u32) < 0x20 || (letter as u32) >= 0x7f => {
                let _ = write!(out, "\\u{{{:X}}}", letter as u32);
            }
            letter => out.push(letter),
        }
    }
    out.push('"');
    out
}
