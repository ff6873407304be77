//! `ansatz check --fix`: what it changes, what it shows, and which files it leaves alone.

use super::program::{CLAIMS, Folder, HEAD};

/// A slip, a missing comma and a claim that points backwards.
const WRONG: &str = "behavoiur other = mean(logits, class)\nfeature both : bool = any(opens and (opens))\n\
                     hypothesis one explains loss {\n    node late = heads(1 0)  computes equal_count // kept\n    late -> loss\n}\n";

fn text(folder: &Folder, name: &str) -> String {
    String::from_utf8(folder.read(name)).unwrap()
}

#[test]
fn safe_fixes_are_written_and_told_of() {
    let folder = Folder::with(WRONG);
    folder.run("check a.ansatz").ended(2);
    let ran = folder.run("check a.ansatz --fix").ended(0);
    assert_eq!(ran.stderr, "2 fixed, 0 left\n");
    let mended = WRONG.replace("behavoiur", "behaviour").replace("1 0", "1, 0");
    assert_eq!(text(&folder, "a.ansatz"), format!("{HEAD}{mended}"));
    let again = folder.run("check a.ansatz --fix").ended(0);
    assert_eq!(again.stderr, "0 fixed, 0 left\n");
    assert!(folder.names().iter().all(|name| !name.starts_with(".tmp")), "{:?}", folder.names());
}

#[test]
fn a_difference_is_shown_and_nothing_is_written() {
    let folder = Folder::with(WRONG);
    let before = text(&folder, "a.ansatz");
    let ran = folder.run("check a.ansatz --fix --diff").ended(1);
    assert!(ran.stdout.starts_with("--- a/a.ansatz\n+++ b/a.ansatz\n"), "{ran:?}");
    assert!(ran.stdout.contains("-behavoiur other") && ran.stdout.contains("+behaviour other"), "{ran:?}");
    assert!(ran.stdout.contains("+    node late = heads(1, 0)  computes equal_count // kept"), "{ran:?}");
    assert_eq!(ran.stderr, "2 would be fixed, 0 left\n");
    assert_eq!(text(&folder, "a.ansatz"), before);
    assert_eq!(folder.run("check a.ansatz --diff").ended(1).stdout, ran.stdout, "`--diff` alone is enough");
    folder.write("a.ansatz", format!("{HEAD}{CLAIMS}"));
    assert_eq!(folder.run("check a.ansatz --fix --diff").ended(0).stdout, "");
}

#[test]
fn unsafe_fixes_are_counted_and_made_where_they_are_asked_for() {
    let folder = Folder::with(
        "hypothesis one explains loss {\n    node late = heads(1, 0)  computes any\n    late -> lossy\n}\nfeature f : bool = equal_count == ones\nfeature ones1 : bool = true\nfeature ones2 : bool = true\n",
    );
    let ran = folder.run("check a.ansatz --fix").ended(2);
    assert!(ran.stderr.ends_with("1 fixed, 1 left, 1 more with --unsafe-fixes\n"), "{ran:?}");
    assert!(text(&folder, "a.ansatz").contains("late -> loss\n"));
    let ran = folder.run("check a.ansatz --fix --unsafe-fixes").ended(0);
    assert!(ran.stderr.ends_with("1 fixed, 0 left\n"), "{ran:?}");
    assert!(text(&folder, "a.ansatz").contains("equal_count == ones1"));
    // Alone it would do nothing.
    let ran = folder.run("check a.ansatz --unsafe-fixes").ended(2);
    assert!(ran.stderr.contains("--fix"), "{ran:?}");
}

#[test]
fn used_files_of_the_folder_are_mended_and_others_are_not() {
    let folder = Folder::with("");
    std::fs::create_dir(folder.path("sub")).unwrap();
    std::fs::create_dir(folder.path("top")).unwrap();
    folder.write("sub/near.ansatz", "featur near : bool = true\n");
    folder.write("far.ansatz", "featur far : bool = true\n");
    folder.write(
        "top/main.ansatz",
        "use \"../far.ansatz\"\nuse \"near.ansatz\"\nuse std.features\nfeatur own : bool = true\n",
    );
    folder.write("top/near.ansatz", "featur near : bool = true\n");
    let ran = folder.run("check top/main.ansatz --fix").ended(2);
    assert!(ran.stderr.contains("A0013"), "{ran:?}");
    assert!(text(&folder, "top/main.ansatz").contains("feature own : bool ="));
    assert_eq!(text(&folder, "top/near.ansatz"), "feature near : bool = true\n");
    assert_eq!(text(&folder, "far.ansatz"), "featur far : bool = true\n");
    assert_eq!(text(&folder, "sub/near.ansatz"), "featur near : bool = true\n");
}

#[test]
fn marks_ends_of_lines_and_links_stay() {
    let folder = Folder::with("");
    let loose = "\u{feff}featur a : bool = true\r\nfeature b : bool = a\r\n";
    folder.write("real.ansatz", loose);
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("real.ansatz", folder.path("link.ansatz")).unwrap();
        folder.run("check link.ansatz --fix").ended(0);
        assert!(std::fs::symlink_metadata(folder.path("link.ansatz")).unwrap().is_symlink());
    }
    #[cfg(not(unix))]
    folder.run("check real.ansatz --fix").ended(0);
    assert_eq!(text(&folder, "real.ansatz"), loose.replace("featur ", "feature "));
}

#[cfg(unix)]
#[test]
fn a_file_that_may_only_be_read_is_left_with_a_code() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::with(WRONG);
    let before = text(&folder, "a.ansatz");
    std::fs::set_permissions(folder.path("a.ansatz"), std::fs::Permissions::from_mode(0o444)).unwrap();
    let ran = folder.run("check a.ansatz --fix").ended(2);
    assert!(ran.stderr.contains("A9004"), "{ran:?}");
    assert_eq!(text(&folder, "a.ansatz"), before);
}

#[test]
fn several_files_share_what_they_use() {
    let folder = Folder::with("");
    folder.write("base.ansatz", "featur base : bool = true\n");
    for name in ["one", "two"] {
        folder.write(&format!("{name}.ansatz"), format!("use \"base.ansatz\"\nfeatur {name} : bool = base\n"));
    }
    let ran = folder.run("check one.ansatz two.ansatz --fix --diff").ended(1);
    assert_eq!(ran.stdout.matches("+feature base : bool = true").count(), 1, "{ran:?}");
    let ran = folder.run("check one.ansatz two.ansatz --fix").ended(0);
    assert_eq!(ran.stderr, "3 fixed, 0 left\n");
}
