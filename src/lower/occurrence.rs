//! How a draw's place is written: the chain of resolved places from the root, each by the address of
//! its tensor. It is part of the
//! key of every draw and of draw files (docs/files.md), so its form may not change.

use crate::hypothesis::{Arrow, Part, PathKind};
use crate::model::{Addresses, TensorId};
use std::fmt::Write;

/// The root: its outputs, sorted, since the order in which a behaviour reads them is no claim.
#[must_use]
pub fn root(addresses: &Addresses, outputs: &[TensorId]) -> String {
    let mut names: Vec<&str> = outputs.iter().map(|output| addresses.of(*output)).collect();
    names.sort_unstable();
    names.join(" + ")
}

/// Parts by tensor and region, sorted.
#[must_use]
pub fn parts(addresses: &Addresses, parts: &[Part]) -> String {
    let mut names: Vec<String> =
        parts.iter().map(|part| format!("{}{}", addresses.of(part.tensor), part.region)).collect();
    names.sort();
    names.dedup();
    names.join(" + ")
}

/// One step from a target to the source of an arrow.
#[must_use]
pub fn step(addresses: &Addresses, target: &str, arrow: &Arrow) -> String {
    let mut text = target.to_owned();
    if !arrow.target.is_empty() {
        let _ = write!(text, " at {}", parts(addresses, &arrow.target));
    }
    let kind = match arrow.paths {
        PathKind::Direct => "direct",
        PathKind::All => "all",
    };
    let _ = write!(text, " <- {} ({kind}", parts(addresses, &arrow.source));
    if !arrow.gates.is_empty() {
        let _ = write!(text, " through {}", parts(addresses, &arrow.gates));
    }
    if !arrow.except.is_empty() {
        let _ = write!(text, " except {}", parts(addresses, &arrow.except));
    }
    if let Some(terms) = &arrow.terms {
        let bits: Vec<u8> = terms.claimed.iter().map(|claimed| u8::from(*claimed)).collect();
        let _ = write!(text, " terms {}", &blake3::hash(&bits).to_hex()[..16]);
    }
    text.push(')');
    text
}
