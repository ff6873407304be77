//! What the report says of baselines, schemes, families and interchange interventions.

use super::program::Folder;

const FAMILY: &str = "
for l in 0..2, h in 0..2 {
    hypothesis patch(l, h) explains loss {
        node one = heads(l, h) computes exact

        one -> loss
    }
    expect patch(l, h) {
        recovered(loss) < 2.0
    }
}

hypothesis rest explains loss {
    node late = heads(1, 0) computes equal_count

    late -> loss
}
";

#[test]
fn families_are_tables() {
    let folder = Folder::with(FAMILY);
    let text = folder.run("run a.ansatz --n 100").stdout;
    let lines: Vec<&str> = text.lines().collect();
    let table = lines.iter().position(|line| *line == "patch(row, column): recovered in percent").unwrap();
    assert_eq!(lines[table + 1].split_whitespace().collect::<Vec<_>>(), ["0", "1"]);
    assert!(lines[table + 2].trim_start().starts_with('0') && lines[table + 3].trim_start().starts_with('1'), "{text}");
    assert!(lines.iter().any(|line| line.starts_with("rest ")), "others have rows: {text}");
    assert!(!lines.iter().any(|line| line.starts_with("patch(0, 0) ")), "{text}");
    assert!(text.contains("patch: expected recovered(loss) < 2: "), "{text}");
    assert!(lines.iter().all(|line| line.chars().count() <= 100), "{text}");
    let json = folder.run("run a.ansatz --n 100 --format json").json();
    super::formats::report_holds(&json);
    let first = &json["hypotheses"][0];
    assert_eq!((&first["name"], &first["family"]), (&"patch(0, 0)".into(), &"patch".into()), "{first}");
    assert_eq!(first["arguments"], serde_json::json!([0, 0]));
    assert!(json["hypotheses"][4].get("family").is_none());
    // The numbers of the table are those of the JSON.
    let percent = |at: usize| (100.0 * json["hypotheses"][at]["recovered"]["value"].as_f64().unwrap()).round();
    let shown = |line: usize| -> Vec<f64> {
        let digits = |word: &str| word.trim_matches(|c: char| !c.is_ascii_digit() && c != '-').parse().ok();
        lines[line].split_whitespace().filter_map(digits).collect()
    };
    if json["hypotheses"].as_array().unwrap().iter().all(|one| !one["recovered"].is_null()) {
        assert_eq!(shown(table + 2), [0.0, percent(0), percent(1)]);
        assert_eq!(shown(table + 3), [1.0, percent(2), percent(3)]);
    }
}

#[test]
fn different_baselines_are_told_and_not_compared() {
    let claims = "
hypothesis less explains loss {
    node early = heads(0, 0) computes equal_count

    early -> loss
}

hypothesis more explains loss {
    node late = heads(1, 0) computes equal_count

    late -> loss
}

hypothesis none explains loss {
}
";
    let folder = Folder::with(claims);
    let same = folder.run("run a.ansatz --n 100 --format json").ended(0).json();
    assert_eq!(same["comparable"], true);
    assert_eq!(same["hypotheses"][0]["baseline"]["name"], "shuffled");
    let clause =
        "expect more { recovered(loss, baseline = less) < 9.0\n recovered(loss, baseline = unclaimed) < 9.0\n }\n";
    let folder = Folder::with(&format!("{claims}{clause}"));
    let json = folder.run("run a.ansatz --n 100 --format json").json();
    super::formats::report_holds(&json);
    assert_eq!(json["comparable"], false);
    assert_eq!(json["hypotheses"].as_array().unwrap().len(), 3, "the empty hypothesis is none of the file");
    let [less, more, none] = [0, 1, 2].map(|at| &json["hypotheses"][at]);
    assert!(less["baseline"].is_null() && less["recovered"].is_null(), "it only serves as a baseline: {less}");
    assert_eq!(none["baseline"]["name"], "shuffled");
    assert_eq!(more["baseline"]["name"], "less");
    assert_eq!(more["baseline"]["value"], json["hypotheses"][0]["scrubbed"]["value"]);
    assert_eq!(more["expectations"][1]["baseline"]["name"], "unclaimed");
    let text = folder.run("run a.ansatz --n 100").stdout;
    assert!(text.contains("not comparable") && text.contains("measured from less"), "{text}");
    assert!(text.contains("recovered(loss, baseline = unclaimed) < 9"), "{text}");
    // Draws of the empty hypothesis are written, and replayed.
    folder.run("run a.ansatz --n 100 --draws d.npz");
    let again = folder.run("run a.ansatz --replay d.npz --format json").json();
    assert_eq!(again["hypotheses"], json["hypotheses"]);
}

