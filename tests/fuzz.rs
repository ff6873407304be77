//! Mutants of files, fed to every reader. The same mutants each time: a fixed number of them, so that this is a test like
//! any other. `make fuzz-quick` tries as many as a minute holds, and other ones each time.
#![allow(clippy::panic, clippy::print_stdout, reason = "a test fails by panicking, and says how far it came")]
#![allow(clippy::disallowed_methods, reason = "a test reads files, the clock and the environment")]

#[path = "fuzz/targets.rs"]
mod targets;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};
use targets::{TARGETS, Target, format_by};

/// Mutants of each target, where no time is given.
const MUTANTS: u64 = 400;
/// Mutants do not grow beyond this: what is large is for tests of limits.
const LONGEST: usize = 1 << 16;

/// Numbers that only look like chance (Steele, Lea and Flood's SplitMix).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end.max(1) as u64).unwrap_or_default()
    }

    fn of<'a, T: ?Sized>(&mut self, list: &[&'a T]) -> &'a T {
        list[self.below(list.len())]
    }
}

/// A range of the bytes, seldom a long one.
fn range(length: usize, random: &mut Random) -> std::ops::Range<usize> {
    let start = random.below(length);
    let longest = if random.below(4) == 0 { length } else { 16 };
    start..(start + 1 + random.below(longest)).min(length)
}

/// One of the seeds after one to four changes.
fn mutant(seeds: &[&[u8]], words: &[&str], random: &mut Random) -> Vec<u8> {
    let mut bytes = random.of(seeds).to_vec();
    for _ in 0..=random.below(4) {
        let at = random.below(bytes.len());
        let range = range(bytes.len(), random);
        match random.below(8) {
            0 if !bytes.is_empty() => bytes[at] ^= 1 << random.below(8),
            1 if !bytes.is_empty() => bytes[at] = *random.of(&[&0, &1, &0x7f, &0x80, &0xff, &b'"', &b'\n']),
            2 => drop(bytes.drain(range)),
            3 => bytes.truncate(at),
            4 => drop(bytes.splice(at..at, random.of(words).bytes())),
            5 => {
                let part = bytes[range].to_vec();
                drop(bytes.splice(at..at, part));
            }
            6 => {
                let other = random.of(seeds);
                let from = self::range(other.len(), random);
                drop(bytes.splice(range, other[from].iter().copied()));
            }
            _ => drop(bytes.splice(range, random.of(words).bytes())),
        }
    }
    bytes.truncate(LONGEST);
    bytes
}

/// What was found: the input and what was said.
struct Found {
    input: Vec<u8>,
    said: String,
}

/// Tries all seeds and then mutants until `go_on` says no; ends at the first that fails. Gives how many were tried.
fn hunt(
    run: impl Fn(&[u8]),
    (seeds, words): (&[&[u8]], &[&str]),
    seed: u64,
    go_on: impl Fn(u64) -> bool,
) -> (u64, Option<Found>) {
    let mut random = Random(seed);
    let mut tried = 0;
    while tried < seeds.len() as u64 || go_on(tried) {
        let whole = usize::try_from(tried).ok().and_then(|at| seeds.get(at));
        let input = whole.map_or_else(|| mutant(seeds, words, &mut random), |seed| seed.to_vec());
        tried += 1;
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| run(&input))) {
            let said = panic.downcast_ref::<String>().cloned();
            let said = said.or_else(|| panic.downcast_ref::<&str>().map(|said| (*said).to_owned())).unwrap_or_default();
            return (tried, Some(Found { input, said }));
        }
    }
    (tried, None)
}

