//! Progress on standard error, only where someone watches.

use super::output::{Screen, watched};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar over rows and references; silent where nobody watches.
#[must_use]
pub fn bar(screen: &Screen, label: &str, steps: usize) -> ProgressBar {
    if screen.quiet || !watched() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(Some(steps as u64), ProgressDrawTarget::stderr());
    let style = ProgressStyle::with_template("{msg} [{bar:40}] {percent:>3} % {eta} left");
    if let Ok(style) = style {
        bar.set_style(style.progress_chars("=> "));
    }
    bar.set_message(label.to_owned());
    bar
}
