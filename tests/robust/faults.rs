//! The N-th operation on the file system fails, for each N until the command ends undisturbed. It ends in a coded error
//! or in full success, with the same bytes as undisturbed; files are the old ones or the new ones, and nothing else is
//! left behind.

use super::program::{CLAIMS, Folder, Ran, finish};
use super::{CALIBRATION, files_of, searching};
use std::collections::BTreeMap;

/// Those that may be fatal, and those that never are.
const FATAL: [&str; 3] = ["ENOSPC", "EIO", "EACCES"];
const HARMLESS: [&str; 2] = ["EINTR", "SHORT"];
/// What a build for tests writes where its fault has come.
const COME: &str = "planned fault\n";

type Files = BTreeMap<String, Vec<u8>>;

fn run(folder: &Folder, arguments: &str, fault: &str) -> Ran {
    let mut command = folder.command(arguments.split_whitespace());
    if !fault.is_empty() {
        command.env("ANSATZ_TEST_FAULT", fault);
    }
    finish(command).without_fault()
}

/// A command with what it does undisturbed.
struct Subject<'a> {
    prepare: &'a dyn Fn() -> Folder,
    arguments: &'a str,
    ran: Ran,
    before: Files,
    after: Files,
}

impl<'a> Subject<'a> {
    fn new(prepare: &'a dyn Fn() -> Folder, arguments: &'a str) -> Subject<'a> {
        let folder = prepare();
        let before = files_of(&folder.path(""));
        let ran = run(&folder, arguments, "");
        let after = files_of(&folder.path(""));
        Subject { prepare, arguments, ran, before, after }
    }

    /// True if the fault came.
    fn holds(&self, fault: &str) -> bool {
        let folder = (self.prepare)();
        let ran = run(&folder, self.arguments, fault);
        let files = files_of(&folder.path(""));
        let about = format!("`{}` with {fault}: {ran:?}", self.arguments);
        let is_harmless = HARMLESS.iter().any(|kind| fault.ends_with(kind));
        if ran.code == self.ran.code && !ran.stderr.contains("[A9") {
            assert_eq!(ran.stdout, self.ran.stdout, "{about}");
            assert!(files == self.after, "{about}: {:?}", files.keys());
        } else {
            assert!(!is_harmless && ran.code == Some(2) && ran.stderr.contains("[A"), "{about}");
            for (name, bytes) in &files {
                let is_known = self.before.get(name) == Some(bytes) || self.after.get(name) == Some(bytes);
                // What a search keeps on its way is not there at its end.
                let is_kept = name.contains("progress.json") || name.contains("so_far");
                assert!(is_known || is_kept, "{about}: {name}");
                assert!(!name.contains(".ansatz-"), "{about}: {name}");
            }
            for name in self.before.keys() {
                assert!(files.contains_key(name), "{about}: {name} is gone");
            }
            // And then, undisturbed, it is as if nothing had been.
            if self.arguments.contains("-o ") {
                let again = run(&folder, self.arguments, "");
                assert_eq!(again.stdout, self.ran.stdout, "{about}");
                assert!(files_of(&folder.path("")) == self.after, "{about}");
            }
        }
        ran.stderr.contains(COME)
    }
}

/// With every kind of fault at each operation.
fn every_fault(prepare: &dyn Fn() -> Folder, arguments: &str) {
    let subject = Subject::new(prepare, arguments);
    let kinds = || FATAL.iter().chain(&HARMLESS);
    let last = (1..).find(|at| kinds().filter(|kind| subject.holds(&format!("{at}:{kind}"))).count() == 0);
    assert!(last.is_some_and(|last| last > 5), "`{arguments}` touches no file");
}

/// With one kind of fault at an operation, the next kind at the next one; `step` operations apart.
fn faults_in_turn(prepare: &dyn Fn() -> Folder, arguments: &str, step: usize) {
    let subject = Subject::new(prepare, arguments);
    let kinds: Vec<&str> = FATAL.into_iter().chain(HARMLESS).collect();
    let faults = (0..).map(|turn| format!("{}:{}", 1 + turn * step, kinds[turn % kinds.len()]));
    let count = faults.take_while(|fault| subject.holds(fault)).count();
    assert!(count > 5, "`{arguments}`: {count}");
}

