//! Faults for tests: the N-th operation on the file system goes wrong. Not there in builds for users.
#![expect(clippy::panic, reason = "a bug is one of the faults")]

use std::io::{self, Write};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// The operation fails, with this number of the system.
    Fails(i32),
    /// One byte is read or written, of all that were asked for.
    Short,
    /// A bug in Ansatz.
    Panics,
}

#[derive(Debug)]
struct Plan {
    kind: Kind,
    /// Operations are counted from 1.
    at: u64,
    /// All later ones go wrong too.
    on: bool,
    done: AtomicU64,
}

static PLAN: OnceLock<Plan> = OnceLock::new();

/// Plans a fault: `7:ENOSPC` is the seventh operation, `7+:ENOSPC` the seventh and all behind it. Of several plans of a
/// process the first counts; a text that is no plan is none.
pub fn plan(text: &str) {
    if let Some(plan) = read(text) {
        let _ = PLAN.set(plan);
    }
}

fn read(text: &str) -> Option<Plan> {
    let (at, kind) = text.split_once(':')?;
    let kind = match kind {
        "EINTR" => Kind::Fails(4),
        "EIO" => Kind::Fails(5),
        "EACCES" => Kind::Fails(13),
        "ENOSPC" => Kind::Fails(28),
        "SHORT" => Kind::Short,
        "PANIC" => Kind::Panics,
        _ => return None,
    };
    let at_only = at.strip_suffix('+');
    Some(Plan { kind, at: at_only.unwrap_or(at).parse().ok()?, on: at_only.is_some(), done: AtomicU64::new(0) })
}

/// What goes wrong with the operation that comes next.
fn next() -> Option<Kind> {
    let plan = PLAN.get()?;
    let now = plan.done.fetch_add(1, Ordering::SeqCst) + 1;
    if now < plan.at || (now > plan.at && !plan.on) {
        return None;
    }
    if now == plan.at {
        // Tests go on with later operations as long as they read this.
        let _ = writeln!(io::stderr().lock(), "planned fault");
    }
    Some(plan.kind)
}

/// Before an operation that does not transfer bytes.
///
/// # Errors
/// The fault that is planned for it.
pub fn before() -> io::Result<()> {
    match next() {
        Some(Kind::Fails(number)) => Err(io::Error::from_raw_os_error(number)),
        Some(Kind::Panics) => std::panic::panic_any("planned fault"),
        Some(Kind::Short) | None => Ok(()),
    }
}

/// The bytes that are transferred of `length`.
///
/// # Errors
/// As [`before`].
pub fn transfer(length: usize) -> io::Result<usize> {
    match next() {
        Some(Kind::Fails(number)) => Err(io::Error::from_raw_os_error(number)),
        Some(Kind::Panics) => std::panic::panic_any("planned fault"),
        Some(Kind::Short) => Ok(length.min(1)),
        None => Ok(length),
    }
}
