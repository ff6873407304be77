//! Signals. A command that is interrupted leaves nothing half-written: drafts are removed, and files that were written
//! before stay. A second signal ends the process at once.

use crate::diagnostics::messages::usage as messages;
use crate::files;
use signal_hook::consts::{SIGINT, SIGTERM, SIGXFSZ};
use signal_hook::iterator::Signals;
use signal_hook::{flag, low_level};
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// What shells add to the number of a signal for an exit code.
const BY_SIGNAL: i32 = 128;

/// Ends the process in order from the first signal on. Where a handler cannot be installed signals do what they always
/// do.
pub fn watch(quiet: bool) {
    // With any handler, a file that grows beyond the limit of the process is a failed write, as on a full disk.
    let _ = flag::register(SIGXFSZ, Arc::default());
    let Ok(mut signals) = Signals::new([SIGINT, SIGTERM]) else { return };
    let again: Arc<AtomicBool> = Arc::default();
    for signal in [SIGINT, SIGTERM] {
        // The flag is set behind the look at it, so that the first signal passes.
        let _ = flag::register_conditional_shutdown(signal, BY_SIGNAL + signal, Arc::clone(&again));
        let _ = flag::register(signal, Arc::clone(&again));
    }
    let wait = move || {
        if let Some(signal) = signals.forever().next() {
            files::discard_drafts();
            if !quiet {
                let _ = writeln!(std::io::stderr().lock(), "{}", messages::stopped());
            }
            low_level::exit(BY_SIGNAL + signal);
        }
    };
    let _ = std::thread::Builder::new().name("signals".to_owned()).spawn(wait);
}
