//! Whether a lock still holds: what is bound and what is claimed before a run, what came out behind it.

use super::{Exchanged, Hypothesis, Locked, Score, Sorted};
use crate::diagnostics::Diagnostic;
use crate::diagnostics::messages::lock as messages;
use crate::meaning::{Meaning, MeaningOf};
use crate::source::Span;
use std::collections::BTreeMap;

/// The files that a hypothesis file is bound to.
#[derive(Debug, Clone)]
pub struct Inputs {
    /// `model`, `dataset` or `table`, with the name in the file, the path as shown and the BLAKE3 of the file.
    pub files: Vec<(&'static str, String, String, String)>,
}

/// How far scores may move: with the engine and the versions of the lock, and with others. Shares move by
/// so much of 1 or of their own size, means by so much of their own size or of the distance between model and baseline.
const TOLERANCES: (f64, f64) = (1e-6, 1e-4);

/// How far a score may move from a locked one.
#[must_use]
pub fn tolerance(locked: &Locked, now: &Locked) -> f64 {
    let same = locked.engine == now.engine && locked.ansatz == now.ansatz;
    if same { TOLERANCES.0 } else { TOLERANCES.1 }
}

/// The hash of the model and the data that something is about.
pub fn about(meaning: &Meaning) -> String {
    blake3::hash(meaning.about.join(" ").as_bytes()).to_hex().to_string()
}

/// What no longer holds before anything has run: inputs first; where they are the same, what the
/// hypotheses mean. `path` is that of the lock.
#[must_use]
pub fn statements(locked: &Locked, inputs: &Inputs, meanings: &[Meaning], path: &str) -> Vec<Diagnostic> {
    let mut found = changed_inputs(locked, inputs);
    if !found.is_empty() {
        return found;
    }
    for (kind, known) in [
        (
            MeaningOf::Hypothesis,
            locked.hypotheses.0.iter().map(|(name, own)| (name, [&own.meaning, &own.about])).collect(),
        ),
        (
            MeaningOf::Interchange,
            locked.interchanges.0.iter().map(|(name, own)| (name, [&own.meaning, &own.about])).collect(),
        ),
    ] {
        let known: BTreeMap<&String, [&String; 2]> = known;
        let own: Vec<&Meaning> = meanings.iter().filter(|meaning| meaning.kind == kind).collect();
        changed_meanings(&known, &own, path, &mut found);
    }
    found
}

fn changed_inputs(locked: &Locked, inputs: &Inputs) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (kind, name, path, hash) in &inputs.files {
        let known = match *kind {
            "model" => &locked.models.0,
            "dataset" => &locked.data.0,
            _ => &locked.tables.0,
        };
        match known.get(name) {
            Some(known) if known == hash => {}
            Some(known) => found.push(messages::input_differs(kind, name, path, (known, hash))),
            // Under another name it is the same.
            None if known.values().any(|known| known == hash) => {}
            None => found.push(messages::input_unknown(kind, name, path)),
        }
    }
    found
}

fn changed_meanings(
    known: &BTreeMap<&String, [&String; 2]>,
    own: &[&Meaning],
    path: &str,
    found: &mut Vec<Diagnostic>,
) {
    let gone = |name: &&&String| !own.iter().any(|meaning| meaning.name == ***name);
    let same = |meaning: &Meaning, [claims, of]: [&String; 2]| *claims == meaning.hash() && *of == about(meaning);
    for meaning in own {
        match known.get(&meaning.name) {
            Some(locked) if same(meaning, *locked) => {}
            Some(_) => found.push(messages::meaning_differs(meaning.span, &meaning.name)),
            None => {
                let old = known.keys().filter(gone).find(|name| same(meaning, known[**name]));
                found.push(messages::not_locked(meaning.span, &meaning.name, old.map(|name| name.as_str())));
            }
        }
    }
    for name in known.keys().filter(gone) {
        let renamed = own.iter().any(|meaning| !known.contains_key(&meaning.name) && same(meaning, known[name]));
        if !renamed {
            found.push(messages::gone(path, name));
        }
    }
}

/// What no longer holds of the scores. `now` is what would be locked.
#[must_use]
pub fn scores(locked: &Locked, now: &Locked, meanings: &[Meaning]) -> Vec<Diagnostic> {
    let mut comparison = Comparison { locked, now, found: Vec::new() };
    for meaning in meanings {
        match meaning.kind {
            MeaningOf::Hypothesis => {
                let both = locked.hypotheses.0.get(&meaning.name).zip(now.hypotheses.0.get(&meaning.name));
                if let Some((old, new)) = both {
                    comparison.hypothesis(meaning, old, new);
                }
            }
            MeaningOf::Interchange => {
                let both = locked.interchanges.0.get(&meaning.name).zip(now.interchanges.0.get(&meaning.name));
                if let Some((old, new)) = both {
                    comparison.interchange(meaning, &old.features.0, &new.features.0);
                }
            }
        }
    }
    comparison.found
}

