//! What stands on the page is what the report says.

use super::markup::{Tag, stands_for_itself};
use super::program::Folder;
use super::{ITEMS, folder};
use ansatz::data::Array;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;

fn report(folder: &Folder) -> Value {
    serde_json::from_slice(&folder.read("run.json")).unwrap()
}

fn text(tags: &[Tag]) -> String {
    let all: String = tags.iter().map(|tag| format!(" {}", tag.text)).collect();
    all.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_page_stands_for_itself_and_says_everything() {
    let folder = folder();
    let page = folder.run("report a.ansatz --n 60").without_fault();
    let again = folder.run("report run.json").without_fault();
    assert_eq!(page.stdout, again.stdout, "a report is read again as it was");
    assert_eq!((page.code, again.code), (Some(1), Some(1)), "an expectation is refuted");
    let tags = stands_for_itself(&page.stdout);
    let shown = text(&tags);
    let report = report(&folder);
    for found in report["hypotheses"].as_array().unwrap().iter().filter(|found| !found["graph"].is_null()) {
        assert!(shown.contains(found["name"].as_str().unwrap()), "{found}");
        let share = found["recovered"]["value"].as_f64().unwrap();
        let percent = ansatz::report::percent(share).replace('-', "−");
        assert!(shown.contains(&percent), "{percent}");
        for one in found["blame"].as_array().into_iter().flatten() {
            assert!(shown.contains(one["claim"].as_str().unwrap()), "{one}");
        }
    }
    for wanted in ["A second paragraph.", "at least 90 % was expected", "more than 0 under the hypothesis", "bits"] {
        assert!(shown.contains(wanted), "{wanted}");
    }
    for wanted in ["patch(row, column)", "blake3", "ansatz run a.ansatz", "95 % interval", "Slices of counts"] {
        assert!(page.stdout.contains(wanted), "{wanted}");
    }
    assert_eq!(tags.iter().filter(|tag| tag.name == "h1").count(), 1);
    assert_eq!(tags.iter().filter(|tag| tag.name == "svg").count(), 3, "intervals, frontier and one graph");
}

#[test]
fn graphs_have_the_places_of_the_model() {
    let report = report(&folder());
    let depth = |label: &str| {
        let all = report["maps"][0]["components"].as_array().unwrap();
        let found = all.iter().find(|component| component["label"] == label).unwrap();
        found["depth"].as_u64().unwrap()
    };
    assert!(depth("tokens") < depth("embed") && depth("embed") < depth("heads(0, 0)"));
    assert_eq!(depth("heads(0, 0)"), depth("heads(0, 1)"));
    assert_eq!(depth("heads(1, 0)"), depth("heads(0, 0)") + 1);
    let graph = &report["hypotheses"][1]["graph"];
    assert_eq!(graph["nodes"][1]["regions"], serde_json::json!(["heads(0, 0)", "heads(0, 1)"]));
    assert_eq!(graph["nodes"][0]["computes"], "equal_count");
    assert_eq!(graph["arrows"][0]["to"], Value::Null);
    assert_eq!((&graph["arrows"][2]["from"], &graph["arrows"][2]["to"]), (&2.into(), &1.into()));
    let blame = report["hypotheses"][1]["blame"].as_array().unwrap();
    for one in blame.iter().filter(|one| one["kind"] == "arrow") {
        let arrow = &graph["arrows"][one["arrow"].as_u64().unwrap() as usize];
        assert_eq!((&arrow["text"], &arrow["line"]), (&one["claim"], &one["line"]));
    }
    assert!(report["hypotheses"][2]["graph"].is_null(), "members of families stand in tables");
}

#[test]
fn examples_are_the_worst_and_told_word_by_word() {
    let folder = folder();
    folder.run("run a.ansatz --n 60 --per-example p.npz").without_fault();
    let report = report(&folder);
    let (each, data) = (folder.arrays("p.npz"), folder.arrays("micro.npz"));
    let reals = |name: &str| match &each[name] {
        Array::Real(array) => array.iter().copied().collect::<Vec<f64>>(),
        other => panic!("{other:?}"),
    };
    let (clean, scrubbed) = (reals("counts/loss/clean"), reals("counts/loss/scrubbed"));
    let mut apart: Vec<f64> = clean.iter().zip(&scrubbed).map(|(clean, scrubbed)| (clean - scrubbed).abs()).collect();
    apart.sort_by(|a, b| b.total_cmp(a));
    let worst = report["hypotheses"][1]["worst"].as_array().unwrap();
    assert_eq!(worst.len(), 8);
    for (example, apart) in worst.iter().zip(apart) {
        let found = example["model"].as_f64().unwrap() - example["scrubbed"].as_f64().unwrap();
        assert!((found.abs() - apart).abs() < 1e-12, "{example}");
        let row = example["row"].as_u64().unwrap() as usize;
        let (Array::Int(tokens), Array::Int(labels)) = (&data["tokens"], &data["label"]) else { panic!("ints") };
        let words = ["[start]", "[pad]", "[end]", "(", ")"];
        let own: Vec<&str> = tokens.index_axis(ndarray::Axis(0), row).iter().map(|at| words[*at as usize]).collect();
        assert_eq!(example["inputs"][0]["elements"], serde_json::json!(own));
        assert_eq!(example["values"][0], serde_json::json!({"name": "label", "value": labels[[row]].to_string()}));
    }
}

#[test]
fn pages_are_written_whole_and_over_nothing_else() {
    let folder = folder();
    let before = folder.names();
    let page = folder.run("report run.json").stdout;
    let written = folder.run("report run.json -o page.html").without_fault();
    assert_eq!((written.code, written.stdout.as_str()), (Some(1), ""));
    assert_eq!(String::from_utf8(folder.read("page.html")).unwrap(), page);
    assert_eq!(folder.names().len(), before.len() + 1, "no temporary file stays");
    for (command, code) in [
        ("report a.ansatz --output a.ansatz", "A9204"),
        ("report run.json --output run.json", "A9204"),
        ("report run.json --output there/page.html", "A9004"),
        ("report none.json", "A9001"),
    ] {
        let ran = folder.run(command).ended(2);
        assert!(ran.stderr.contains(code), "{command}: {ran:?}");
    }
    for wrong in ["{", "[]", "{}", "{\"schema\": \"ansatz-report/1\"}", "{\"schema\": \"ansatz-report/2\"}"] {
        folder.write("wrong.json", wrong);
        let ran = folder.run("report wrong.json").ended(2);
        assert!(ran.stderr.contains("A9206") && ran.stdout.is_empty(), "{wrong}: {ran:?}");
    }
    let changed = String::from_utf8(folder.read("run.json")).unwrap().replace("\"refuted\"", "\"fine\"");
    folder.write("wrong.json", changed);
    let told = folder.run("report wrong.json").ended(2).stderr;
    assert!(told.contains("it says `fine`") && !told.contains("confirmed"), "{told}");
    let told = folder.run("report run.json --n 5").stderr;
    assert!(told.contains("nothing is run"), "{told}");
}

#[test]
fn markdown_is_short_and_has_the_verdicts() {
    let folder = folder();
    let markdown = folder.run("report run.json --format markdown").stdout;
    let lines: Vec<&str> = markdown.lines().collect();
    assert!(lines[0].starts_with("### <code>a.ansatz</code>: "), "{markdown}");
    let rows: Vec<&&str> = lines.iter().filter(|line| line.starts_with("| ✓") || line.starts_with("| ✗")).collect();
    assert!(!rows.is_empty() && rows.iter().all(|row| row.matches('|').count() == 6), "{markdown}");
    assert_eq!(markdown.matches("<details>").count(), markdown.matches("</details>").count());
    assert!(markdown.contains("Shares may be negative and need not add up"), "{markdown}");
    assert!(!markdown.contains("| 0.0 % to 0.0 %"), "what costs nothing has no interval: {markdown}");
    assert!(markdown.len() < 12_000, "{}", markdown.len());
}

/// Flags of each kind, reference points and blame of examples come back as they were written. Those of
/// the trained model are left to the tests of its README: it is slow without ONNX Runtime.
#[test]
fn reports_of_examples_are_read_back() {
    let folder = Folder::with("");
    let examples = concat!(env!("CARGO_MANIFEST_DIR"), "/examples");
    let mut kinds = BTreeSet::new();
    for (file, options) in [
        ("reading/cancel", "--n 400 --reference-points --blame"),
        ("reading/copies", "--n 200 --reference-points --blame"),
        ("reading/near", "--n 200 --blame"),
        ("reading/twice", "--n 800 --blame"),
        ("reading/twins", "--n 400 --reference-points"),
    ] {
        let run = folder.run(&format!("run {examples}/{file}.ansatz {options} --format json")).without_fault();
        for flag in run.json()["hypotheses"].as_array().unwrap().iter().flat_map(|one| {
            one["panel"]["flags"].as_array().unwrap().iter().map(|flag| flag["kind"].as_str().unwrap().to_owned())
        }) {
            kinds.insert(flag);
        }
        folder.write("run.json", run.stdout);
        for format in ["html", "markdown"] {
            let page = folder.run(&format!("report run.json --format {format}")).without_fault();
            let name = Path::new(file).file_name().unwrap().to_string_lossy();
            assert!(page.stdout.contains(&*name) && page.stderr.is_empty(), "{file}: {}", page.stderr);
        }
    }
    assert_eq!(kinds, ["cancellation", "metric", "slice"].map(str::to_owned).into(), "all kinds of flags are met");
}

#[test]
fn what_has_no_reference_points_is_told() {
    let family = "
for k in 0..4, l in 0..2, h in 0..2 {
    hypothesis many(k, l, h) explains loss {
        node one = heads(l, h) computes exact

        one -> loss
    }
}
";
    let folder = Folder::with(&format!("{ITEMS}{family}"));
    let text = folder.run("run a.ansatz --n 60 --reference-points").without_fault().stdout;
    let told = "no reference points of `many`, a family of 16: they are for 12 members at most";
    assert!(text.contains(told) && text.lines().all(|line| line.chars().count() <= 100), "{text}");
    assert!(!folder.run("run a.ansatz --n 60").stdout.contains("no reference points"), "nobody asked");
    for format in ["html", "markdown"] {
        let page = folder.run(&format!("report a.ansatz --n 60 --format {format}")).without_fault().stdout;
        assert!(page.contains("no reference points of <code>many</code>, a family of 16"), "{page}");
    }
}
