//! Running candidates: as text, through the whole pipeline, many at once.

use super::circuit::probe;
use super::memory::Known;
use super::{Candidate, Circuit, CircuitScorer, Edge, Scored, Scorer, Written};
use crate::data::Dataset;
use crate::diagnostics::messages::search as messages;
use crate::diagnostics::{Diagnostic, Place};
use crate::elaborate::{Outside, Read, Settings as Constants, elaborate};
use crate::engine::Engine;
use crate::estimate::Estimate;
use crate::hypothesis::{Checked, Loader, SearchMetric, SearchSpace, recheck, reference_name};
use crate::plan::Limits;
use crate::run::{self, Done, Settings};
use crate::source::{FileId, SourceFile, Sources};
use crate::syntax::{self, ast};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

type Fault = Box<Diagnostic>;

/// What candidates are run in.
#[expect(missing_debug_implementations, reason = "holds trait objects")]
#[derive(Clone, Copy)]
pub struct Ground<'a> {
    pub outside: &'a dyn Outside,
    pub loader: &'a dyn Loader,
    pub engine: &'a dyn Engine,
    /// Values given to constants.
    pub constants: &'a Constants,
    /// Codes of findings that are no errors here.
    pub allowed: &'a [String],
    pub seed: u64,
    pub limits: Limits,
}

/// Runs the candidates of one search.
#[expect(missing_debug_implementations, reason = "holds trait objects")]
pub struct Runner<'a> {
    ground: Ground<'a>,
    space: &'a SearchSpace,
    /// The file that models, data and features come from, as a text that uses it.
    header: String,
    /// The texts of the claims of the space.
    claims: Vec<String>,
    about: String,
    /// With the rows that are run on.
    checked: Option<Checked>,
    /// What was found, by text and references.
    known: Known,
    /// What the first candidate that could not be run was turned down for.
    pub turned_down: Option<String>,
    round: &'a mut Told<'a>,
    fault: Option<Fault>,
    reads: RefCell<Reads>,
}

/// The best after a round.
#[derive(Debug, Clone)]
pub struct SoFar {
    pub arrows: usize,
    pub value: f64,
    /// A file of its own, in the folder of the file that it is about.
    pub text: String,
}

/// Told after each round: hypotheses that were run, the best so far, and all that was found.
pub type Told<'a> = dyn FnMut(usize, &SoFar, &Known) -> Result<(), Fault> + 'a;

/// What a candidate gave.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measured {
    pub metric: Estimate,
    pub bits: f64,
}

impl<'a> Runner<'a> {
    /// `main` is the text of the file with the search, by its name and as it was parsed.
    pub fn new(
        ground: Ground<'a>,
        (space, checked): (&'a SearchSpace, Checked),
        (file, main): (&SourceFile, &ast::File),
        round: &'a mut Told<'a>,
    ) -> Runner<'a> {
        let model = &checked.models[space.model];
        let model = model.as_ref().map_or("", |model| model.name.as_str());
        let data = checked.datasets[space.data].as_ref().map_or("", |data| data.name.as_str());
        let about = format!(" of {model} on {data}");
        let claims = space.claims.iter().map(|claim| squeezed(file.slice(claim.span))).collect();
        Runner {
            ground,
            space,
            header: header(&file.name, main),
            claims,
            about,
            checked: Some(checked),
            known: BTreeMap::new(),
            turned_down: None,
            round,
            fault: None,
            reads: RefCell::default(),
        }
    }

    /// Takes in what an earlier run of the same search found.
    pub fn remember(&mut self, known: Known) {
        self.known.extend(known);
    }

    /// What could not be read or kept: then nothing that was found counts.
    ///
    /// # Errors
    /// A file that cannot be read or written.
    pub fn fault(&mut self) -> Result<(), Fault> {
        self.reads.borrow_mut().fault.take().or_else(|| self.fault.take()).map_or(Ok(()), Err)
    }

    fn is_faulty(&self) -> bool {
        self.fault.is_some() || self.reads.borrow().fault.is_some()
    }

    /// From now on, candidates are run on these rows alone.
    pub fn on(&mut self, data: Dataset) {
        if let Some(checked) = &mut self.checked {
            checked.datasets[self.space.data] = Some(data);
        }
        self.known.clear();
    }

