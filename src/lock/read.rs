//! Reading a lock: JSON without keys that are there twice, of a version that is known.

use super::{Lock, SCHEMA};
use crate::diagnostics::Diagnostic;
use crate::diagnostics::messages::lock as messages;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

/// The largest lock file, in bytes.
pub const LIMIT: u64 = 32 << 20;

/// A map that refuses a key that is there twice, which JSON allows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Sorted<T>(pub BTreeMap<String, T>);

impl<T> Default for Sorted<T> {
    fn default() -> Self {
        Sorted(BTreeMap::new())
    }
}

impl<T> FromIterator<(String, T)> for Sorted<T> {
    fn from_iter<I: IntoIterator<Item = (String, T)>>(items: I) -> Self {
        Sorted(items.into_iter().collect())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Sorted<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(Entries(PhantomData))
    }
}

struct Entries<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Entries<T> {
    type Value = Sorted<T>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let mut found = BTreeMap::new();
        while let Some((key, value)) = entries.next_entry::<String, T>()? {
            if found.contains_key(&key) {
                return Err(A::Error::custom(format!("the key `{key}` is there twice")));
            }
            found.insert(key, value);
        }
        Ok(Sorted(found))
    }
}

/// A value or `null`; a key that is missing is a mistake, where an option alone would take it for `null`.
pub fn some_or_null<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<Option<T>, D::Error> {
    Option::deserialize(from)
}

/// Only the version; whatever else there is.
#[derive(Deserialize)]
struct Versioned {
    schema: String,
}

/// The lock that is written in a file; `path` as shown in findings.
///
/// # Errors
/// It is no lock (A9302), or one of another version (A9303).
pub fn parse(path: &str, bytes: &[u8]) -> Result<Lock, Box<Diagnostic>> {
    let broken = |error: &serde_json::Error| Box::new(messages::broken(path, &error.to_string()));
    let versioned: Versioned = serde_json::from_slice(bytes).map_err(|error| broken(&error))?;
    if versioned.schema != SCHEMA {
        return Err(Box::new(messages::other_version(path, &versioned.schema, SCHEMA)));
    }
    serde_json::from_slice(bytes).map_err(|error| broken(&error))
}
