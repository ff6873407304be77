//! What a hypothesis means, as text: two hypotheses with the same text give the same numbers for the
//! same draws. Names of nodes and features, order, layout, comments, families, functions, refinements
//! and constants have left no trace; places in the model are addresses, and what is long is a hash.
//!
//! Bound hypotheses enter; a list of claims with their places in the text leaves. A lock holds its
//! hash, and `ansatz diff` compares claim by claim.

mod columns;
mod expression;
mod places;
mod said;

use crate::data::Dataset;
use crate::feature::reads;
use crate::hypothesis::{BoundModel, BoundValue, Checked, Interchange, Ready};
use crate::lower::written_parts;
use crate::source::Span;
use columns::Columns;
use expression::{Places, expression};
use said::{Said, claim};
use std::collections::BTreeSet;

/// The form of the texts; another form is another meaning.
const FORM: &str = "ansatz meaning 1";

/// What one hypothesis, or one interchange, means.
#[derive(Debug, Clone)]
pub struct Meaning {
    pub name: String,
    pub kind: MeaningOf,
    /// Where its name stands.
    pub span: Span,
    /// BLAKE3 of the model, and of the datasets, its own first, then the others in the order of their hashes.
    pub about: Vec<String>,
    /// Sorted; no claim twice.
    pub claims: Vec<Claim>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MeaningOf {
    Hypothesis,
    Interchange,
}

/// One claim.
#[derive(Debug, Clone)]
pub struct Claim {
    pub what: What,
    /// What it is about, without names of the file: claims of two files with the same key are one
    /// claim, changed or not.
    pub key: String,
    /// What it says.
    pub text: String,
    /// Where it is said.
    pub span: Span,
    /// What it is about, in the words of the file: a node, an end, a column.
    pub shown: String,
}

/// The kinds of claims, in the order of reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    Behaviour,
    /// The regions that cut paths.
    Map,
    /// Which column an input of the model is fed from.
    Input,
    /// What a column holds that is read.
    Column,
    Pool,
    /// What a node computes.
    Node,
    Arrow,
    Unclaimed,
    /// What an interchange predicts, and by which expression of the outputs.
    Predicts,
    /// A feature that is aligned with regions.
    Aligned,
}

impl Meaning {
    /// BLAKE3 of the claims, as hexadecimal digits; what they are about does not count.
    #[must_use]
    pub fn hash(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        hasher.update(FORM.as_bytes());
        for claim in &self.claims {
            for part in [&claim.key, &claim.text] {
                hasher.update(&(part.len() as u64).to_le_bytes()).update(part.as_bytes());
            }
        }
        hasher.finalize().to_hex().to_string()
    }

    /// Whether two mean the same, of the same model and data.
    #[must_use]
    pub fn equals(&self, other: &Meaning) -> bool {
        (self.kind, &self.about) == (other.kind, &other.about) && self.hash() == other.hash()
    }
}

/// The meaning of each hypothesis and interchange of a file that is checked and reported, in its order.
#[must_use]
pub fn meanings(checked: &Checked) -> Vec<Meaning> {
    let mut columns = Columns::default();
    let hypotheses = checked.hypotheses.iter().filter(|ready| ready.reported);
    let mut found: Vec<Meaning> = hypotheses.filter_map(|ready| of_hypothesis(ready, checked, &mut columns)).collect();
    found.extend(checked.interchanges.iter().filter_map(|of| of_interchange(of, checked, &mut columns)));
    found
}

fn of_hypothesis(ready: &Ready, checked: &Checked, columns: &mut Columns) -> Option<Meaning> {
    let model = checked.models.get(ready.model)?.as_ref()?;
    let datasets = datasets(&ready.datasets, checked)?;
    let stated = Said { stated: &ready.stated, estimates: &ready.estimates, datasets: &datasets, model };
    let places = outputs(model);
    let mut claims = vec![stated.behaviour(&ready.measured, &ready.behaviour, &places)];
    claims.extend(stated.pool());
    stated.claims(&places, &mut claims);
    let read: BTreeSet<String> = ready.measured.reads().into_iter().chain(stated.columns_read()).collect();
    stated.inputs(&read, columns, &mut claims);
    Some(stated.meaning(MeaningOf::Hypothesis, claims))
}

fn of_interchange(found: &Interchange, checked: &Checked, columns: &mut Columns) -> Option<Meaning> {
    let model = checked.models.get(found.model)?.as_ref()?;
    let datasets = datasets(&[found.data], checked)?;
    let stated = Said { stated: &found.stated, estimates: &[], datasets: &datasets, model };
    let mut places = outputs(model);
    let nodes = found.stated.claims.nodes.iter();
    let aligned: Vec<String> = nodes.map(|node| written_parts(&model.addresses, &node.parts)).collect();
    places.extend(
        found.aligned.iter().zip(&aligned).map(|((name, _), regions)| (name.clone(), format!("aligned {regions}"))),
    );
    let span = found.stated.spans.behaviour;
    let mut claims = vec![
        claim(What::Predicts, "predicts", expression(&found.intervened, &places), span, &found.predicts),
        claim(What::Predicts, "by", expression(&found.expression, &places), span, &found.predicts),
    ];
    let own = outputs(model);
    for (((name, feature), regions), (span, _)) in found.aligned.iter().zip(&aligned).zip(&found.stated.spans.nodes) {
        claims.push(claim(What::Aligned, &format!("align {regions}"), expression(feature, &own), *span, name));
    }
    let names: BTreeSet<&String> = found.aligned.iter().map(|(name, _)| name).collect();
    let read = [&found.intervened, &found.expression].into_iter().flat_map(reads);
    let mut read: BTreeSet<String> = read.filter(|name| !names.contains(name)).collect();
    read.extend(found.aligned.iter().flat_map(|(_, feature)| reads(feature)));
    stated.inputs(&read, columns, &mut claims);
    Some(stated.meaning(MeaningOf::Interchange, claims))
}

fn datasets<'a>(places: &[usize], checked: &'a Checked) -> Option<Vec<&'a Dataset>> {
    places.iter().map(|place| checked.datasets.get(*place)?.as_ref()).collect()
}

/// Outputs by address.
fn outputs(model: &BoundModel) -> Places {
    let output = |output: &BoundValue| (output.name.clone(), model.addresses.of(output.tensor).to_owned());
    model.outputs.iter().map(output).collect()
}
