//! The texts that are open in the editor.

use super::position::{Encoding, Lines};
use super::uri;
use crate::files;
use lsp_types::{TextDocumentContentChangeEvent, Uri};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// An open text.
#[derive(Debug, Clone)]
pub struct Document {
    pub uri: Uri,
    /// Where it lies, for a file.
    pub path: Option<PathBuf>,
    /// The editor's number of this text.
    pub version: i32,
    /// Grows with every change of any text.
    pub revision: u64,
    pub text: Arc<str>,
}

/// All open texts, by URI.
#[derive(Debug, Default)]
pub struct Documents {
    open: BTreeMap<String, Document>,
    revision: u64,
}

/// One name for all paths to a file, whether or not it is there.
#[must_use]
pub fn identity(path: &Path) -> String {
    files::real_target(path).unwrap_or_else(|_| path.to_owned()).display().to_string()
}

impl Document {
    /// What tells it from other texts: the same as [`identity`] of its path.
    #[must_use]
    pub fn identity(&self) -> String {
        self.path.as_deref().map_or_else(|| self.uri.as_str().to_owned(), identity)
    }
}

impl Documents {
    /// Takes a text in, in the place of one of the same name.
    pub fn open(&mut self, uri: Uri, version: i32, text: String) {
        self.revision += 1;
        let (path, text) = (uri::path(uri.as_str()), Arc::from(text));
        let key = uri.as_str().to_owned();
        self.open.insert(key, Document { uri, path, version, revision: self.revision, text });
    }

    /// Edits a text; false if it is not open.
    pub fn change(
        &mut self,
        uri: &str,
        version: i32,
        changes: &[TextDocumentContentChangeEvent],
        encoding: Encoding,
    ) -> bool {
        let Some(document) = self.open.get_mut(uri) else { return false };
        self.revision += 1;
        document.text = Arc::from(changed(&document.text, changes, encoding));
        document.version = version;
        document.revision = self.revision;
        true
    }

    pub fn close(&mut self, uri: &str) -> Option<Document> {
        self.revision += 1;
        self.open.remove(uri)
    }

    /// Something outside has changed: what was known of the texts is of the past.
    pub fn touch(&mut self) -> u64 {
        self.revision += 1;
        self.revision
    }

    /// The number of the last change of anything.
    #[must_use]
    pub fn moment(&self) -> u64 {
        self.revision
    }

    #[must_use]
    pub fn get(&self, uri: &str) -> Option<&Document> {
        self.open.get(uri)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Document> {
        self.open.values()
    }

    /// The open texts of files, by [`identity`].
    #[must_use]
    pub fn snapshot(&self) -> BTreeMap<String, Document> {
        self.open.values().map(|document| (document.identity(), document.clone())).collect()
    }
}

/// A text after edits, one after the other. Places that are not there are moved to the nearest that is.
fn changed(text: &str, changes: &[TextDocumentContentChangeEvent], encoding: Encoding) -> String {
    let mut text = text.to_owned();
    for change in changes {
        match change.range {
            None => text.clone_from(&change.text),
            Some(range) => {
                let bytes = Lines::of(&text).bytes(&text, range, encoding);
                text.replace_range(bytes, &change.text);
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use lsp_types::{Position, Range};

    #[test]
    fn edits_follow_each_other() {
        let edit = |start: (u32, u32), end: (u32, u32), text: &str| TextDocumentContentChangeEvent {
            range: Some(Range {
                start: Position { line: start.0, character: start.1 },
                end: Position { line: end.0, character: end.1 },
            }),
            range_length: None,
            text: text.to_owned(),
        };
        let edits = [edit((0, 1), (0, 2), "xy"), edit((0, 3), (9, 9), "!"), edit((7, 7), (0, 0), "é")];
        assert_eq!(changed("abc\nd", &edits[..1], Encoding::Utf16), "axyc\nd");
        assert_eq!(changed("abc\nd", &edits[..2], Encoding::Utf16), "axy!");
        assert_eq!(changed("abc\nd", &edits, Encoding::Utf16), "é");
    }
}
