//! From a path to a graph: read, recognise, decode, complete, check.

use super::graph::Graph;
use super::onnx::ModelProto;
use super::{external, read, scan, sniff};
use crate::diagnostics::Diagnostic;
use crate::diagnostics::messages::model::{self as messages, Fault, Unsupported};
use crate::files;
use prost::Message;
use prost::bytes::Bytes;
use std::collections::BTreeMap;
use std::path::Path;

/// A model file that has been read and checked, before anything is known about its tensors' shapes.
#[derive(Debug, Clone)]
pub struct ModelFile {
    /// The path as given; for messages.
    pub path: String,
    /// blake3 of the file and of the files with its weights, in hex.
    pub hash: String,
    /// The other files that its weights came from, relative to its folder.
    pub external_files: Vec<String>,
    pub graph: Graph,
}

/// Reads an ONNX model with its external data. Warnings come along with the model.
///
/// # Errors
/// The file cannot be read (`A9001` to `A9003`), is something else (`A3003`), is broken (`A3004`), uses
/// what Ansatz refuses (`A3005`), or has weights elsewhere that cannot be used (`A3006`).
pub fn load(path: &Path) -> Result<(ModelFile, Vec<Diagnostic>), Vec<Diagnostic>> {
    let bytes = files::read(path, files::BINARY_LIMIT).map_err(|error| vec![*error])?;
    let name = path.display().to_string();
    let bytes = Bytes::from(bytes);
    let mut proto = decode(bytes.clone(), &name).map_err(|error| vec![*error])?;
    let external = external::read_in(&mut proto, path)?;
    let hash = hash(&bytes, &external);
    let (graph, warnings) = read::from_proto(proto, &name)?;
    Ok((ModelFile { path: name, hash, external_files: external.into_keys().collect(), graph }, warnings))
}

fn decode(bytes: Bytes, name: &str) -> Result<ModelProto, Box<Diagnostic>> {
    if let Some(looks) = sniff::looks_like(&bytes) {
        return Err(Box::new(messages::not_a_model(name, looks)));
    }
    if scan::decoded_size(&bytes).is_none() {
        return Err(Box::new(messages::unsupported(name, None, &Unsupported::TooManyParts)));
    }
    let proto = ModelProto::decode(bytes).map_err(|error| {
        let why = error.to_string();
        // The reader repeats the path to the field, up to its recursion limit; the reason is last.
        let reason = why.rsplit(": ").next().unwrap_or(&why).to_owned();
        Box::new(messages::broken(name, None, &Fault::Protobuf(reason)))
    })?;
    if proto.graph.is_none() && proto.opset_import.is_empty() {
        return Err(Box::new(messages::not_a_model(name, sniff::Looks::Unknown)));
    }
    Ok(proto)
}

fn hash(bytes: &[u8], external: &BTreeMap<String, Bytes>) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(bytes);
    for (location, data) in external {
        for part in [location.as_bytes(), data] {
            hasher.update(&(part.len() as u64).to_le_bytes()).update(part);
        }
    }
    hasher.finalize().to_hex().to_string()
}
