//! Sizes of hypotheses: counted by hand, and the same for what means the same.

#[path = "support/checking.rs"]
mod checking;

use ansatz::hypothesis::Checked;
use ansatz::run::{Claim, Size};
use checking::{bound, carried_out};
use std::path::Path;

/// Texts stand behind the model of the fixtures. `few` has 8 rows: on 4 of them the counts are equal,
/// on 5 a bracket opens first.
fn folder() -> &'static Path {
    Path::new("tests/fixtures")
}

fn sizes(text: &str) -> Vec<Size> {
    let done = carried_out(&format!("use \"micro.ansatz\"\n{text}"), folder(), 8, 0);
    done.into_iter().map(|done| done.size).collect()
}

/// The size of a hypothesis of these statements, with items around it.
fn of(items: &str, statements: &str) -> Size {
    sizes(&format!("{items}\nhypothesis h explains loss on few {{\n{statements}\n}}\n")).remove(0)
}

fn symbols(items: &str, statements: &str) -> usize {
    let text = format!("use \"micro.ansatz\"\n{items}\nhypothesis h explains loss on few {{\n{statements}\n}}\n");
    let (found, checked): (_, Checked) = bound("t.ansatz", &text, folder());
    let errors: Vec<&str> = found.codes().into_iter().filter(|code| *code != "A4103" && *code != "A7001").collect();
    assert_eq!(errors, [""; 0], "{:?}", found.findings);
    checked.hypotheses.iter().find(|ready| ready.stated.claims.name == "h").expect("it is complete").symbols
}

fn close(found: f64, wanted: f64) {
    assert!((found - wanted).abs() < 1e-9, "{found} is not {wanted}");
}

fn bits(size: &Size, claim: Claim) -> f64 {
    size.kept.iter().find(|(other, _)| *other == claim).expect("it is a claim").1
}

/// The entropy of a share and its rest.
fn two(share: f64) -> f64 {
    -share * share.log2() - (1.0 - share) * (1.0 - share).log2()
}

const COUNT: &str = "node a = heads(1, 0) computes equal_count\n a -> loss";

#[test]
fn parts_are_counted() {
    let size = of("", COUNT);
    assert_eq!((size.nodes, size.arrows, size.components, size.sites), (1, 1, 1, 0));
    // The tokens, the embedding, four heads, two MLPs.
    assert_eq!(size.of_components, 8);
    let size = of(
        "",
        "node a = heads(1, 0) + heads(1, 1) computes equal_count
         node b = embed[pos: 1] computes any
         node c = embed[pos: 2] computes any
         a -> loss
         b ~> a
         c ~> a except via mlp(0)",
    );
    assert_eq!((size.nodes, size.arrows, size.components, size.sites), (3, 3, 3, 0));
    let size = of("", "node a = resid(1) computes equal_count\n a -> loss");
    assert_eq!((size.nodes, size.arrows, size.components, size.sites), (1, 1, 0, 1));
}