    /// The hypothesis of a candidate, as a part of a file.
    #[must_use]
    pub fn text<W: Written>(&self, candidate: &W, name: &str) -> String {
        let text = candidate.text(name, self.space, &self.claims, &self.about);
        match &self.space.baseline {
            None => text,
            Some(baseline) => {
                let behaviour = &self.space.behaviour;
                format!("{text}\nexpect {name} {{\n    recovered({behaviour}, baseline = {baseline}) >= 0\n}}\n")
            }
        }
    }

    /// Challenges with a hypothesis in the place of theirs, on the rows that are run on. The names of
    /// hypothesis and challenges are their own.
    ///
    /// # Errors
    /// What is wrong with one of them.
    pub fn challenged(&mut self, hypothesis: (&str, &str), challenges: &[ast::Challenge]) -> Result<Checked, String> {
        let (name, text) = hypothesis;
        let text = format!("{}\n{text}", self.header);
        let Some(known) = self.checked.take() else { return Err("there are no data".to_owned()) };
        let mut sources = Sources::new();
        let id = sources.add(SourceFile::new("the search", &text));
        let mut parsed = syntax::parse(id, &text);
        let mut findings = parsed.diagnostics;
        parsed.file.challenges = challenges
            .iter()
            .map(|item| {
                let mut item = item.clone();
                item.hypothesis.name.text = name.to_owned();
                item.hypothesis.arguments.clear();
                item
            })
            .collect();
        let outside = Apart(self.ground.outside, &self.reads);
        let file = elaborate(id, &parsed.file, self.ground.constants, &outside, &mut sources, &mut findings);
        let checked = recheck(&file, known, self.ground.loader, &mut findings);
        let allowed = self.ground.allowed;
        let is_allowed =
            |finding: &Diagnostic| allowed.iter().any(|code| code == finding.code.id || code == finding.code.slug);
        match findings.iter().find(|finding| finding.is_error() && !is_allowed(finding)) {
            None => Ok(checked),
            Some(finding) => {
                let message = finding.message.clone();
                self.give_back(checked);
                Err(message)
            }
        }
    }

    /// Takes back what [`Runner::challenged`] gave.
    pub fn give_back(&mut self, checked: Checked) {
        let (foolings, distinctions) = (Vec::new(), Vec::new());
        let (hypotheses, expectations) = (Vec::new(), Vec::new());
        self.checked = Some(Checked { hypotheses, expectations, foolings, distinctions, ..checked });
    }

    /// What stands before a hypothesis in a file of its own, in the folder of the file that it is about.
    #[must_use]
    pub fn header(&self) -> &str {
        &self.header
    }

    /// By candidate what it gives on the first references; `None` where it cannot be run.
    pub fn measure<W: Written>(&mut self, candidates: &[W], references: usize) -> Vec<Option<Measured>> {
        let texts: Vec<String> = candidates.iter().map(|own| self.text(own, "x")).collect();
        let new: Vec<usize> =
            (0..texts.len()).filter(|at| !self.known.contains_key(&(texts[*at].clone(), references))).collect();
        let own: Vec<&W> = new.iter().map(|at| &candidates[*at]).collect();
        let found = self.run_all(&own, references);
        if self.is_faulty() {
            return vec![None; texts.len()];
        }
        for (at, measured) in new.into_iter().zip(found) {
            self.known.insert((texts[at].clone(), references), measured);
        }
        texts.into_iter().map(|text| self.known.get(&(text, references)).copied().flatten()).collect()
    }

    /// Where a whole run faults, each half is tried alone.
    fn run_all<W: Written>(&mut self, candidates: &[&W], references: usize) -> Vec<Option<Measured>> {
        if candidates.is_empty() {
            return Vec::new();
        }
        match self.run(candidates, references) {
            Ok(found) => found,
            Err(fault) if candidates.len() == 1 => {
                self.turned_down.get_or_insert(fault.message.clone());
                vec![None]
            }
            Err(_) => {
                let (one, other) = candidates.split_at(candidates.len() / 2);
                let mut found = self.run_all(one, references);
                found.extend(self.run_all(other, references));
                found
            }
        }
    }