/// What moved, with the locked and the new value in words.
type Moved = (String, String, String);

struct Comparison<'a> {
    locked: &'a Locked,
    now: &'a Locked,
    found: Vec<Diagnostic>,
}

impl Comparison<'_> {
    fn hypothesis(&mut self, meaning: &Meaning, old: &Hypothesis, new: &Hypothesis) {
        let (span, name) = (meaning.span, meaning.name.as_str());
        self.verdicts(span, name, &old.expectations, &new.expectations);
        if old.n != new.n {
            self.found.push(messages::sample_differs(span, name, (old.n, new.n)));
            return;
        }
        let within = tolerance(self.locked, self.now);
        let moved: Vec<Moved> = quantities(old, new)
            .into_iter()
            .filter(|(_, old, new, scale)| is_far(*old, *new, within, *scale))
            .map(|(what, old, new, _)| (what, shown(old), shown(new)))
            .chain(other_baseline(old, new))
            .collect();
        self.moved(span, name, &moved);
    }

    fn interchange(&mut self, meaning: &Meaning, old: &BTreeMap<String, Exchanged>, new: &BTreeMap<String, Exchanged>) {
        for (feature, new) in new {
            let name = format!("{}, {feature}", meaning.name);
            let Some(old) = old.get(feature) else {
                self.found.push(messages::not_locked(meaning.span, &name, None));
                continue;
            };
            self.verdicts(meaning.span, &name, &old.expectations, &new.expectations);
            if old.n != new.n {
                self.found.push(messages::sample_differs(meaning.span, &name, (old.n, new.n)));
            } else if (old.accuracy.value - new.accuracy.value).abs() > tolerance(self.locked, self.now) {
                let (old, new) = (old.accuracy.value.to_string(), new.accuracy.value.to_string());
                self.moved(meaning.span, &name, &[("accuracy".to_owned(), old, new)]);
            }
        }
    }

    fn moved(&mut self, span: Span, name: &str, moved: &[Moved]) {
        if !moved.is_empty() {
            let told = |of: &Locked| format!("{} {}, ansatz {}", of.engine.name, of.engine.version, of.ansatz);
            let versions = (told(self.locked), told(self.now));
            let within = tolerance(self.locked, self.now);
            self.found.push(messages::score_moved(span, name, moved, within, (&versions.0, &versions.1)));
        }
    }

    fn verdicts(&mut self, span: Span, name: &str, old: &Sorted<String>, new: &Sorted<String>) {
        let mut changed = Vec::new();
        for (clause, verdict) in &new.0 {
            match old.0.get(clause) {
                Some(locked) if locked == verdict => {}
                Some(locked) => changed.push((clause.as_str(), locked.as_str(), verdict.as_str())),
                None => changed.push((clause.as_str(), "not expected", verdict.as_str())),
            }
        }
        let gone = old.0.iter().filter(|(clause, _)| !new.0.contains_key(*clause));
        changed.extend(gone.map(|(clause, locked)| (clause.as_str(), locked.as_str(), "not expected")));
        if !changed.is_empty() {
            self.found.push(messages::verdict_differs(span, name, &changed));
        }
    }
}

/// What is compared, with the locked and the new value, and what they are measured by; recovered that is
/// undefined is `None`.
fn quantities(old: &Hypothesis, new: &Hypothesis) -> Vec<(String, Option<f64>, Option<f64>, f64)> {
    // What a behaviour can differ by at all; without a baseline nothing is known but its own size.
    let gap = new.baseline.as_ref().map_or(0.0, |baseline| (new.model - baseline.value).abs());
    let share = |score: &Option<Score>| score.map(|score| score.value);
    let mut found = vec![
        ("recovered".to_owned(), share(&old.recovered), share(&new.recovered), 1.0),
        ("scrubbed".to_owned(), Some(old.scrubbed), Some(new.scrubbed), gap),
        ("model".to_owned(), Some(old.model), Some(new.model), gap),
    ];
    if let (Some(old), Some(new)) = (&old.baseline, &new.baseline)
        && old.name == new.name
    {
        found.push((old.name.clone(), Some(old.value), Some(new.value), gap));
    }
    found
}

fn is_far(old: Option<f64>, new: Option<f64>, within: f64, scale: f64) -> bool {
    match (old, new) {
        (Some(old), Some(new)) => {
            let near = (old - new).abs() <= within * scale.max(old.abs());
            !near
        }
        (None, None) => false,
        _ => true,
    }
}

fn shown(score: Option<f64>) -> String {
    score.map_or_else(|| "undefined".to_owned(), |score| score.to_string())
}

fn other_baseline(old: &Hypothesis, new: &Hypothesis) -> Option<Moved> {
    let name = |of: &Hypothesis| of.baseline.as_ref().map_or_else(|| "nothing".to_owned(), |own| own.name.clone());
    (name(old) != name(new)).then(|| ("measured from".to_owned(), name(old), name(new)))
}