fn seeds(target: &Target) -> Vec<Vec<u8>> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |name: &&str| std::fs::read(root.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    target.seeds.iter().map(read).collect()
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

/// All mutants of a target; one that fails is kept as a file.
fn fuzz(target: &Target) {
    let (owned, started) = (seeds(target), Instant::now());
    let slices: Vec<&[u8]> = owned.iter().map(Vec::as_slice).collect();
    let share = number("ANSATZ_FUZZ_SECONDS").map(|seconds| Duration::from_secs(seconds) / TARGETS.len() as u32);
    let go_on = |tried: u64| share.map_or(tried < MUTANTS, |share| started.elapsed() < share);
    let seed = number("ANSATZ_FUZZ_SEED").unwrap_or(2026);
    let (tried, found) = hunt(target.run, (&slices, target.words), seed, go_on);
    println!("{}: {tried} inputs", target.name);
    if let Some(Found { input, said }) = found {
        let path = std::env::temp_dir().join(format!("ansatz-fuzz-{}", target.name));
        std::fs::write(&path, input).expect("the temporary folder is writable");
        panic!("{} (seed {seed}, input {tried}, kept as {}): {said}", target.name, path.display());
    }
}

macro_rules! targets {
    ($($name:ident),*) => {
        $(#[test]
        fn $name() {
            fuzz(TARGETS.iter().find(|target| target.name == stringify!($name)).expect("a target of this name"));
        })*

        #[test]
        fn every_target_is_tried() {
            let mut tried = vec![$(stringify!($name)),*];
            tried.sort_unstable();
            let mut all: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
            all.sort_unstable();
            assert_eq!(tried, all);
            // And by cargo-fuzz.
            for name in all {
                let root = env!("CARGO_MANIFEST_DIR");
                let text = std::fs::read_to_string(format!("{root}/fuzz/fuzz_targets/{name}.rs")).expect(name);
                assert!(text.contains(&format!("targets::{name}(")), "{name}");
                let list = std::fs::read_to_string(format!("{root}/fuzz/Cargo.toml")).expect("a list of targets");
                assert!(list.contains(&format!("name = \"{name}\"")), "{name}");
            }
        }
    };
}

targets!(parse, format, fixes, onnx, npz, jsonl, lock, progress, replay);

/// A bug is planted behind each target, in one of sixteen inputs: it is found, and the input with it.
#[test]
fn planted_bugs_are_found() {
    for target in TARGETS {
        let owned = seeds(target);
        let slices: Vec<&[u8]> = owned.iter().map(Vec::as_slice).collect();
        let is_hit = |bytes: &[u8]| blake3::hash(bytes).as_bytes()[0] < 16;
        let planted = |bytes: &[u8]| {
            (target.run)(bytes);
            assert!(!is_hit(bytes), "planted");
        };
        let (_, found) = hunt(planted, (&slices, target.words), 1, |tried| tried < MUTANTS);
        let found = found.unwrap_or_else(|| panic!("{}: nothing is found", target.name));
        assert!(found.said == "planted" && is_hit(&found.input), "{}: {}", target.name, found.said);
    }
}

/// Not only panics are found: a layout that loses a letter, one that never settles, one with a mistake.
#[test]
fn wrong_layouts_are_found() {
    let target = TARGETS.iter().find(|target| target.name == "format").expect("there is one");
    let owned = seeds(target);
    let slices: Vec<&[u8]> = owned.iter().map(Vec::as_slice).collect();
    let right = |text: &str| ansatz::format::format(ansatz::source::FileId(0), text).ok();
    type Layout<'a> = &'a dyn Fn(&str) -> Option<String>;
    let wrong: [Layout<'_>; 3] = [
        &|text| right(text).map(|laid| laid.replacen("explains", "explain", 1)),
        &|text| right(text).map(|laid| format!("{laid}// {}\n", text.len())),
        &|text| right(text).map(|laid| laid.replacen('}', "", 1)),
    ];
    for (at, wrong) in wrong.iter().enumerate() {
        let (_, found) = hunt(|bytes| format_by(bytes, wrong), (&slices, target.words), 1, |tried| tried < MUTANTS);
        assert!(found.is_some_and(|found| found.said.contains("a layout")), "{at}");
    }
}
