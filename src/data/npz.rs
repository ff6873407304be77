//! npz: a zip archive of npy files. Sizes are bounded before anything is inflated.

use super::array::{Array, ELEMENT_LIMIT};
use super::npy::read_values;
use super::npy_header::{HEADER_LIMIT, Header, read_header};
use crate::diagnostics::messages::files::{self as messages, EntryFault};
use crate::diagnostics::{Diagnostic, clean};
use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use zip::read::ZipFile;
use zip::result::ZipError;
use zip::{CompressionMethod, ZipArchive};

/// Entries that inflate to more than this many times their size are refused, beyond [`RATIO_FREE`].
const RATIO_LIMIT: u64 = 1_000;
/// Entries up to this many bytes inflate at any ratio: a constant column is legal.
const RATIO_FREE: u64 = 16 << 20;
/// The most bytes that one archive may inflate to.
const INFLATED_LIMIT: u64 = 2 << 30;
const ENTRY_LIMIT: usize = 10_000;
/// Longest prefix of an entry that can hold a whole header.
const PREFIX: u64 = HEADER_LIMIT as u64 + 12;

/// An archive whose directory has been checked; nothing is inflated yet.
#[derive(Debug)]
pub struct Npz<'a> {
    archive: ZipArchive<Cursor<&'a [u8]>>,
    path: &'a str,
    /// Index of each array in the archive, by key (the name without `.npy`).
    entries: BTreeMap<String, usize>,
    elements_left: u64,
}

impl<'a> Npz<'a> {
    /// Opens an archive and checks every entry's name and declared sizes.
    pub fn open(bytes: &'a [u8], path: &'a str) -> Result<Self, Box<Diagnostic>> {
        if !bytes.starts_with(b"PK") {
            return Err(Box::new(messages::not_an_npz(path, bytes)));
        }
        let damaged = |error: &ZipError| Box::new(messages::zip_damaged(path, &error.to_string()));
        let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| damaged(&error))?;
        if archive.has_duplicate_names() {
            return Err(Box::new(messages::zip_entry(path, "", &EntryFault::Duplicate)));
        }
        if archive.len() > ENTRY_LIMIT {
            return Err(Box::new(messages::zip_bomb(path, archive.len() as u64, ENTRY_LIMIT as u64, "entries")));
        }
        let (mut entries, mut total) = (BTreeMap::new(), 0_u64);
        for at in 0..archive.len() {
            let entry = archive.by_index_raw(at).map_err(|error| damaged(&error))?;
            let name = String::from_utf8_lossy(entry.name_raw()).into_owned();
            if entry.is_dir() {
                continue;
            }
            if let Some(fault) = entry_fault(&entry, &name) {
                return Err(Box::new(messages::zip_entry(path, &name, &fault)));
            }
            let (packed, size) = (entry.compressed_size().max(1), entry.size());
            if size > RATIO_FREE && size / packed > RATIO_LIMIT {
                return Err(Box::new(messages::zip_bomb(path, size / packed, RATIO_LIMIT, "bytes for each byte")));
            }
            total = total.saturating_add(size);
            let key = name.strip_suffix(".npy").unwrap_or(&name).to_string();
            if entries.insert(key, at).is_some() {
                return Err(Box::new(messages::zip_entry(path, &name, &EntryFault::Duplicate)));
            }
        }
        if total > INFLATED_LIMIT {
            return Err(Box::new(messages::zip_bomb(path, total, INFLATED_LIMIT, "bytes")));
        }
        Ok(Npz { archive, path, entries, elements_left: ELEMENT_LIMIT })
    }

    /// The keys of all arrays.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(String::as_str)
    }

    /// Type and shape of up to `most` arrays in users' words, for findings: `tokens (100, 42)`.
    pub fn describe(&mut self, most: usize) -> Vec<String> {
        let keys: Vec<String> = self.entries.keys().take(most).cloned().collect();
        keys.iter()
            .map(|key| match self.header(key) {
                Ok(header) => format!("{} {:?}", clean(key), header.shape),
                Err(_) => format!("{} (unreadable)", clean(key)),
            })
            .collect()
    }

    /// The array of a key of [`Npz::keys`].
    pub fn read(&mut self, key: &str) -> Result<Array, Box<Diagnostic>> {
        let header = self.header(key)?;
        if header.count as u64 > self.elements_left {
            return Err(Box::new(messages::too_many_values(self.path, ELEMENT_LIMIT)));
        }
        self.elements_left -= header.count as u64;
        let data_length = header.count as u64 * header.element.size() as u64;
        let wanted = header.data_start as u64 + data_length;
        let declared = self.declared_size(key)?;
        if declared != wanted {
            let found = declared.saturating_sub(header.data_start as u64);
            return Err(Box::new(messages::npy_length(self.path, key, data_length, found)));
        }
        let bytes = self.inflate(key, wanted.saturating_add(1))?;
        let data = bytes.get(header.data_start..).unwrap_or(&[]);
        read_values(&header, data, self.path, key)
    }

    fn header(&mut self, key: &str) -> Result<Header, Box<Diagnostic>> {
        let prefix = self.inflate(key, PREFIX)?;
        read_header(&prefix, self.path, key)
    }

    fn declared_size(&mut self, key: &str) -> Result<u64, Box<Diagnostic>> {
        let at = self.entries.get(key).copied().unwrap_or(usize::MAX);
        let entry = self.archive.by_index_raw(at);
        entry.map(|entry| entry.size()).map_err(|error| Box::new(messages::zip_damaged(self.path, &error.to_string())))
    }

    /// At most `limit` bytes of an entry; its checksum is verified where the whole entry is read.
    fn inflate(&mut self, key: &str, limit: u64) -> Result<Vec<u8>, Box<Diagnostic>> {
        let path = self.path;
        let damaged = |why: &str| Box::new(messages::zip_damaged(path, &format!("`{}`: {why}", clean(key))));
        let at = self.entries.get(key).copied().ok_or_else(|| damaged("no such entry"))?;
        let entry = self.archive.by_index(at).map_err(|error| damaged(&error.to_string()))?;
        let mut bytes = Vec::new();
        entry.take(limit).read_to_end(&mut bytes).map_err(|error| damaged(&error.to_string()))?;
        Ok(bytes)
    }
}

/// Why an entry is none that numpy writes.
fn entry_fault(entry: &ZipFile<'_, Cursor<&[u8]>>, name: &str) -> Option<EntryFault> {
    if entry.enclosed_name().is_none()
        || name.starts_with(['/', '\\'])
        || name.split(['/', '\\']).any(|part| part == "..")
    {
        return Some(EntryFault::OutsideName);
    }
    if entry.is_symlink() {
        return Some(EntryFault::Link);
    }
    if entry.encrypted() {
        return Some(EntryFault::Encrypted);
    }
    match entry.compression() {
        CompressionMethod::Stored | CompressionMethod::Deflated => None,
        other => Some(EntryFault::Compression(other.to_string())),
    }
}

/// All arrays of an npz archive by key.
///
/// # Errors
/// Not a zip archive, a damaged, hostile or oversized one, or an array of an unsupported type.
pub fn read_npz(bytes: &[u8], path: &str) -> Result<BTreeMap<String, Array>, Box<Diagnostic>> {
    let mut npz = Npz::open(bytes, path)?;
    let keys: Vec<String> = npz.keys().map(ToString::to_string).collect();
    keys.into_iter().map(|key| npz.read(&key).map(|array| (key, array))).collect()
}
