//! A9: files, usage and faults of Ansatz itself.

use crate::diagnostics::codes::declare_codes;
use crate::diagnostics::{Diagnostic, Place, clean};

declare_codes! {
    FILE_MISSING = "A9001" "file-missing" Error "a file that is named does not exist";
    FILE_UNREADABLE = "A9002" "file-unreadable" Error "a file cannot be read";
    FILE_TOO_LARGE = "A9003" "file-too-large" Error "a file is larger than Ansatz reads";
    FILE_NOT_WRITTEN = "A9004" "file-not-written" Error "a result could not be written";
}

fn file(path: &str) -> Place {
    Place::File { path: clean(path) }
}

#[must_use]
pub fn missing(path: &str) -> Diagnostic {
    Diagnostic::new(&FILE_MISSING, format!("`{}` does not exist", clean(path)), file(path))
}

#[must_use]
pub fn unreadable(path: &str, why: &str) -> Diagnostic {
    Diagnostic::new(&FILE_UNREADABLE, format!("`{}` cannot be read: {}", clean(path), clean(why)), file(path))
}

#[must_use]
pub fn too_large(path: &str, size: u64, limit: u64) -> Diagnostic {
    let message = format!("`{}` has {size} bytes; at most {limit} are read", clean(path));
    Diagnostic::new(&FILE_TOO_LARGE, message, file(path))
}

#[must_use]
pub fn not_written(path: &str, why: &str) -> Diagnostic {
    Diagnostic::new(&FILE_NOT_WRITTEN, format!("`{}` could not be written: {}", clean(path), clean(why)), file(path))
        .note("nothing was left behind under this name")
}