    fn run<W: Written>(&mut self, candidates: &[&W], references: usize) -> Result<Vec<Option<Measured>>, Fault> {
        let names: Vec<String> = (0..candidates.len()).map(|at| format!("s{at}")).collect();
        let mut text = self.header.clone();
        for (name, candidate) in names.iter().zip(candidates) {
            text.push('\n');
            text.push_str(&self.text(*candidate, name));
        }
        let Some(known) = self.checked.take() else { return Ok(vec![None; candidates.len()]) };
        let (checked, wrong) = compiled((self.ground, &self.reads), &text, known);
        self.turned_down = self.turned_down.take().or_else(|| wrong.values().next().cloned());
        let settings = Settings {
            n: Some(references),
            budget: references,
            seed: self.ground.seed,
            limits: self.ground.limits,
            keep_outputs: false,
            blame: false,
            reference_points: false,
            panel: matches!(self.space.metric, SearchMetric::Accuracy | SearchMetric::Agreement),
        };
        let done = carried_out(&checked, self.ground.engine, settings);
        self.checked = Some(Checked { hypotheses: Vec::new(), expectations: Vec::new(), ..checked });
        let done = done?;
        let mut undefined = false;
        let of = |name: &String| {
            let done = done.iter().find(|done| done.name == *name).filter(|_| !wrong.contains_key(name))?;
            let metric = metric(self.space.metric, done);
            undefined |= metric.is_none();
            Some(Measured { metric: metric?, bits: done.size.bits() })
        };
        let found = names.iter().map(of).collect();
        if undefined {
            self.turned_down.get_or_insert_with(|| messages::undefined(self.space.metric.name()));
        }
        Ok(found)
    }
}

impl Scorer for Runner<'_> {
    fn score(&mut self, candidates: &[Candidate], references: usize) -> Vec<Option<Scored>> {
        self.scored(candidates, references)
    }

    fn binds(&mut self, candidates: &[Candidate]) -> Vec<bool> {
        let (space, about) = (self.space, self.about.clone());
        let claims = std::mem::take(&mut self.claims);
        let found = self.checks(candidates, &|own, name| own.text(name, space, &claims, &about));
        self.claims = claims;
        found
    }

    fn round(&mut self, evaluations: usize, best: &(Candidate, Scored)) {
        self.told(evaluations, (best.0.arrows(), best.1), &best.0);
    }
}

impl CircuitScorer for Runner<'_> {
    fn score(&mut self, circuits: &[Circuit], references: usize) -> Vec<Option<Scored>> {
        self.scored(circuits, references)
    }

    fn binds(&mut self, edges: &[Edge]) -> Vec<bool> {
        let (space, about) = (self.space, self.about.clone());
        self.checks(edges, &|edge, name| probe(*edge, name, space, &about))
    }

    fn round(&mut self, evaluations: usize, left: &Circuit, scored: Scored) {
        self.told(evaluations, (left.arrows(), scored), left);
    }
}

impl Runner<'_> {
    fn scored<W: Written>(&mut self, candidates: &[W], references: usize) -> Vec<Option<Scored>> {
        let scored =
            |found: Measured| Scored { value: found.metric.value, error: found.metric.error, bits: found.bits };
        self.measure(candidates, references).into_iter().map(|found| found.map(scored)).collect()
    }

    /// By thing whether the hypothesis that is written for it has nothing wrong with it.
    fn checks<T>(&mut self, all: &[T], written: &dyn Fn(&T, &str) -> String) -> Vec<bool> {
        let names: Vec<String> = (0..all.len()).map(|at| format!("s{at}")).collect();
        let mut text = self.header.clone();
        for (name, own) in names.iter().zip(all) {
            text.push('\n');
            text.push_str(&written(own, name));
        }
        let Some(known) = self.checked.take() else { return vec![false; all.len()] };
        let (checked, wrong) = compiled((self.ground, &self.reads), &text, known);
        let is_there = |name: &String| checked.hypotheses.iter().any(|own| own.stated.claims.name == *name);
        let found = names.iter().map(|name| is_there(name) && !wrong.contains_key(name)).collect();
        self.checked = Some(Checked { hypotheses: Vec::new(), expectations: Vec::new(), ..checked });
        found
    }

    fn told<W: Written>(&mut self, evaluations: usize, (arrows, scored): (usize, Scored), best: &W) {
        if self.is_faulty() {
            return;
        }
        let own = self.text(best, &format!("{}_so_far", self.space.name));
        let text = format!("{}\n{own}", self.header);
        let best = SoFar { arrows, value: scored.value, text };
        if let Err(fault) = (self.round)(evaluations, &best, &self.known) {
            self.fault.get_or_insert(fault);
        }
    }
}

