//! From several files with families, functions and refinements to one plain file.

use ansatz::diagnostics::messages::files as messages;
use ansatz::diagnostics::{Diagnostic, Place, Style, concise, terminal};
use ansatz::elaborate::{LIBRARY, Outside, Read, elaborate};
use ansatz::source::{SourceFile, Sources};
use ansatz::syntax::ast::{Computes, Expr, ExprKind, File, Hypothesis};
use ansatz::syntax::{ast, parse};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

/// Files by path, and how often each was read.
#[derive(Default)]
struct Memory {
    files: BTreeMap<PathBuf, &'static str>,
    modules: Vec<String>,
    reads: RefCell<BTreeMap<PathBuf, usize>>,
}

/// `a/../b` is `b`.
fn plain(path: &Path) -> PathBuf {
    let mut found = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(found.pop()),
            part => found.push(part),
        }
    }
    found
}

impl Outside for Memory {
    fn read(&self, path: &Path) -> Result<Read, Box<Diagnostic>> {
        let path = plain(path);
        *self.reads.borrow_mut().entry(path.clone()).or_default() += 1;
        let name = path.display().to_string();
        match self.files.get(&path) {
            Some(text) => Ok(Read { identity: name.clone(), name, bytes: text.as_bytes().to_vec() }),
            None => Err(Box::new(messages::missing(&name, None))),
        }
    }

    fn main_identity(&self) -> String {
        "main.ansatz".to_owned()
    }

    fn modules(&self, _: &ast::Model) -> Option<Vec<String>> {
        Some(self.modules.clone())
    }

    fn inputs(&self, _: &ast::Model) -> Option<Vec<String>> {
        None
    }
}

struct Found {
    file: File,
    findings: Vec<Diagnostic>,
    sources: Sources,
}

impl Found {
    fn lines(&self) -> Vec<String> {
        self.findings.iter().map(|finding| concise(finding, &self.sources)).collect()
    }

    fn hypothesis(&self, name: &str) -> &Hypothesis {
        let names = || self.names();
        let found = self.file.hypotheses.iter().find(|item| item.name.name.text == name);
        found.unwrap_or_else(|| unreachable!("no `{name}` among {:?}", names()))
    }

    fn names(&self) -> Vec<&str> {
        self.file.hypotheses.iter().map(|item| item.name.name.text.as_str()).collect()
    }

    fn feature(&self, name: &str) -> String {
        let found = self.file.features.iter().find(|item| item.name.text == name);
        shown(&found.unwrap_or_else(|| unreachable!("no `{name}`")).expr)
    }
}

fn run(text: &str, outside: &Memory, settings: &[(String, i64)]) -> Found {
    let mut sources = Sources::new();
    let main = sources.add(SourceFile::new("main.ansatz", text));
    let parsed = parse(main, text);
    let mut findings = parsed.diagnostics.clone();
    let file = elaborate(main, &parsed.file, settings, outside, &mut sources, &mut findings);
    Found { file, findings, sources }
}

/// Without files and findings.
fn well(text: &str) -> Found {
    let found = run(text, &Memory::default(), &[]);
    assert_eq!(found.lines(), Vec::<String>::new());
    found
}

/// An expression with all its parentheses.
fn shown(expr: &Expr) -> String {
    match &expr.kind {
        ExprKind::Int(value) => value.to_string(),
        ExprKind::Name(name) => name.clone(),
        ExprKind::Text(text) => format!("{text:?}"),
        ExprKind::Call { function, arguments } => {
            format!("{}({})", function.text, arguments.iter().map(shown).collect::<Vec<_>>().join(", "))
        }
        ExprKind::Arithmetic { operator, left, right } => format!("({} {operator:?} {})", shown(left), shown(right)),
        ExprKind::Index { base, part, .. } => match part.as_ref() {
            ast::Part::One(index) => format!("{}[{}]", shown(base), shown(index)),
            ast::Part::Many(range) => format!("{}[{}..{}]", shown(base), shown(&range.start), shown(&range.end)),
        },
        other => format!("{other:?}"),
    }
}

fn nodes(item: &Hypothesis) -> Vec<&str> {
    item.body.nodes.iter().map(|node| node.name.name.text.as_str()).collect()
}

fn arrows(item: &Hypothesis) -> Vec<String> {
    let ends = |arrow: &ast::Arrow| format!("{} {}", arrow.from.node.name.text, arrow.to.node.name.text);
    item.body.arrows.iter().map(ends).collect()
}

