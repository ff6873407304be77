//! A bound hypothesis, claim by claim, as text.

use super::columns::Columns;
use super::expression::{Places, expression, short};
use super::{Claim, Meaning, MeaningOf, What, places};
use crate::data::Dataset;
use crate::feature::{Measured, Typed, reads};
use crate::hypothesis::{
    Arrow, BoundModel, Computes, End, Estimate, EstimateKind, FeatureIx, Node, NodeIx, Part, Rest, Scheme, Stated,
};
use crate::lower::{occurrence_step, written_parts};
use crate::source::Span;
use std::collections::{BTreeMap, BTreeSet};

/// A claim.
pub fn claim(what: What, key: &str, text: String, span: Span, shown: &str) -> Claim {
    Claim { what, key: key.to_owned(), text, span, shown: shown.to_owned() }
}

/// A bound hypothesis with all that it names.
pub struct Said<'a> {
    pub stated: &'a Stated,
    pub estimates: &'a [Typed],
    /// Its own first.
    pub datasets: &'a [&'a Dataset],
    pub model: &'a BoundModel,
}

impl Said<'_> {
    pub fn meaning(&self, kind: MeaningOf, mut claims: Vec<Claim>) -> Meaning {
        claims.sort_by(|one, other| (one.what, &one.key, &one.text).cmp(&(other.what, &other.key, &other.text)));
        claims.dedup_by(|one, other| (&one.key, &one.text) == (&other.key, &other.text));
        let mut others: Vec<String> = self.datasets.iter().skip(1).map(|dataset| dataset.hash.clone()).collect();
        others.sort();
        let mut about = vec![self.model.model.hash.clone()];
        about.extend(self.datasets.first().map(|dataset| dataset.hash.clone()));
        about.extend(others);
        let (name, span) = (self.stated.claims.name.clone(), self.stated.spans.name);
        Meaning { name, kind, span, about, claims }
    }

    pub fn behaviour(&self, measured: &Measured, name: &str, places: &Places) -> Claim {
        let mask =
            measured.mask.as_ref().map_or_else(String::new, |mask| format!(" where {}", expression(mask, places)));
        let text = format!("{}{mask}", expression(&measured.value, places));
        claim(What::Behaviour, "behaviour", text, self.stated.spans.behaviour, name)
    }

    pub fn pool(&self) -> Option<Claim> {
        let size = self.stated.claims.pool;
        (size > 1).then(|| claim(What::Pool, "pool", size.to_string(), self.stated.spans.name, "pool"))
    }

    /// Nodes, arrows, and what is unclaimed of opened nodes.
    pub fn claims(&self, places: &Places, found: &mut Vec<Claim>) {
        let claims = &self.stated.claims;
        let says = |node: NodeIx| {
            let schemes = self.schemes(claims.node(node), node, places);
            let schemes: Vec<String> = schemes.into_iter().map(|(key, text)| format!("{key}: {text}")).collect();
            format!("{}\n{}", self.computes(claims.node(node), places), schemes.join("\n"))
        };
        let labels = places::labels(claims, &self.model.addresses, says);
        let root = self.scheme(claims.unclaimed, places);
        found.push(claim(What::Unclaimed, "unclaimed", root, self.stated.spans.name, "the behaviour"));
        for (node, label) in &labels {
            let own = claims.node(*node);
            let (name, place) = self.stated.spans.nodes[node.0];
            found.push(claim(What::Node, &format!("node {label}"), self.computes(own, places), place, &own.name));
            let mut set = self.stated.spans.schemes.iter().filter(|(of, _)| of == node);
            let spelled = |ports: Option<usize>| self.stated.spelled(*node, ports);
            for (at, (key, text)) in self.schemes(own, *node, places).into_iter().enumerate() {
                let place = set.next().map_or(name, |(_, span)| *span);
                let shown = spelled(at.checked_sub(1));
                found.push(claim(What::Unclaimed, &format!("unclaimed of {label}{key}"), text, place, &shown));
            }
        }
        for (arrow, span) in claims.arrows.iter().zip(&self.stated.spans.arrows) {
            found.extend(self.arrow(arrow, *span, &labels));
        }
    }

    fn arrow(&self, arrow: &Arrow, span: Span, labels: &BTreeMap<NodeIx, String>) -> Option<Claim> {
        let from = labels.get(&arrow.from)?;
        let to = match arrow.to {
            End::Root => "the behaviour",
            End::Node(node) => labels.get(&node)?,
        };
        let text = occurrence_step(&self.model.addresses, "", arrow);
        let shown = match arrow.to {
            End::Root => "the behaviour".to_owned(),
            End::Node(node) => self.stated.claims.node(node).name.clone(),
        };
        let shown = format!("{} to {shown}", self.stated.claims.node(arrow.from).name);
        Some(claim(What::Arrow, &format!("arrow from {from} to {to}"), text, span, &shown))
    }

    /// What an opened node leaves unclaimed: its own scheme, then those of its ports.
    fn schemes(&self, node: &Node, index: NodeIx, places: &Places) -> Vec<(String, String)> {
        // A leaf draws nothing.
        if self.stated.claims.arrows_into(End::Node(index)).next().is_none() {
            return Vec::new();
        }
        let mut found = vec![(String::new(), self.scheme(node.unclaimed, places))];
        found.extend(node.ports.iter().map(|(parts, scheme)| {
            (format!(" by {}", written_parts(&self.model.addresses, parts)), self.scheme(*scheme, places))
        }));
        found
    }

    fn scheme(&self, scheme: Scheme, places: &Places) -> String {
        match scheme {
            Scheme::Any => "any".to_owned(),
            Scheme::Exact => "exact".to_owned(),
            Scheme::Apart => "apart".to_owned(),
            Scheme::Mean(None) => "mean".to_owned(),
            Scheme::Mean(Some(feature)) => format!("mean over {}", self.feature(feature, places)),
            Scheme::Constant(number) => format!("constant {number:?}"),
            Scheme::Named(draw) => {
                let named = &self.stated.claims.draws[draw.0];
                let data = self.data(named.data.0);
                match self.stated.paired_by.get(draw.0).and_then(Option::as_ref) {
                    Some(column) => format!("draw from {data} paired by {column}"),
                    // Its name is what its rows are drawn by.
                    None => format!("draw {} from {data}", named.name),
                }
            }
        }
    }

    fn data(&self, at: usize) -> &str {
        match at {
            0 => "its data",
            _ => self.datasets.get(at).map_or("", |dataset| dataset.hash.as_str()),
        }
    }

    fn feature(&self, feature: FeatureIx, places: &Places) -> String {
        let parts = self.stated.features.get(feature.0).map_or(&[][..], Vec::as_slice);
        // To agree on all of them is to agree on them in any order.
        let mut parts: Vec<String> = parts.iter().map(|part| expression(part, places)).collect();
        parts.sort();
        parts.dedup();
        parts.join(", ")
    }

    fn computes(&self, node: &Node, places: &Places) -> String {
        let what = match &node.computes {
            Computes::Exact => "exact".to_owned(),
            Computes::Any => "any".to_owned(),
            Computes::Feature(feature) => self.feature(*feature, places),
            Computes::Elementwise { feature, axes } => {
                format!("{} for each element of {}", self.feature(*feature, places), self.axes(node, axes))
            }
            Computes::Mean { over, along } => {
                let over = over.map_or_else(String::new, |over| format!(" over {}", self.feature(over, places)));
                let along: Vec<usize> = along.iter().map(|axis| axis.unwrap_or(0)).collect();
                format!("mean{over} along {}", self.axes(node, &along))
            }
            Computes::Constant(number) => format!("constant {number:?}"),
        };
        let from = if node.data.0 == 0 { String::new() } else { format!(" from {}", self.data(node.data.0)) };
        let estimate = node.estimate.as_ref().map_or_else(String::new, |found| self.estimate(found, places));
        format!("{what}{from}{estimate}")
    }

    /// The axis of each part; 0 for none.
    fn axes(&self, node: &Node, axes: &[usize]) -> String {
        let of_part = |(part, axis): (&Part, &usize)| {
            format!("{} axis {axis}", written_parts(&self.model.addresses, std::slice::from_ref(part)))
        };
        let mut found: Vec<String> = node.parts.iter().zip(axes).map(of_part).collect();
        found.sort();
        found.join(" + ")
    }

    fn estimate(&self, estimate: &Estimate, places: &Places) -> String {
        let kind = match &estimate.kind {
            EstimateKind::Expression(at) => {
                self.estimates.get(at.0).map_or_else(String::new, |value| expression(value, places))
            }
            EstimateKind::Changed { port, value } => {
                let bytes: Vec<u8> = value.iter().flat_map(|number| number.to_le_bytes()).collect();
                let port = written_parts(&self.model.addresses, std::slice::from_ref(port));
                format!("self with {port} = #{}", short(&bytes))
            }
        };
        let rest = match estimate.rest {
            Rest::Any => "any".to_owned(),
            Rest::Exact => "exact".to_owned(),
            Rest::Agree(feature) => self.feature(feature, places),
        };
        format!(", estimated by {kind}, rest {rest}")
    }

    /// The columns that features and estimates read.
    pub fn columns_read(&self) -> BTreeSet<String> {
        let features = self.stated.features.iter().flatten().chain(self.estimates);
        let paired = self.stated.paired_by.iter().flatten().cloned();
        features.flat_map(reads).chain(paired).collect()
    }

    /// The map and the data behind the names: which regions cut, which column feeds an input, and what
    /// the columns hold that are read.
    pub fn inputs(&self, read: &BTreeSet<String>, columns: &mut Columns, found: &mut Vec<Claim>) {
        let span = self.stated.spans.name;
        let addresses = &self.model.addresses;
        let cutting =
            self.model.regions.iter().flat_map(|(tensor, regions)| {
                regions.iter().map(|region| format!("{}{region}", addresses.of(*tensor)))
            });
        let mut cutting: Vec<String> = cutting.collect();
        cutting.sort();
        let text = short(cutting.join("\n").as_bytes());
        found.push(claim(What::Map, "components", text, span, &self.model.name));
        let mut read = read.clone();
        for input in &self.model.inputs {
            let key = format!("input {}", addresses.of(input.tensor));
            found.push(claim(What::Input, &key, input.name.clone(), span, &input.name));
            read.insert(input.name.clone());
        }
        for name in read {
            let text = columns.held(self.datasets, &name);
            found.extend(text.map(|text| claim(What::Column, &format!("column {name}"), text, span, &name)));
        }
    }
}