#[test]
fn schemes_are_told_apart() {
    let claims = "
data others for micro = npz(\"micro.npz\") {
    tokens
    label : category
}

hypothesis shared explains loss of micro on strings {
    draw corrupted from others
    unclaimed corrupted
    pool 5
}

hypothesis alone explains loss of micro on strings {
    unclaimed apart
}
";
    // The two are run apart, for they draw from different data; one is measured from the other.
    let clause = "expect shared { recovered(loss, baseline = alone) < 9.5\n }\n";
    let folder = Folder::with(&format!("{claims}{clause}"));
    let json = folder.run("run a.ansatz --n 100 --format json").json();
    super::formats::report_holds(&json);
    assert_eq!(json["hypotheses"][0]["baseline"]["value"], json["hypotheses"][1]["scrubbed"]["value"]);
    let few = folder.run("run a.ansatz --n 50").without_fault();
    assert!(few.stderr.contains("rests on 10 independent groups of references"), "{few:?}");
    assert!(few.stderr.contains("use 150 references or more"), "{few:?}");
    let one_pool = folder.run("run a.ansatz --n 5").ended(2);
    assert!(one_pool.stderr.contains("A7005"), "{one_pool:?}");
    let scheme = |at: usize| json["hypotheses"][at]["scheme"].clone();
    assert_eq!(scheme(0)["unclaimed"], "corrupted");
    assert_eq!(scheme(0)["draws"], serde_json::json!([{ "name": "corrupted", "data": "others", "paired": false }]));
    assert_eq!((scheme(0)["pool"].as_u64(), scheme(1)["unclaimed"].as_str()), (Some(5), Some("apart")));
    let text = folder.run("run a.ansatz --n 100").stdout;
    for wanted in ["unclaimed corrupted", "from others", "pool 5", "unclaimed apart"] {
        assert!(text.contains(wanted), "{wanted} in {text}");
    }
}

#[test]
fn behaviours_by_position_and_sampled_baselines() {
    let folder = Folder::with(
        "behaviour gap : real[pos] where tokens == \"(\" = cross_entropy(logits, label) + 0.0 * position(pos)
behaviour far = kl(clean(logits), logits)

hypothesis one explains gap {
    node late = heads(1, 0) computes equal_count

    late -> gap
}

hypothesis two explains far {
    node late = heads(1, 0) computes equal_count

    late -> far
}
",
    );
    let json = folder.run("run a.ansatz --n 150 --format json").json();
    super::formats::report_holds(&json);
    let (one, two) = (&json["hypotheses"][0], &json["hypotheses"][1]);
    assert!(one["counted"].as_f64().unwrap() > 150.0 && two["counted"].as_f64() == Some(150.0));
    assert_eq!((one["baseline"]["sampled"].as_bool(), two["baseline"]["sampled"].as_bool()), (Some(false), Some(true)));
    assert!(one["baseline"]["stderr"] == 0.0 && two["baseline"]["stderr"].as_f64().unwrap() > 0.0);
    let text = folder.run("run a.ansatz --n 150").stdout;
    assert!(text.contains("shuffled (sampled)") && text.contains("gap: means over "), "{text}");
    // Neither memory nor threads change a number.
    for cut in ["--memory 300K", "--threads 3"] {
        let other = folder.run(&format!("run a.ansatz --n 150 --format json {cut}")).json();
        assert_eq!(other["hypotheses"], json["hypotheses"], "{cut}");
    }
    folder.run("run a.ansatz --n 150 --draws d.npz").ended(0);
    let again = folder.run("run a.ansatz --replay d.npz --format json").json();
    assert_eq!(again["hypotheses"], json["hypotheses"]);
}