fn files(files: &[(&str, &'static str)]) -> Memory {
    Memory { files: files.iter().map(|(path, text)| (PathBuf::from(path), *text)).collect(), ..Memory::default() }
}

#[test]
fn files_are_read_once_and_paths_lead_from_their_own_folder() {
    let memory = files(&[
        ("common/base.ansatz", "use \"../other.ansatz\"\nmodel m = onnx(\"m.onnx\") {\n    dim a\n}\n"),
        (
            "other.ansatz",
            "use \"common/base.ansatz\"\nuse \"main.ansatz\"\ndata d for m = npz(\"d.npz\") {\n    x\n}\n",
        ),
        ("main.ansatz", "feature twice = 1\n"),
    ]);
    let text = "use \"common/base.ansatz\"\nuse \"other.ansatz\"\nuse \"common/../common/base.ansatz\"\n";
    let found = run(text, &memory, &[]);
    assert_eq!(found.lines(), [""; 0]);
    let path = |text: &ast::Text| plain(Path::new(&text.value));
    assert_eq!(found.file.models.iter().map(|item| path(&item.path)).collect::<Vec<_>>(), [Path::new("common/m.onnx")]);
    assert_eq!(found.file.data.iter().map(|item| path(&item.path)).collect::<Vec<_>>(), [Path::new("d.npz")]);
    assert!(found.file.uses.is_empty());
}

#[test]
fn findings_point_into_the_file_that_has_them() {
    let memory = files(&[("a.ansatz", "feature f = \n"), ("b.ansatz", "use \"c.ansatz\"\nconstant k = 1 + k\n")]);
    let found = run("use \"a.ansatz\"\nuse \"b.ansatz\"\nconstant k = 2\n", &memory, &[]);
    let lines = found.lines();
    assert!(lines.iter().any(|line| line.starts_with("a.ansatz:1:")), "{lines:#?}");
    assert!(lines.iter().any(|line| line.starts_with("b.ansatz:1:5: error[A9001]")), "{lines:#?}");
    let twice = found.findings.iter().find(|finding| finding.code.id == "A1002").expect("two constants of one name");
    let places: Vec<&str> = std::iter::once(&twice.primary)
        .chain(&twice.secondary)
        .filter_map(|label| match label.place {
            Place::Source(span) => Some(found.sources.get(span.file)?.name.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(places, ["main.ansatz", "b.ansatz"]);
}

#[test]
fn used_hypotheses_can_be_refined_and_are_not_run() {
    let memory = files(&[(
        "a.ansatz",
        "hypothesis one explains loss of m on d {\n    node a = x computes any\n}\nhypothesis two explains loss {\n}\n\
         expect one {\n    scrubbed(loss) > 0\n}\n",
    )]);
    let text = "use \"a.ansatz\"\nhypothesis three refines one {\n    node b = y computes any\n}\n\
                expect three {\n    recovered(loss, baseline = two) > 0\n}\n";
    let found = run(text, &memory, &[]);
    assert_eq!(found.lines(), [""; 0]);
    assert_eq!(found.names(), ["two", "three"]);
    let three = found.hypothesis("three");
    assert_eq!(nodes(three), ["a", "b"]);
    let name = |name: &Option<ast::Ident>| name.as_ref().map(|name| name.text.clone());
    assert_eq!((name(&three.model), name(&three.data)), (Some("m".to_owned()), Some("d".to_owned())));
    assert_eq!((three.behaviour.text.as_str(), found.file.expects.len()), ("loss", 1));
}

#[test]
fn constants_are_numbers_that_the_command_line_can_set() {
    let text = "constant a = b * 2 + 1\nconstant b = -7 / 2\nfeature f = x[a..b] + a % 5\n";
    assert_eq!(well(text).feature("f"), "(x[-7..-4] Add (-7 Remainder 5))");
    let set = run(text, &Memory::default(), &[("b".to_owned(), 3)]);
    assert_eq!(set.feature("f"), "(x[7..3] Add (7 Remainder 5))");
    let unknown = run(text, &Memory::default(), &[("c".to_owned(), 3)]);
    assert_eq!(unknown.findings.iter().map(|finding| finding.code.id).collect::<Vec<_>>(), ["A9201"]);
}

#[test]
fn calls_are_expanded_with_the_names_of_the_definition() {
    let found = well(
        "feature pair(x, y) = both(y, x) + k\nfeature both(x, y) = sum(x, y) - x[i]\nconstant k = 3\nfeature f = pair(i, y)\n",
    );
    assert_eq!(found.feature("f"), "((sum(y, i) Subtract y[i]) Add 3)");
    assert_eq!(found.file.features.len(), 1, "functions are gone");
}

#[test]
fn a_behaviour_takes_type_and_mask_of_the_one_it_calls() {
    let found = well("behaviour each(x) : real[pos] where m == x = f(x)\nbehaviour loss = each(3)\n");
    let [loss] = found.file.behaviours.as_slice() else { panic!("functions are gone") };
    assert_eq!(loss.ty.as_ref().map(|ty| ty.dims.len()), Some(1));
    assert!(
        matches!(&loss.mask.as_ref().expect("a mask").kind, ExprKind::Compare { right, .. } if shown(right) == "3")
    );
}

#[test]
fn expansions_are_bounded() {
    let mut text = String::from("feature f0(x) = x + x\n");
    for at in 1..40 {
        text.push_str(&format!("feature f{at}(x) = f{0}(x) + f{0}(x)\n", at - 1));
    }
    for call in ["f28", "f39"] {
        let found = run(&format!("{text}feature g = {call}(1)\n"), &Memory::default(), &[]);
        assert!(found.findings.iter().any(|finding| finding.code.id == "A1104"), "{call}: {:?}", found.lines());
    }
}

#[test]
fn what_is_wrong_in_a_function_says_where_it_is_called() {
    let text = "feature inner(x) = outer_constant(x)\nfeature f = inner(1)\nfeature outer_constant(x, y) = x\n";
    let found = run(text, &Memory::default(), &[]);
    assert_eq!(
        found.lines(),
        ["main.ansatz:1:20: error[A1103]: `outer_constant(x, y)` is called with another number of arguments"]
    );
    let drawn = terminal(&found.findings[0], &found.sources, Style { colour: false, unicode: false });
    assert!(drawn.contains("called here") && drawn.contains("feature f = inner(1)"), "{drawn}");
}

#[test]
fn families_are_unrolled_in_order() {
    let found = well(
        "constant n = 2\nfor l in 0..n {\n    for h in l..n, g in 0..1 {\n    hypothesis p(l, h) explains loss {\n        \
         for i in 1..3 {\n            node a(i, h) = heads(l, h)[pos: i + l] computes x[i]\n            a(i, h) -> loss\n            \
         a(i - 1, h) -> a(i, h)\n        }\n    }\n    }\n}\n",
    );
    assert_eq!(found.names(), ["p(0, 0)", "p(0, 1)", "p(1, 1)"]);
    let last = found.hypothesis("p(1, 1)");
    assert_eq!(nodes(last), ["a(1, 1)", "a(2, 1)"]);
    assert_eq!(arrows(last), ["a(1, 1) loss", "a(0, 1) a(1, 1)", "a(2, 1) loss", "a(1, 1) a(2, 1)"]);
    assert!(matches!(&last.body.nodes[1].computes, Computes::Feature(expr) if shown(expr) == "x[2]"));
}

const BASE: &str = "hypothesis base explains loss {\n    node a = x computes f\n    node b = y computes g from other\n    \
                    node c = z computes any\n    a -> b\n    b.k -> c\n    a ~> c.{q, k}\n    c -> loss\n    \
                    unclaimed any for c.{q, k}\n    unclaimed exact\n    draw d from e\n    pool 3\n}\n";

#[test]
fn refinements_change_what_they_name() {
    let base = BASE.replace("    b.k -> c\n", "    b -> c\n");
    let found = well(&format!(
        "{base}hypothesis finer refines base {{\n    drop a ~> c.{{k, q}}\n    drop node b\n    override node c = w computes h\n    \
         node n = v computes any\n    n -> c\n    unclaimed zero for c.k\n    unclaimed d\n    draw d\n    pool 4\n    swap a, n\n}}\n"
    ));
    let finer = found.hypothesis("finer");
    assert_eq!(nodes(finer), ["a", "c", "n"]);
    assert_eq!(arrows(finer), ["c loss", "n c"]);
    assert!(matches!(finer.body.nodes[0].computes, Computes::Any(_)));
    assert!(matches!(&finer.body.nodes[2].computes, Computes::Feature(expr) if shown(expr) == "f"));
    let targets: Vec<String> = finer
        .body
        .unclaimed
        .iter()
        .map(|unclaimed| match &unclaimed.target {
            Some((node, ports)) => {
                format!("{}.{}", node.name.text, ports.iter().map(|port| port.text.as_str()).collect::<String>())
            }
            None => "all".to_owned(),
        })
        .collect();
    assert_eq!(targets, ["c.q", "c.k", "all"]);
    assert_eq!((finer.body.draws.len(), finer.body.draws[0].from.is_none(), finer.body.pools.len()), (1, true, 1));
    assert!(finer.refines.is_none() && finer.body.drops.is_empty() && finer.body.swaps.is_empty());
}

#[test]
fn a_refinement_of_a_refinement_stands_before_its_base() {
    let found = well(
        "hypothesis c refines b {\n    drop node y\n}\nhypothesis b refines a {\n    node y = q computes any\n}\n\
         hypothesis a explains loss {\n    node x = p computes any\n}\n",
    );
    assert_eq!(found.names(), ["c", "b", "a"]);
    assert_eq!(nodes(found.hypothesis("c")), ["x"]);
}

#[test]
fn equal_variants_are_one_hypothesis() {
    let base = BASE.replace("    b.k -> c\n", "");
    let found = well(&format!(
        "{base}expect base with {{ swap a, c }} {{\n    scrubbed(loss) > 0\n}}\n\
         expect base with {{\n    swap a,   c // as above\n}} {{\n    scrubbed(loss) < 1\n}}\n\
         for l in 0..2 {{\n    expect base with {{ override node a = heads(l)[pos: l] computes x == \"(\" }} {{\n        scrubbed(loss) < 1\n    }}\n}}\n\
         expect base with {{ }} {{\n    scrubbed(loss) < 1\n}}\n"
    ));
    let names = [
        "base",
        "base with { swap a, c }",
        "base with { override node a = heads(0)[pos: 0] computes x == \"(\" }",
        "base with { override node a = heads(1)[pos: 1] computes x == \"(\" }",
    ];
    assert_eq!(found.names(), names);
    let expected: Vec<&str> = found.file.expects.iter().map(|item| item.hypothesis.name.text.as_str()).collect();
    assert_eq!(expected, [names[1], names[1], names[0], names[2], names[3]]);
    assert!(found.file.expects.iter().all(|item| item.variant.is_none()));
}

#[test]
fn maps_are_merged_and_own_declarations_hide_theirs() {
    let memory = Memory {
        modules: ["blocks", "blocks.0", "blocks.1", "blocks.1.attn", "blocks.3"].map(str::to_owned).to_vec(),
        ..Memory::default()
    };
    let text = "map small(layers = modules(\"blocks.{}\"), base = \"blocks\", same = modules(\"{base}.{}\")) {\n    dim pos\n    input t : token[b, pos]\n    \
                component mlp(l in 0..layers) = \"{base}.{l}.mlp\" : [b, pos] at pos = layers\n}\n\
                model m = onnx(\"m.onnx\") as small {\n    dim pos = 8\n    component extra = \"x\" : [b]\n}\n\
                model n = onnx(\"n.onnx\") as small(base = \"h\", layers = 5, same = 1)\n";
    let found = run(text, &memory, &[]);
    assert_eq!(found.lines(), [""; 0]);
    let [m, n] = found.file.models.as_slice() else { panic!("two models") };
    assert_eq!(m.body.dims.iter().map(|dim| dim.size.map(|(size, _)| size)).collect::<Vec<_>>(), [Some(8)]);
    let components = |model: &ast::Model| -> Vec<String> {
        let end = |item: &ast::Component| {
            item.parameters.first().map_or(0, |found| match found.range.end.kind {
                ExprKind::Int(end) => end,
                _ => -1,
            })
        };
        model
            .body
            .components
            .iter()
            .map(|item| format!("{} {} {}", item.name.text, item.site.value, end(item)))
            .collect()
    };
    assert_eq!(components(m), ["mlp blocks.{l}.mlp 2", "extra x 0"]);
    assert_eq!(components(n), ["mlp h.{l}.mlp 5"]);
    assert!(m.map.is_none() && found.file.maps.is_empty());
}

#[test]
fn own_declarations_hide_the_library() {
    let own = well("use std.features\nfeature previous = 1\nfeature f = previous\n");
    assert_eq!(own.feature("f"), "previous");
    assert_eq!(own.file.features.len(), 2);
    let library = well("use std.features\nfeature f = previous(x, 0)\n");
    assert!(library.feature("f").starts_with("shift(x"), "{}", library.feature("f"));
    assert_eq!(library.file.features.len(), 1, "of the library only what is used is there");
    let unused = run("feature f = previous(x, 0)\n", &Memory::default(), &[]);
    assert_eq!(unused.feature("f"), "previous(x, 0)", "the library must be used to be seen");
}

#[test]
fn the_library_parses() {
    for part in LIBRARY {
        let found = run(&format!("use {}\n", part.name), &Memory::default(), &[]);
        assert_eq!(found.lines(), [""; 0], "{}", part.name);
    }
}

#[test]
fn hostile_files_end_quickly() {
    let chain: String = (0..2_000).map(|at| format!("constant c{at} = c{} + 1\n", at + 1)).collect();
    let found = run(&format!("{chain}constant c2000 = 0\nfeature f = c0\n"), &Memory::default(), &[]);
    assert_eq!(found.feature("f"), "2000");
    let chain: String = (0..2_000).map(|at| format!("hypothesis h{at} refines h{} {{\n}}\n", at + 1)).collect();
    let found = run(&format!("{chain}hypothesis h2000 explains loss {{\n}}\n"), &Memory::default(), &[]);
    assert_eq!((found.lines().len(), found.names().len()), (0, 2_001));
    let nested = format!("for i in 0..2 {{ {} }}\n", "for j in 0..9999999999 { hypothesis a(i, j) explains b { } }");
    assert_eq!(run(&nested, &Memory::default(), &[]).findings.first().map(|finding| finding.code.id), Some("A1106"));
}