fn metric(metric: SearchMetric, done: &Done) -> Option<Estimate> {
    let classes = || done.panel.classes.as_ref();
    match metric {
        SearchMetric::Recovered => done.estimates.recovered,
        SearchMetric::Greatest => Some(done.estimates.scrubbed),
        SearchMetric::Least => Some(metric.as_stated(done.estimates.scrubbed)),
        SearchMetric::Accuracy => classes()?.accuracy.recovered,
        SearchMetric::Agreement => classes()?.agreement.recovered,
    }
}

/// Checks a text of hypotheses; with what is wrong with some of them, by name.
fn compiled(
    (ground, reads): (Ground<'_>, &RefCell<Reads>),
    text: &str,
    known: Checked,
) -> (Checked, BTreeMap<String, String>) {
    let mut sources = Sources::new();
    let id = sources.add(SourceFile::new("the search", text));
    let parsed = syntax::parse(id, text);
    let mut findings = parsed.diagnostics;
    let outside = Apart(ground.outside, reads);
    let file = elaborate(id, &parsed.file, ground.constants, &outside, &mut sources, &mut findings);
    let checked = recheck(&file, known, ground.loader, &mut findings);
    let mut wrong = BTreeMap::new();
    for finding in findings.iter().filter(|finding| finding.is_error()) {
        let is_allowed = ground.allowed.iter().any(|code| code == finding.code.id || code == finding.code.slug);
        if let (false, Some(name)) = (is_allowed, hypothesis_at(&file, finding, id)) {
            wrong.entry(name).or_insert_with(|| finding.message.clone());
        }
    }
    (checked, wrong)
}

/// The hypothesis that a finding is about.
fn hypothesis_at(file: &ast::File, finding: &Diagnostic, id: FileId) -> Option<String> {
    let Place::Source(span) = &finding.primary.place else { return None };
    if span.file != id {
        return None;
    }
    let own = file.hypotheses.iter().find(|own| own.span.start <= span.start && span.end <= own.span.end)?;
    Some(reference_name(&own.name))
}

fn carried_out(checked: &Checked, engine: &dyn Engine, settings: Settings) -> Result<Vec<Done>, Fault> {
    let groups = run::groups(checked, settings, None)?;
    let observed = run::execute(&groups, checked, engine, settings, &|_| {})?;
    run::compared(observed)
}

/// What the files that a search uses hold. Each is read once, so that all candidates are about the same.
#[derive(Default)]
struct Reads {
    known: BTreeMap<PathBuf, Read>,
    fault: Option<Fault>,
}

/// The file that models and data come from is used by another text, which is no file.
struct Apart<'a>(&'a dyn Outside, &'a RefCell<Reads>);

impl Outside for Apart<'_> {
    fn read(&self, path: &Path) -> Result<Read, Fault> {
        if let Some(known) = self.1.borrow().known.get(path) {
            return Ok(known.clone());
        }
        let found = self.0.read(path);
        let mut reads = self.1.borrow_mut();
        match &found {
            Ok(read) => _ = reads.known.insert(path.to_owned(), read.clone()),
            // A file that cannot be read is no fault of a candidate.
            Err(fault) => _ = reads.fault.get_or_insert_with(|| fault.clone()),
        }
        found
    }

    fn main_identity(&self) -> String {
        "the search".to_owned()
    }

    fn modules(&self, model: &ast::Model) -> Option<Vec<String>> {
        self.0.modules(model)
    }

    fn inputs(&self, model: &ast::Model) -> Option<Vec<String>> {
        self.0.inputs(model)
    }
}

/// A text in the folder of a file that has its models, its data and its features; and the parts of the
/// library that the file uses, which do not come with it.
pub fn header(file: &str, main: &ast::File) -> String {
    let name = Path::new(file).file_name().map_or_else(|| file.to_owned(), |name| name.to_string_lossy().into_owned());
    let mut out = format!("use \"{}\"\n", name.replace('\\', "\\\\").replace('"', "\\\""));
    for used in &main.uses {
        if let ast::Used::Library(path) = &used.what {
            let path: Vec<&str> = path.iter().map(|part| part.text.as_str()).collect();
            out.push_str(&format!("use {}\n", path.join(".")));
        }
    }
    out
}

/// On one line.
fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