#[test]
fn check_survives_every_fault() {
    every_fault(&|| Folder::with(CLAIMS), "check a.ansatz");
}

#[test]
fn fmt_survives_every_fault() {
    let prepare = || {
        let folder = Folder::with(CLAIMS);
        folder.write("b.ansatz", "hypothesis   h explains loss   {}\n");
        folder
    };
    every_fault(&prepare, "fmt .");
}

#[test]
fn runs_survive_faults() {
    let prepare = || Folder::with(CLAIMS);
    faults_in_turn(&prepare, "run a.ansatz --n 40 --draws d.npz --per-example p.npz", 1);
    faults_in_turn(&prepare, "run a.ansatz --n 40 --lock", 1);
    let locked = || {
        let folder = Folder::with(CLAIMS);
        run(&folder, "run a.ansatz --n 40 --lock", "");
        folder
    };
    faults_in_turn(&locked, "run a.ansatz --locked", 1);
    faults_in_turn(&locked, "run a.ansatz --n 50 --lock", 2);
}

#[test]
fn searches_survive_faults() {
    faults_in_turn(&searching, "search a.ansatz -o found", 9);
}

#[test]
fn calibrations_and_challenges_survive_faults() {
    let prepare = || Folder::with(CALIBRATION);
    faults_in_turn(&prepare, "calibrate a.ansatz -o found", 7);
    faults_in_turn(&prepare, "validate a.ansatz -o found --json v.json", 4);
}

/// A disk that is full stays full.
#[test]
fn a_disk_that_stays_full_leaves_the_old_files() {
    let folder = Folder::with(CLAIMS);
    folder.write("d.npz", "the old draws");
    let come = |at: u32| {
        let ran = run(&folder, "run a.ansatz --n 40 --draws d.npz", &format!("{at}+:ENOSPC"));
        assert!(ran.code == Some(0) || ran.code == Some(2) && ran.stderr.contains("[A90"), "{ran:?}");
        if ran.code == Some(2) {
            assert_eq!(folder.read("d.npz"), b"the old draws");
        }
        assert!(!folder.names().iter().any(|name| name.starts_with(".ansatz-")));
        ran.stderr.contains(COME)
    };
    assert!((1..200).find(|at| !come(*at)).is_some_and(|at| at > 5));
}

/// A bug ends a command with its own exit code, a line that says what to do, and no damage.
#[test]
fn a_bug_is_said_and_leaves_the_old_files() {
    let folder = Folder::with(CLAIMS);
    folder.write("d.npz", "the old draws");
    let before = folder.names();
    for at in [1, 5, 20] {
        let mut command = folder.command(["run", "a.ansatz", "--draws", "d.npz"]);
        command.env("ANSATZ_TEST_FAULT", format!("{at}:PANIC"));
        let ran = finish(command);
        assert_eq!(ran.code, Some(101), "{ran:?}");
        assert!(ran.stderr.contains("a bug in Ansatz") && ran.stderr.contains("please report it"), "{ran:?}");
        assert_eq!((folder.read("d.npz").as_slice(), folder.names()), (b"the old draws".as_slice(), before.clone()));
    }
}

/// The seam is not in builds for users: every mention of it stands behind a condition.
#[test]
fn the_seam_is_for_tests_only() {
    let read = |name: &str| std::fs::read_to_string(format!("{}/src/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    for (name, mentions) in
        [("files/mod.rs", "pub mod faults;"), ("files/disk.rs", "use super::faults;"), ("cli/mod.rs", "plan_fault")]
    {
        let text = read(name);
        let lines: Vec<&str> = text.lines().collect();
        for at in (0..lines.len()).filter(|at| lines[*at].contains(mentions)) {
            let above = lines[at.saturating_sub(2)..at].join(" ");
            assert!(above.contains("#[cfg(debug_assertions)]"), "{name}: {}", lines[at]);
        }
    }
}