#[test]
fn interchange_interventions_are_reported() {
    let folder = Folder::with(
        "hypothesis nothing explains loss {
}

interchange swapped of micro on strings {
    predicts equal_count by argmax(logits) == 1
    align equal_count = heads(1, 0)
}

expect swapped {
    iia(equal_count) >= 0.0
}
",
    );
    let json = folder.run("run a.ansatz --n 100 --format json").json();
    super::formats::report_holds(&json);
    let found = &json["interchanges"][0];
    assert_eq!((found["name"].as_str(), found["feature"].as_str()), (Some("swapped"), Some("equal_count")));
    assert_eq!(found["verdict"], "confirmed");
    let (low, high) = (found["accuracy"]["low"].as_f64().unwrap(), found["accuracy"]["high"].as_f64().unwrap());
    assert!(0.0 <= low && low < high && high <= 1.0);
    assert!(found["without"]["value"].as_f64().unwrap() < 1.0);
    let text = folder.run("run a.ansatz --n 100").stdout;
    assert!(text.contains("swapped equal_count: interchange accuracy"), "{text}");
    assert!(text.contains("without the exchange"), "{text}");
}

#[test]
fn the_library_explains_itself() {
    let folder = Folder::with("");
    let all = folder.run("explain std").ended(0).stdout;
    assert!(all.contains("std.features") && all.contains("std.behaviours"), "{all}");
    let part = folder.run("explain std.features").ended(0).stdout;
    assert!(part.contains("last_occurrence(x)") && part.contains("use std.features"), "{part}");
    let one = folder.run("explain std.features.previous").ended(0).stdout;
    assert!(one.contains("previous(x, fill)") && one.contains("The element before"), "{one}");
    assert!(one.contains("feature previous(x, fill) = shift(x, 1, fill)"), "{one}");
    let none = folder.run("explain std.features.previos").ended(2);
    assert!(none.stdout.is_empty() && none.stderr.contains("std.features.previous"), "{none:?}");
}

#[test]
fn blame_is_laid_at_lines_of_the_file() {
    let claims = "
hypothesis late explains loss {
    node head = heads(1, 0) computes equal_count
    node early = heads(0, 0) computes any

    head -> loss
    early   ->   head
}
";
    let folder = Folder::with(claims);
    let plain = folder.run("run a.ansatz --n 200 --format json").json();
    assert!(plain["hypotheses"][0].get("blame").is_none());
    let json = folder.run("run a.ansatz --n 200 --format json --blame").json();
    super::formats::report_holds(&json);
    assert_eq!(json["provenance"]["draws"], plain["provenance"]["draws"], "draws are those without blame");
    assert_eq!(json["hypotheses"][0]["scrubbed"], plain["hypotheses"][0]["scrubbed"]);
    let blame = json["hypotheses"][0]["blame"].as_array().expect("a list");
    let mut told: Vec<(&str, &str)> =
        blame.iter().map(|one| (one["claim"].as_str().unwrap(), one["kind"].as_str().unwrap())).collect();
    told.sort_unstable();
    let wanted = [
        ("early -> head", "arrow"),
        ("head -> loss", "arrow"),
        ("unclaimed any for loss", "unclaimed"),
        ("what is unclaimed of head", "unclaimed"),
    ];
    assert_eq!(told, wanted);
    let line = |claim: &str| blame.iter().find(|one| one["claim"] == claim).unwrap()["line"].as_u64().unwrap();
    assert_eq!(line("early -> head"), line("head -> loss") + 1);
    let gains: Vec<f64> = blame.iter().filter_map(|one| one["gain"]["value"].as_f64()).collect();
    assert!(gains.is_sorted_by(|a, b| a >= b), "the largest first: {gains:?}");
    let text = folder.run("run a.ansatz --n 200 --blame").stdout;
    assert!(text.contains("need not add up") && text.lines().all(|line| line.chars().count() <= 100), "{text}");
    let refused = folder.run("run a.ansatz --blame --replay d.npz").ended(2);
    assert!(refused.stderr.contains("--replay"), "{refused:?}");
}

