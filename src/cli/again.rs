//! The command that gives the numbers of a run again. What changes no number is left out.

use super::args::{EngineChoice, FileArgs, RunArgs};

/// Word by word.
#[must_use]
pub fn command(args: &RunArgs) -> Vec<String> {
    let mut words = on_file("run", &args.file);
    let mut option = |name: &str, value: String| words.extend([name.to_owned(), value]);
    match &args.replay {
        Some(path) => option("--replay", path.display().to_string()),
        None => {
            args.sample.n.iter().for_each(|n| option("--n", n.to_string()));
            args.sample.budget.iter().for_each(|budget| option("--budget", budget.to_string()));
            option("--seed", args.sample.seed.to_string());
        }
    }
    let switches = [("--blame", args.blame), ("--reference-points", args.reference_points)];
    words.extend(switches.iter().filter(|(_, is_on)| *is_on).map(|(name, _)| (*name).to_owned()));
    words
}

/// The words of a command on a file, bindings and all.
#[must_use]
pub fn on_file(command: &str, args: &FileArgs) -> Vec<String> {
    let mut words: Vec<String> = ["ansatz", command].map(str::to_owned).to_vec();
    words.push(args.file.display().to_string());
    let mut option = |name: &str, value: String| words.extend([name.to_owned(), value]);
    for (name, bindings) in [("--model", &args.models), ("--data", &args.data)] {
        for binding in bindings {
            option(name, format!("{}={}", binding.name, binding.path.display()));
        }
    }
    args.set.iter().for_each(|(name, value)| option("--set", format!("{name}={value}")));
    for (name, codes) in [("--allow", &args.allow), ("--warn", &args.warn), ("--deny", &args.deny)] {
        codes.iter().for_each(|code| option(name, code.clone()));
    }
    match args.engine {
        EngineChoice::Auto => {}
        EngineChoice::Reference => option("--engine", "reference".to_owned()),
        EngineChoice::Onnxruntime => option("--engine", "onnxruntime".to_owned()),
    }
    words
}
