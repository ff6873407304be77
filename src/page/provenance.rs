//! What is needed to get the same numbers again.

use super::words::count;
use crate::report::Report;

#[derive(Debug, Clone)]
pub struct Provenance {
    /// What is told of each: `model bracket`, `brackets.onnx`, its hash.
    pub files: Vec<File>,
    pub facts: Vec<(&'static str, String)>,
    /// As it is typed, with what a shell needs.
    pub command: String,
}

#[derive(Debug, Clone)]
pub struct File {
    pub what: String,
    pub path: String,
    pub blake3: String,
}

#[must_use]
pub fn provenance(report: &Report) -> Provenance {
    let from = &report.provenance;
    let file = |what: &str, name: &str, path: &str, blake3: &str| File {
        what: format!("{what} {name}").trim_end().to_owned(),
        path: path.to_owned(),
        blake3: blake3.to_owned(),
    };
    let mut files = vec![file("hypotheses", "", &from.file.path, &from.file.blake3)];
    files.extend(from.models.iter().map(|model| file("model", &model.name, &model.path, &model.blake3)));
    files.extend(from.data.iter().map(|data| {
        let rows = count(data.rows, "row", "rows");
        file("data", &format!("{} ({rows})", data.name), &data.path, &data.blake3)
    }));
    files.extend(from.tables.iter().map(|table| file("table", &table.name, &table.path, &table.blake3)));
    let seed = report.hypotheses.first().map(|found| found.seed);
    let seed = seed.or_else(|| report.interchanges.first().map(|found| found.seed)).unwrap_or(0);
    let draws = if from.replayed { "from a file".to_owned() } else { format!("seed {seed}") };
    let identity = report.hypotheses.iter().map(|found| found.identity_error).fold(0.0, f64::max);
    let mut facts = vec![
        ("ansatz", from.ansatz.clone()),
        ("engine", format!("{} {}", from.engine.name, from.engine.version)),
        ("draws", format!("{draws}, blake3 {}", from.draws)),
    ];
    if !report.hypotheses.is_empty() {
        facts.push(("with every draw exact", format!("outputs differ from the model’s by {identity:.1e} at most")));
    }
    Provenance { files, facts, command: command(&from.command) }
}

/// Words for a POSIX shell.
fn command(words: &[String]) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./=:,+@%".contains(letter);
    let quoted = |word: &String| match word.as_str() {
        word if !word.is_empty() && word.chars().all(is_plain) => word.to_owned(),
        word => format!("'{}'", word.replace('\'', "'\\''")),
    };
    words.iter().map(quoted).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_reads_the_words_again() {
        let words = ["ansatz", "run", "it's a file.ansatz", "--set", "n=3", ""].map(str::to_owned);
        assert_eq!(command(&words), "ansatz run 'it'\\''s a file.ansatz' --set n=3 ''");
    }
}
