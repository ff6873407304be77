//! Commands that are killed, interrupted, or run against a limit of their process.

use super::program::{CLAIMS, Folder, finish};
use super::{CALIBRATION, files_of, in_shell, searching};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

fn send(child: &Child, signal: &str) {
    let sent = Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
    assert!(sent.success(), "{signal}");
}

/// Numbers that only look like chance.
fn pauses(seed: u64) -> impl Iterator<Item = Duration> {
    let mut state = seed;
    std::iter::repeat_with(move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        Duration::from_millis((state >> 33) % 700)
    })
}

/// Killed again and again wherever it is, and at last left alone: as if nothing had been.
fn survives_killing(prepare: &dyn Fn() -> Folder, arguments: &str, seed: u64) {
    let undisturbed = prepare();
    let whole = undisturbed.run(arguments).without_fault();
    let folder = prepare();
    for pause in pauses(seed).take(5) {
        let mut child = folder.command(arguments.split_whitespace()).spawn().unwrap();
        std::thread::sleep(pause);
        let _ = child.kill();
        let ended = child.wait().unwrap();
        assert!(ended.signal() == Some(9) || ended.code() == whole.code, "{ended:?}");
    }
    let again = folder.run(arguments).without_fault();
    assert_eq!((again.code, &again.stdout), (whole.code, &whole.stdout), "{arguments}");
    let mut left = files_of(&folder.path(""));
    // Nobody can remove a draft for a process that is killed while it writes; it has a name that says what it is.
    left.retain(|name, _| !name.split('/').any(|part| part.starts_with(".ansatz-")));
    assert!(left == files_of(&undisturbed.path("")), "{arguments}: {:?}", left.keys());
}

#[test]
fn what_was_killed_goes_on_to_the_same_bytes() {
    survives_killing(&searching, "search a.ansatz -o found", 1);
    survives_killing(&|| Folder::with(CALIBRATION), "calibrate a.ansatz -o found", 2);
    survives_killing(&|| Folder::with(CLAIMS), "run a.ansatz --draws d.npz --per-example p.npz", 3);
}

/// Work for several minutes, which nobody waits for.
fn long() -> Folder {
    let folder = searching();
    let text = String::from_utf8(folder.read("a.ansatz")).unwrap();
    let text = text.replace("over heads(1, 0), embed", "over heads, embed").replace("references 40", "references 100");
    folder.write("a.ansatz", text.replace("budget 12", "budget 100000"));
    folder
}

#[test]
fn an_interrupted_search_leaves_the_best_so_far() {
    let folder = long();
    let mut child = folder.command(["search", "a.ansatz", "-o", "found"]).spawn().unwrap();
    let best = folder.path("found/parts_so_far.ansatz");
    for _ in 0..6_000 {
        if best.exists() || child.try_wait().unwrap().is_some() {
            break;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    send(&child, "-INT");
    let ended = child.wait().unwrap();
    assert!(!files_of(&folder.path("")).keys().any(|name| name.contains(".ansatz-")));
    // On a machine that looks seldom the search may have ended by itself.
    if ended.code() != Some(0) {
        assert_eq!(ended.code(), Some(130), "{ended:?}");
        folder.run("check found/parts_so_far.ansatz").ended(0);
    }
}

/// A command that waits for a text on its standard input, which never comes.
#[test]
fn signals_end_a_command_with_their_exit_code() {
    for (signals, code) in [(&["-INT"][..], 130), (&["-TERM"], 143), (&["-INT", "-INT"], 130)] {
        let folder = Folder::with("");
        let mut child = folder.command(["fmt", "-"]).stdin(Stdio::piped()).spawn().unwrap();
        // Long enough for the handlers to be there; a child that is slower ends by the signal itself.
        std::thread::sleep(Duration::from_secs(2));
        for signal in signals {
            let _ = Command::new("kill").args([*signal, &child.id().to_string()]).status();
        }
        // `wait` would close the standard input first.
        let input = child.stdin.take();
        let ended = child.wait().unwrap();
        drop(input);
        assert!(ended.code() == Some(code) || ended.signal() == Some(code - 128), "{signals:?}: {ended:?}");
    }
}

/// Blocks of 512 bytes: the limit is below the size of the draws, and no signal ends the program.
#[test]
fn a_limit_on_the_size_of_files_is_a_full_disk() {
    let folder = Folder::with(CLAIMS);
    folder.write("d.npz", "the old draws");
    let before = folder.names();
    let ran = finish(in_shell(&folder, "ulimit -f 1", "run a.ansatz --draws d.npz")).ended(2);
    assert!(ran.stderr.contains("[A9004]") && ran.stderr.contains("d.npz"), "{ran:?}");
    assert_eq!((folder.read("d.npz").as_slice(), folder.names()), (b"the old draws".as_slice(), before));
}

#[test]
fn an_environment_without_a_home_is_enough() {
    let folder = Folder::with(CLAIMS);
    let mut command = folder.command(["run", "a.ansatz", "--n", "40"]);
    command.env_clear().env("ANSATZ_ENGINE", "reference");
    finish(command).ended(0);
}

#[test]
fn two_commands_in_one_folder_do_not_disturb_each_other() {
    let folder = Folder::with(CLAIMS);
    let whole = folder.run("run a.ansatz --draws d.npz").ended(0);
    let expected = folder.read("d.npz");
    let start = || folder.command(["run", "a.ansatz", "--draws", "d.npz"]);
    let other = std::thread::scope(|scope| {
        let one = scope.spawn(|| finish(start()));
        let two = finish(start());
        [one.join().unwrap(), two]
    });
    for ran in other {
        assert_eq!(ran.ended(0).stdout, whole.stdout);
    }
    assert_eq!(folder.read("d.npz"), expected);
}
