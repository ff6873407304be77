//! Hypothesis files.

use super::program::{CLAIMS, Folder, HEAD};
use super::{refused, refused_by_all};

const DEPTH: usize = 100_000;

fn refuse(text: impl AsRef<[u8]>, code: &str) {
    let folder = Folder::with(CLAIMS);
    folder.write("x.ansatz", text);
    refused_by_all(&folder, "x.ansatz", code);
}

#[test]
fn missing() {
    let folder = Folder::with(CLAIMS);
    refused_by_all(&folder, "none.ansatz", "A9001");
    refused_by_all(&folder, ".", "A9002");
    refused_by_all(&folder, "a.ansatz/b", "A9002");
}

#[cfg(target_os = "linux")]
#[test]
fn a_device() {
    refused_by_all(&Folder::with(CLAIMS), "/dev/zero", "A9002");
}

#[test]
fn empty() {
    refuse("", "A0006");
    refuse(" \n\t\n", "A0006");
    refuse("// nothing but words\n", "A0006");
}

#[test]
fn not_text() {
    refuse([0x66, 0x65, 0xff, 0xfe], "A0001");
    refuse("f\0e\0a\0t\0", "A0003");
    let folder = Folder::with(CLAIMS);
    refused_by_all(&folder, "micro.npz", "A0001");
}

#[test]
fn ten_megabytes_on_one_line() {
    refuse("a".repeat(10 << 20), "A9003");
    refuse("a".repeat(2 << 20), "A0004");
    refuse(format!("{HEAD}feature f : int = {}", "1 + ".repeat(250_000)), "A0005");
}

#[test]
fn nested_deeply() {
    let nested = |open: &str, middle: &str, close: &str| {
        format!("{HEAD}feature f : int = {}{middle}{}\n", open.repeat(DEPTH), close.repeat(DEPTH))
    };
    for (open, middle, close) in [
        ("(", "1", ")"),
        ("(", "", ""),
        ("sum(", "step", ")"),
        ("-", "1", ""),
        ("not ", "true", ""),
        ("1 + ", "1", ""),
        ("1 - ", "1", ""),
        ("true and ", "true", ""),
        ("1 < ", "1", ""),
        ("if ", "true", ""),
        ("(-", "1", ")"),
    ] {
        refuse(nested(open, middle, close), "A0005");
    }
    refuse(format!("{HEAD}feature f : int = tokens{}1", "[".repeat(DEPTH)), "A0005");
    refuse(format!("hypothesis h explains loss {}", "{".repeat(DEPTH)), "A0005");
    refuse(format!("hypothesis h explains loss {}{}", "{".repeat(DEPTH), "}".repeat(DEPTH)), "A0005");
    refuse("([{".repeat(DEPTH), "A0005");
}

#[test]
fn features_that_read_features() {
    let chain: String = (0..3_000).map(|at| format!("feature f{} : int = f{at}\n", at + 1)).collect();
    refuse(format!("{HEAD}feature f0 : int = sum(step)\n{chain}"), "A2011");
    refuse(format!("{HEAD}feature f : int = g\nfeature g : int = f\n"), "A2009");
}

#[test]
fn more_mistakes_than_anyone_reads() {
    let arrows = " a -> loss\n".repeat(20_000);
    refuse(format!("{HEAD}hypothesis h explains loss {{\n{arrows}}}\n"), "A1001");
    refuse("}\n".repeat(200_000), "A0012");
    refuse("feature\n".repeat(20_000), "A0010");
}

#[test]
fn families_without_end() {
    let with = |ranges: &str| HEAD.replace("l in 0..2, h in 0..2", ranges);
    refuse(with("l in 0..100000, h in 0..100000"), "A3024");
    refuse(with("l in 0..9223372036854775807, h in 0..2"), "A3024");
    refuse(with("l in -9223372036854775807..9223372036854775807, h in 0..2"), "A3024");
    refuse(with("l in 0..99999999999999999999, h in 0..2"), "A0023");
}

#[test]
fn a_word_twice() {
    refuse(HEAD.replace("\"[end]\"", "\"[pad]\""), "A2014");
    refuse(HEAD.replace("\"[pad]\"", &"\"x\" ".repeat(50_000)), "A2014");
}

#[test]
fn a_hypothesis_that_unfolds_without_end() {
    let layers = r"
hypothesis h explains loss {
    node a = heads(1, 0)  computes opens_both
    node b = heads(1, 1)  computes opens_both

    a -> loss
    b -> loss

    for k in 0..4 {
        node c(k) = heads(0, 0)[d_head: k]  computes opens_both
        node d(k) = heads(0, 1)[d_head: k]  computes opens_both

        c(k) -> a
        c(k) -> b
        d(k) -> a
        d(k) -> b
    }
    for i in 0..8 {
        node y(i) = tokens[pos: i]  computes opens_both
    }
    for i in 0..8, j in 0..8 {
        node x(i, j) = embed[pos: i, d: j]  computes opens_both

        y(i) -> x(i, j)
        x(i, j) -> a
        x(i, j) -> b
        for k in 0..4 {
            x(i, j) -> c(k)
            x(i, j) -> d(k)
        }
    }
}
";
    let feature = "\nfeature opens_both : bool[pos] = tokens == \"(\" or tokens == \")\"\n";
    let folder = Folder::with(&format!("{feature}{layers}"));
    refused(&folder, "plan a.ansatz", "A5002");
    refused(&folder, "run a.ansatz --draws d.npz --per-example p.npz", "A5002");
}
