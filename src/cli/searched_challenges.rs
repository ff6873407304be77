//! Challenges that what a search found takes.

use super::args::SearchArgs;
use crate::engine::Engine;
use crate::estimate::RateRatio;
use crate::hypothesis::{Checked, Control, SearchSpace, reference_name};
use crate::run::Settings;
use crate::search::{ChallengeOutcome, RatioOutcome, Runner, WinnerReport};
use crate::syntax::ast;
use crate::validate::distinguish::{Told, distinguish};
use crate::validate::fool::{Fooled, fool};
use crate::validate::{Challenge, challenges};
use std::collections::BTreeMap;

/// The challenges of a search with this hypothesis in the place of theirs, on the rows that the runner has.
pub fn challenged(
    (space, runner): (&SearchSpace, &mut Runner<'_>),
    winner: &WinnerReport,
    (args, engine): (&SearchArgs, &dyn Engine),
) -> Vec<ChallengeOutcome> {
    let settings = args.work.settings();
    let one = |item: &ast::Challenge| match runner.challenged((&winner.name, &winner.text), std::slice::from_ref(item))
    {
        Err(why) => nothing(item, Some(why)),
        Ok(checked) => {
            let found = outcome(item, &checked, engine, settings);
            runner.give_back(checked);
            found
        }
    };
    space.challenges.iter().map(one).collect()
}

fn nothing(item: &ast::Challenge, failed: Option<String>) -> ChallengeOutcome {
    let aim = match item.aim {
        ast::Aim::Fools(_) => "fools",
        ast::Aim::Distinguishes(_) => "distinguishes",
    };
    let (ratios, auroc) = (BTreeMap::new(), BTreeMap::new());
    ChallengeOutcome { name: reference_name(&item.name), aim, rate: None, ratios, auroc, failed }
}

fn outcome(item: &ast::Challenge, checked: &Checked, engine: &dyn Engine, settings: Settings) -> ChallengeOutcome {
    let blank = nothing(item, None);
    let failed = |why: String| ChallengeOutcome { failed: Some(why), ..nothing(item, None) };
    match challenges(checked).first() {
        Some(Challenge::Fools(challenge)) => match fool(challenge, checked, engine, settings, &|_| {}) {
            Ok(found) => fooled(&found, blank),
            Err(fault) => failed(fault.message.clone()),
        },
        Some(Challenge::Distinguishes(challenge)) => {
            match distinguish(challenge, checked, (engine, settings), &|_| {}) {
                Ok(found) => told(&found, blank),
                Err(fault) => failed(fault.message.clone()),
            }
        }
        None => blank,
    }
}

fn fooled(found: &Fooled<'_>, blank: ChallengeOutcome) -> ChallengeOutcome {
    let ratio = |ratio: RateRatio| RatioOutcome { value: ratio.value, low: ratio.low, high: ratio.high };
    let ratios = Control::ALL.into_iter().filter_map(|control| Some((control.name(), ratio(found.ratio(control)?))));
    ChallengeOutcome { rate: Some(found.rate.into()), ratios: ratios.collect(), ..blank }
}

fn told(found: &Told, blank: ChallengeOutcome) -> ChallengeOutcome {
    let auroc = found.scores.iter().map(|score| (score.name.to_string(), score.trusted.auroc.into()));
    ChallengeOutcome { auroc: auroc.collect(), ..blank }
}
