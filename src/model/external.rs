//! Weights that lie beside the model file: found, kept inside the model's folder, and read in.
//!
//! A model file is input from outside, and its locations must not reach any other file: no absolute
//! path, no `..` that leaves, no link out of the folder, no second name (hard link) of a foreign
//! file. A symbolic link is fine where its target stays in the real folder of the model, as in the
//! cache of the Hugging Face hub.

use super::onnx::{AttributeProto, GraphProto, ModelProto, StringStringEntryProto, TensorProto};
use super::tensor;
use crate::diagnostics::Diagnostic;
use crate::diagnostics::messages::model::{self as messages, ExternalFault};
use crate::engine::DType;
use crate::files;
use prost::bytes::Bytes;
use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

/// At most this many findings about one file are reported.
const FINDINGS: usize = 20;

/// Reads the external data of every constant into its message. Gives the files that were read, by
/// location, in order of location.
///
/// # Errors
/// One `A3006` for each constant whose data cannot be used.
pub fn read_in(model: &mut ModelProto, path: &Path) -> Result<BTreeMap<String, Bytes>, Vec<Diagnostic>> {
    let mut folder = Folder::new(path);
    let mut findings = Vec::new();
    if let Some(graph) = &mut model.graph {
        for constant in constants(graph) {
            if findings.len() == FINDINGS {
                break;
            }
            if let Err(fault) = folder.read_in(constant) {
                findings.push(messages::external(&path.display().to_string(), constant.name(), &fault));
            }
        }
    }
    if findings.is_empty() { Ok(folder.files) } else { Err(findings) }
}

/// The constants with external data: initialisers and the values of `Constant` nodes.
fn constants(graph: &mut GraphProto) -> impl Iterator<Item = &mut TensorProto> {
    let attributes = graph.node.iter_mut().flat_map(|node| node.attribute.iter_mut());
    let values = attributes.filter_map(|attribute: &mut AttributeProto| attribute.t.as_mut());
    graph.initializer.iter_mut().chain(values).filter(|constant| tensor::is_external(constant))
}

/// Where the model lies, and what has been read from there.
struct Folder {
    /// The folder as named; locations are relative to it.
    named: PathBuf,
    /// The real folders that data may lie in: that of the name, and that of the file behind it.
    real: Vec<PathBuf>,
    files: BTreeMap<String, Bytes>,
    /// Bytes that may still be read.
    left: u64,
}

impl Folder {
    fn new(model: &Path) -> Self {
        let named = match model.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
            _ => PathBuf::from("."),
        };
        let target = files::real_path(model).and_then(|file| file.parent().map(Path::to_owned));
        let real = files::real_path(&named).into_iter().chain(target).collect();
        Folder { named, real, files: BTreeMap::new(), left: files::BINARY_LIMIT }
    }

    fn read_in(&mut self, constant: &mut TensorProto) -> Result<(), ExternalFault> {
        let entry = |key: &str| {
            constant.external_data.iter().find(|entry| entry.key() == key).map(StringStringEntryProto::value)
        };
        let location = entry("location").filter(|location| !location.is_empty()).ok_or(ExternalFault::NoLocation)?;
        let (offset, length) = (number("offset", entry("offset"))?, number("length", entry("length"))?);
        let file = self.file(location)?;
        let size = expected(constant)?;
        let outside = || ExternalFault::Range { location: location.to_owned(), file: file.len() as u64 };
        let start = usize::try_from(offset.unwrap_or(0)).map_err(|_| outside())?;
        let left = file.len().checked_sub(start).ok_or_else(outside)?;
        let length = match length {
            Some(length) => usize::try_from(length).map_err(|_| outside())?,
            None => size.unwrap_or(left),
        };
        if length > left {
            return Err(outside());
        }
        if let Some(expected) = size.filter(|expected| *expected != length) {
            return Err(ExternalFault::Length { expected, found: length });
        }
        constant.raw_data = Some(file.slice(start..start + length));
        constant.data_location = None;
        constant.external_data = Vec::new();
        Ok(())
    }

    fn file(&mut self, location: &str) -> Result<Bytes, ExternalFault> {
        if let Some(bytes) = self.files.get(location) {
            return Ok(bytes.clone());
        }
        let path = self.contained(location)?;
        let unread = |error: Box<Diagnostic>| ExternalFault::Unreadable(error.message);
        let bytes = Bytes::from(files::read(&path, self.left).map_err(unread)?);
        self.left = self.left.saturating_sub(bytes.len() as u64);
        self.files.insert(location.to_owned(), bytes.clone());
        Ok(bytes)
    }

    /// The real path of a location, if it lies in the model's folder.
    fn contained(&self, location: &str) -> Result<PathBuf, ExternalFault> {
        let leaves = || ExternalFault::Leaves(location.to_owned());
        let drive = matches!(location.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic());
        if location.contains(['\\', '\0']) || drive || location.starts_with('/') {
            return Err(leaves());
        }
        let mut depth = 0_usize;
        for component in Path::new(location).components() {
            match component {
                Component::Normal(_) => depth += 1,
                Component::CurDir => {}
                Component::ParentDir => depth = depth.checked_sub(1).ok_or_else(leaves)?,
                Component::RootDir | Component::Prefix(_) => return Err(leaves()),
            }
        }
        let missing = || ExternalFault::Missing(location.to_owned());
        let real = files::real_path(&self.named.join(location)).ok_or_else(missing)?;
        if !self.real.iter().any(|folder| real.starts_with(folder)) {
            return Err(leaves());
        }
        match files::link_count(&real).map_err(|error| ExternalFault::Unreadable(error.message))? {
            1 => Ok(real),
            _ if real.is_dir() => Ok(real),
            names => Err(ExternalFault::HardLink { location: location.to_owned(), names }),
        }
    }
}

/// An offset or length as written.
fn number(key: &'static str, text: Option<&str>) -> Result<Option<u64>, ExternalFault> {
    let parse = |text: &str| text.parse().map_err(|_| ExternalFault::Number { key, text: text.to_owned() });
    text.map(parse).transpose()
}

/// The bytes that the dims ask for; `None` for element types that are not carried.
fn expected(constant: &TensorProto) -> Result<Option<usize>, ExternalFault> {
    let count = tensor::element_count(&constant.dims).map_err(|error| ExternalFault::Dims(error.to_string()))?;
    Ok(DType::from_onnx(constant.data_type()).map(|dtype| count * dtype.size()))
}