#[test]
fn a_score_is_held_against_others() {
    let claims = "
hypothesis late explains loss {
    node head = heads(1, 0) computes equal_count
    head -> loss
}
";
    let folder = Folder::with(claims);
    let truth = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/truth/both.ansatz");
    let plain = folder.run(&format!("run {truth} --n 200 --format json")).json();
    let first = |report: &serde_json::Value| report["hypotheses"].as_array().expect("a list")[1].clone();
    assert!(first(&plain).get("reference_points").is_none());
    let json = folder.run(&format!("run {truth} --n 200 --format json --reference-points --blame")).json();
    super::formats::report_holds(&json);
    assert_eq!(first(&json)["scrubbed"], first(&plain)["scrubbed"]);
    let found = first(&json)["reference_points"].clone();
    let references = found["references"].as_u64().unwrap();
    assert!((32..=100).contains(&references), "half of them at most, and enough to rank: {references}");
    let random = &found["random"];
    let (drawn, beaten) = (random["drawn"].as_u64().unwrap(), random["beaten"].as_u64().unwrap());
    assert!(drawn >= 5 && beaten == drawn, "{random}");
    assert!((random["p"].as_f64().unwrap() - 1.0 / (1 + drawn) as f64).abs() < 1e-12);
    let recovered: Vec<f64> =
        random["recovered"].as_array().unwrap().iter().map(|share| share.as_f64().unwrap()).collect();
    assert!(recovered.is_sorted() && recovered.len() as u64 == drawn);
    let worst = &found["changes"]["worst"];
    assert!(worst["line"].as_u64().unwrap() > 1 && worst["gain"]["high"].as_f64().unwrap() < 0.0, "{worst}");
    let text = folder.run(&format!("run {truth} --n 200 --reference-points")).stdout;
    assert!(text.contains("random explanations") && text.lines().all(|line| line.chars().count() <= 100), "{text}");
    let few = folder.run("run a.ansatz --n 3 --reference-points").ended(0);
    assert!(few.stderr.contains("no hypothesis has reference points"), "{few:?}");
}

const TWO_EXPECTATIONS: &str = "
hypothesis nothing explains loss {
}

expect nothing {
    scrubbed(loss) > 50.0
    scrubbed(loss) < 50.0
}
";

#[test]
fn servers_of_tests_are_told() {
    let folder = Folder::with(TWO_EXPECTATIONS);
    let github = folder.run("run a.ansatz --n 100 --format github").ended(1).stdout;
    let commands: Vec<&str> = github.lines().filter(|line| line.starts_with("::")).collect();
    let [only] = commands.as_slice() else { panic!("one expectation is refuted: {github}") };
    assert!(only.starts_with("::error file=a.ansatz,line=") && only.contains("title=nothing%3A refuted"), "{only}");
    assert!(github.contains("hypothesis"), "the report for people comes first");
    let junit = folder.run("run a.ansatz --n 100 --format junit").ended(1).stdout;
    assert!(junit.starts_with("<?xml") && junit.contains("tests=\"2\" skipped=\"0\" failures=\"1\""), "{junit}");
    assert!(junit.contains("scrubbed(loss) &gt; 50"), "{junit}");
    assert_eq!(junit, folder.run("run a.ansatz --n 100 --format junit").stdout, "the same run gives the same bytes");
}

#[test]
fn servers_of_tests_are_told_what_is_wrong() {
    let folder = Folder::with(&TWO_EXPECTATIONS.replace("explains loss", "explains lost"));
    for command in ["check", "run"] {
        let github = folder.run(&format!("{command} a.ansatz --format github")).ended(2);
        assert!(github.stdout.lines().all(|line| line.starts_with("::error file=a.ansatz,line=")), "{github:?}");
        assert!(github.stdout.contains("title=A1001::") && github.stderr.contains("A1001"), "{github:?}");
    }
    let junit = folder.run("run a.ansatz --format junit").ended(2).stdout;
    assert!(junit.contains("<error message=") && junit.contains("type=\"A1001\""), "{junit}");
}