#[test]
fn bits_are_those_of_the_classes_on_the_data() {
    let size = of("", COUNT);
    close(size.datum, 3.0);
    close(bits(&size, Claim::Arrow(0)), 1.0);
    close(size.bits(), 1.0);
    // One arrow and what is unclaimed of the loss, of 3 bits each.
    close(size.share(), 1.0 / 6.0);
    let first = "feature first : bool = tokens[1] == \"(\"";
    let size =
        of(first, "node a = heads(1, 0) computes first\n a -> loss\n node b = mlp(1) computes exact\n b -> loss");
    close(size.bits(), two(5.0 / 8.0) + 3.0);
    close(size.share(), (two(5.0 / 8.0) + 3.0) / 9.0);
    for (statements, wanted) in [
        ("", 0.0),
        ("unclaimed exact", 3.0),
        ("unclaimed apart", 0.0),
        ("unclaimed zero", 0.0),
        ("unclaimed mean", 0.0),
        ("unclaimed mean over equal_count", 1.0),
        ("node a = heads(1, 0) computes any\n a -> loss", 0.0),
        ("node a = heads(1, 0) computes mean\n a -> loss", 0.0),
        ("node a = heads(1, 0) computes mean over equal_count\n a -> loss", 1.0),
        ("draw c\n unclaimed c", 0.0),
        // Opened: its own class, that of its arrow, and what is unclaimed of it.
        ("node a = heads(1, 0) computes equal_count\n node b = mlp(0) computes equal_count\n a -> loss\n b -> a", 2.0),
        (
            "node a = heads(1, 0) computes equal_count\n node b = mlp(0) computes any\n unclaimed exact for a\n a -> loss\n b -> a",
            4.0,
        ),
        ("node a = estimate(0.5 * self) of heads(1, 0)[pos: 0] rest exact computes any\n a -> loss", 3.0),
        (
            "node a = estimate(0.5 * self) of heads(1, 0)[pos: 0] rest computes equal_count computes any\n a -> loss",
            1.0,
        ),
    ] {
        let size = of("", statements);
        assert!((size.bits() - wanted).abs() < 1e-9, "{} is not {wanted}: {statements}", size.bits());
        assert!((0.0..=1.0).contains(&size.share()), "{statements}");
    }
}

#[test]
fn a_claim_by_position_keeps_the_mean_of_what_its_positions_keep() {
    let open = |count: f64| two(count / 8.0);
    // By position the rows of `few` on which a bracket opens: 0 5 4 4 2 3 2 0.
    let all = [0.0, open(5.0), 1.0, 1.0, open(2.0), open(3.0), open(2.0), 0.0];
    let size = of("", "node a = heads(1, 0) computes any\n node b = embed computes is_open\n a -> loss\n b ~> a");
    close(bits(&size, Claim::Arrow(1)), all.iter().sum::<f64>() / 8.0);
    // Only what is read counts.
    let size =
        of("", "node a = heads(1, 0) computes any\n node b = embed computes is_open\n a -> loss\n b[pos: 1..4] ~> a");
    close(bits(&size, Claim::Arrow(1)), all[1..4].iter().sum::<f64>() / 3.0);
}

#[test]
fn a_finer_class_keeps_more() {
    let items = "feature first : bool = tokens[1] == \"(\"\nfeature both : bool = equal_count and first";
    let of = |feature: &str| {
        let claim = format!("node a = heads(1, 0) computes {feature}\n a -> loss");
        sizes(&format!("{items}\nhypothesis h explains loss on strings {{\n{claim}\n}}\n")).remove(0).bits()
    };
    let finer = of("(equal_count, first)");
    assert!(finer > of("equal_count") && finer > of("first") && finer > of("both"), "{finer}");
    assert!(finer <= of("equal_count") + of("first") + 1e-9, "no more than both apart");
}

#[test]
fn a_paired_draw_keeps_what_its_partner_tells() {
    let text = "
data corrupted for micro = jsonl(\"corrupted.jsonl\") {
    tokens
    id : int
}
data origins for micro = jsonl(\"origins.jsonl\") {
    tokens
    id    : int
    label : category
}
hypothesis h explains loss on origins {
    draw c from corrupted paired by id
    unclaimed c
}
";
    let size = sizes(text).remove(0);
    assert_eq!(size.kept.len(), 1);
    close(size.bits(), size.datum);
}

