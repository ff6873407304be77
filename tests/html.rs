//! The page of `ansatz report`, and its Markdown: structure, escaping, and what they load (nothing). Where
//! `ANSATZ_CHROMIUM` names a browser, it is opened in it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "html/browser.rs"]
mod browser;
#[path = "html/content.rs"]
mod content;
#[path = "html/hostile.rs"]
mod hostile;
#[path = "html/markup.rs"]
mod markup;
#[path = "support/program.rs"]
#[allow(dead_code, reason = "shared with the tests of the command line")]
mod program;
#[path = "html/rendered.rs"]
mod rendered;

use program::Folder;

/// One of each kind: without claims, with claims below one another, wrong ones, a family, and an interchange.
const ITEMS: &str = r"
/// Nothing matters.
hypothesis nothing explains loss {
}

/// One head counts, and reads which positions open.
///
/// A second paragraph.
hypothesis counts explains loss {
    node late  = heads(1, 0)               computes equal_count
    node both  = heads(0, 0) + heads(0, 1) computes exact
    node first = embed                     computes opens

    late  -> loss
    both  -> late
    first -> both
    first -> late
}

for l in 0..2, h in 0..2 {
    hypothesis patch(l, h) explains loss {
        node one = heads(l, h) computes exact

        one -> loss
    }
    expect patch(l, h) {
        recovered(loss) < 5.0
    }
}

expect counts {
    recovered(loss) >= 0.9
    scrubbed(loss) > 0.0
}
expect nothing {
    recovered(loss) < 0.5
}
";

/// A folder with the hypotheses, and `run.json` of them with all that a page shows.
fn folder() -> Folder {
    let folder = Folder::with(ITEMS);
    let run = folder.run("run a.ansatz --n 60 --blame --reference-points --format json").without_fault();
    folder.write("run.json", run.stdout);
    folder
}