#[test]
fn sizes_and_the_frontier_are_reported() {
    let long = "a_name_that_is_longer_than_a_table_can_be_wide_and_that_is_told_on_a_line_of_its_own_".repeat(2);
    let claims = format!(
        "
hypothesis nothing explains loss {{
}}

hypothesis everything explains loss {{
    unclaimed exact
}}

hypothesis {long} explains loss {{
    node late = heads(1, 0) computes equal_count

    late -> loss
}}

hypothesis two explains loss {{
    node late = heads(1, 0) computes equal_count
    node more = heads(0, 0) computes any

    late -> loss
    more -> late
}}
"
    );
    let folder = Folder::with(&format!("{claims}{FAMILY}").replace("hypothesis rest", "hypothesis other"));
    let json = folder.run("run a.ansatz --n 100 --format json").json();
    super::formats::report_holds(&json);
    let size = |at: usize| &json["hypotheses"][at]["size"];
    assert_eq!((size(0)["nodes"].as_u64(), size(0)["symbols"].as_u64()), (Some(0), Some(0)));
    let datum = size(0)["bits"]["datum"].as_f64().unwrap();
    assert_eq!(size(1)["bits"]["kept"].as_f64().unwrap(), datum, "everything keeps all of a datum");
    assert_eq!(size(1)["bits"]["share"].as_f64().unwrap(), 1.0);
    assert_eq!(size(3)["components"], serde_json::json!({ "touched": 2, "of": 6 }));
    let of_claims = size(3)["bits"]["claims"].as_array().unwrap();
    let told: Vec<&str> = of_claims.iter().map(|claim| claim["claim"].as_str().unwrap()).collect();
    assert_eq!(told, ["late -> loss", "more -> late", "unclaimed any for loss", "what is unclaimed of late"]);
    let sum: f64 = of_claims.iter().map(|claim| claim["bits"].as_f64().unwrap()).sum();
    assert!((sum - size(3)["bits"]["kept"].as_f64().unwrap()).abs() < 1e-12);
    let of_frontiers: Vec<&serde_json::Value> =
        json["frontier"].as_array().unwrap().iter().flat_map(|one| one["of"].as_array().unwrap()).collect();
    assert!(!of_frontiers.iter().any(|name| ["nothing", "everything"].contains(&name.as_str().unwrap())));
    let text = folder.run("run a.ansatz --n 100 --size").stdout;
    assert!(text.contains("\nsize ") && text.contains("2 of 6") && text.contains("in tables"), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
    let plain = folder.run("run a.ansatz --n 100").stdout;
    assert!(!plain.contains("frontier"), "{plain}");
}

/// The frontier is what its definition says of the values of the report.
#[test]
fn the_frontier_is_of_what_recovers_most_for_its_size() {
    let folder = Folder::with("");
    let truth = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/truth/both.ansatz");
    let json = folder.run(&format!("run {truth} --n 200 --format json")).json();
    super::formats::report_holds(&json);
    let frontier = &json["frontier"][0];
    assert_eq!(json["frontier"].as_array().unwrap().len(), 1, "one behaviour, model, dataset and baseline");
    let has_claims = |one: &&serde_json::Value| one["size"]["arrows"].as_u64().unwrap() > 0;
    let claiming = json["hypotheses"].as_array().unwrap().iter().filter(has_claims);
    assert_eq!(frontier["of"].as_array().unwrap().len(), claiming.count());
    let points: Vec<(&str, f64, f64)> = json["hypotheses"]
        .as_array()
        .unwrap()
        .iter()
        .filter(has_claims)
        .map(|one| {
            let recovered = one["recovered"]["value"].as_f64().unwrap();
            (one["name"].as_str().unwrap(), one["size"]["bits"]["kept"].as_f64().unwrap(), recovered)
        })
        .collect();
    let beaten = |one: &(&str, f64, f64)| {
        points
            .iter()
            .any(|other| other.1 <= one.1 + 1e-9 && other.2 >= one.2 && (other.1 < one.1 - 1e-9 || other.2 > one.2))
    };
    let mut wanted: Vec<&str> = points.iter().filter(|one| !beaten(one)).map(|one| one.0).collect();
    let mut found: Vec<&str> = frontier["bits"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    wanted.sort_unstable();
    found.sort_unstable();
    assert_eq!(found, wanted);
}