#[test]
fn symbols_are_counted_by_hand() {
    assert_eq!(symbols("", ""), 0);
    assert_eq!(symbols("", "unclaimed any"), 0);
    assert_eq!(symbols("", "unclaimed exact"), 1);
    // a heads any, a -> loss
    assert_eq!(symbols("", "node a = heads(1, 0) computes any\n a -> loss"), 6);
    // tokens "(" == 1 ")" == - 0 if if sum ==, and 6 as above
    assert_eq!(symbols("", COUNT), 18);
    // The same once more: a node and an arrow.
    assert_eq!(symbols("", &format!("{COUNT}\n node b = heads(1, 1) computes equal_count\n b -> loss")), 24);
    // a heads any, b embed pos 1 any, a -> loss, b ~> a q k mlp
    let ports = "node a = heads(1, 0) computes any\n node b = embed[pos: 1] computes any\n a -> loss\n b ~> a.{q, k} except via mlp(0)";
    assert_eq!(symbols("", ports), 3 + 5 + 3 + 6);
    // a heads any, b embed any, a -> loss, b -> a v == key - query 1
    let terms =
        "node a = heads(0, 0) computes any\n node b = embed computes any\n a -> loss\n b -> a.v where key == query - 1";
    assert_eq!(symbols("", terms), 3 + 3 + 3 + 4 + 5);
    // exact, any a, c, c a q
    let schemes = "draw c\n unclaimed exact\n unclaimed any for a\n unclaimed c for a.q\n node a = heads(1, 0) computes any\n node b = embed computes any\n a -> loss\n b ~> a";
    assert_eq!(symbols("", schemes), 3 + 3 + 3 + 3 + 1 + 1 + 2 + 3);
}

#[test]
fn tables_are_as_long_as_their_numbers() {
    let table = |name: &str| format!("table {name} = npz(\"tables.npz\", \"uniform\") : real[length = 9, pos]\n");
    let says = |table: &str| {
        format!("feature heavy : bool = sum(if tokens == \"(\" then {table}[length: 1] else 0.0) > 0.5\n")
    };
    let claim = "node a = heads(1, 0) computes heavy\n a -> loss";
    // 9 · 8 numbers; 1, the index, tokens, "(", ==, 0.0, if, sum, 0.5, >
    assert_eq!(symbols(&format!("{}{}", table("w"), says("w")), claim), 6 + 72 + 10);
    assert_eq!(symbols(&format!("{}{}", table("other"), says("other")), claim), 6 + 72 + 10);
}

/// A claim in many words.
#[test]
fn what_means_the_same_has_the_same_size() {
    let size = of("", COUNT);
    let same = [
        // Names.
        ("", "node another_name = heads(1, 0) computes equal_count\n another_name -> loss"),
        ("feature renamed : bool = equal_count", "node a = heads(1, 0) computes renamed\n a -> loss"),
        // Layout and comments.
        (
            "",
            "/// A note.\n node   a   =   heads( 1 , 0 )   computes   equal_count // why\n\n\n a   ->   loss\n // more",
        ),
        // Written out, with more parentheses than it takes.
        (
            "",
            "node a = heads(1, 0) computes (sum((if tokens == \"(\" then 1 else (if (tokens == \")\") then -1 else 0))) == 0)\n a -> loss",
        ),
        // By a function, a constant, a family.
        ("feature same(x) = sum(x) == 0", "node a = heads(1, 0) computes same(step)\n a -> loss"),
        ("constant one = 1", "node a = heads(one, one - 1) computes equal_count\n a -> loss"),
        ("", "for h in 0..1 {\n node a(h) = heads(1, h) computes equal_count\n a(h) -> loss\n }"),
        // A default in words.
        ("", "unclaimed any\n node a = heads(1, 0) computes equal_count\n a -> loss"),
    ];
    for (items, statements) in same {
        let other = of(items, statements);
        assert_eq!(other, size, "{items}\n{statements}");
    }
    let refined = "hypothesis base2 explains loss on few {\n node a = heads(1, 0) computes equal_count\n}\nhypothesis h refines base2 {\n a -> loss\n}\n";
    let (found, checked) = bound("t.ansatz", &format!("use \"micro.ansatz\"\n{refined}"), folder());
    let of_h = checked.hypotheses.iter().find(|ready| ready.stated.claims.name == "h");
    assert_eq!(of_h.map(|ready| ready.symbols), Some(size.symbols), "{:?}", found.findings);
}
