//! Declarations of a map as data, and as text.

use super::template::Templates;
use crate::model::TensorId;
use std::fmt::Write;

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
    /// each layer, called `NAME_LAYER`. What has no address at all is left out, and given back.
    pub fn lines(&self, templates: &mut Templates<'_>) -> (Vec<Line>, Vec<Member>) {
        if let Some(line) = self.family(templates) {
            return (vec![line], Vec::new());
        }
        let (mut lines, mut left) = (Vec::new(), Vec::new());
        for member in &self.members {
            let name = member.layer.map_or_else(|| self.name.clone(), |layer| format!("{}_{layer}", self.name));
            let site = templates.single(member.tensor);
            let ports: Option<Vec<String>> = member.ports.iter().map(|port| templates.single(port.tensor)).collect();
            match site.zip(ports) {
                Some((site, ports)) => lines.push(Line {
                    text: self.text(&name, None, member, &site, &ports),
                    name,
                    tensors: vec![(None, member.tensor)],
                }),
                None => left.push(member.clone()),
            }
        }
        (lines, left)
    }

    /// All layers as one family, where they are alike.
    fn family(&self, templates: &mut Templates<'_>) -> Option<Line> {
        let first = self.members.first()?;
        let layers: Option<Vec<usize>> = self.members.iter().map(|member| member.layer).collect();
        let layers = layers?;
        let (start, end) = (*layers.first()?, *layers.last()? + 1);
        let in_a_row = layers.iter().copied().eq(start..end);
        let alike = |member: &Member| {
            let ports = member.ports.len() == first.ports.len()
                && member.ports.iter().zip(&first.ports).all(|(port, other)| {
                    port.name == other.name && port.dims == other.dims && port.at == other.at
                });
            ports && member.dims == first.dims && member.heads == first.heads
        };
        if !in_a_row || !self.members.iter().all(alike) {
            return None;
        }
        let tensors = |of: &dyn Fn(&Member) -> Option<TensorId>| -> Option<Vec<(usize, TensorId)>> {
            self.members.iter().map(|member| Some((member.layer?, of(member)?))).collect()
        };
        let site = templates.shared(&tensors(&|member| Some(member.tensor))?)?;
        let mut ports = Vec::new();
        for at in 0..first.ports.len() {
            ports.push(templates.shared(&tensors(&|member| member.ports.get(at).map(|port| port.tensor))?)?);
        }
        Some(Line {
            name: self.name.clone(),
            text: self.text(&self.name, Some((start, end)), first, &site, &ports),
            tensors: self.members.iter().map(|member| (member.layer, member.tensor)).collect(),
        })
    }

    fn text(&self, name: &str, layers: Option<(usize, usize)>, member: &Member, site: &str, ports: &[String]) -> String {
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
