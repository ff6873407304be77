//! The built program in a folder of its own.
#![expect(clippy::disallowed_methods, reason = "tests make files, start programs and watch the clock")]

use ansatz::data::{Array, read_npz, write_npz};
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A program that takes longer is stopped: it hangs. Other work on the machine can make it slow.
const PATIENCE: Duration = Duration::from_secs(300);

/// The model and the data of the fixtures, and features to claim.
pub const HEAD: &str = r#"
model micro = onnx("micro.onnx") {
    dim batch
    dim pos    = 8
    dim d      = 8
    dim head   = 2
    dim d_head = 4

    input  tokens : token[batch, pos]  vocabulary { "[start]" "[pad]" "[end]" "(" ")" }
    output logits : real[batch, class = 2]

    component embed                       = "embed/Add"            : [batch, pos, d]
    component heads(l in 0..2, h in 0..2) = "blocks.{l}.attn.core" : [batch, head, pos, d_head] at head = h
}

data strings for micro = npz("micro.npz") {
    tokens
    label : category
}

feature step        : int[pos]  = if tokens == "(" then 1 else if tokens == ")" then -1 else 0
feature equal_count : bool      = sum(step) == 0
feature opens       : bool[pos] = tokens == "("

behaviour loss = cross_entropy(logits, label)
"#;

/// Two hypotheses: one without claims, one with a claim for each position below another one.
pub const CLAIMS: &str = r"
hypothesis nothing explains loss {
}

hypothesis counts explains loss {
    node late  = heads(1, 0)  computes equal_count
    node first = embed        computes opens

    late  -> loss
    first -> late
}
";

/// What a program did.
#[derive(Debug)]
pub struct Ran {
    /// The exit code; `None` if a signal ended it.
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
    /// How long its threads computed, together; on systems that do not tell, how long it took.
    pub used: Duration,
}

impl Ran {
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("not JSON: {error}\n{self:?}"))
    }

    /// The same, of a program that ended with this code.
    pub fn ended(self, code: i32) -> Ran {
        assert_eq!(self.code, Some(code), "{self:?}");
        self.without_fault()
    }

    pub fn without_fault(self) -> Ran {
        assert!(!self.stderr.contains("panicked") && !self.stderr.contains("a bug in Ansatz"), "{self:?}");
        self
    }
}

/// A temporary folder with the fixtures.
#[derive(Debug)]
pub struct Folder {
    folder: TempDir,
}

impl Folder {
    /// With `a.ansatz` of [`HEAD`] and these items.
    pub fn with(items: &str) -> Folder {
        let folder = Folder { folder: tempfile::tempdir().expect("a temporary folder") };
        let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
        for name in ["micro.onnx", "micro-legacy.onnx", "micro-batch1.onnx", "micro.npz", "micro.jsonl"] {
            std::fs::copy(fixtures.join(name), folder.path(name)).expect("the fixture is there");
        }
        folder.write("a.ansatz", format!("{HEAD}{items}"));
        folder
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), bytes).expect("the folder is writable");
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    pub fn arrays(&self, name: &str) -> BTreeMap<String, Array> {
        read_npz(&self.read(name), name).unwrap_or_else(|finding| panic!("{name}: {finding:?}"))
    }

    pub fn write_arrays(&self, name: &str, arrays: BTreeMap<String, Array>) {
        let arrays: Vec<(String, Array)> = arrays.into_iter().collect();
        self.write(name, write_npz(&arrays).expect("arrays can be packed"));
    }

    /// The names of all files, sorted.
    pub fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.folder.path()).expect("the folder is there");
        let mut names: Vec<String> =
            entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    /// The program in this folder, on the reference engine unless the arguments name one.
    pub fn command<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ansatz"));
        command.current_dir(self.folder.path()).args(arguments).env("ANSATZ_ENGINE", "reference");
        for name in ["NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "ORT_DYLIB_PATH", "LC_ALL", "LC_CTYPE", "LANG"] {
            command.env_remove(name);
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs the program; the arguments are split at spaces.
    pub fn run(&self, arguments: &str) -> Ran {
        finish(self.command(arguments.split_whitespace()))
    }
}

/// Starts a command and waits for its end; one that hangs is stopped, and the test fails.
pub fn finish(mut command: Command) -> Ran {
    let started = Instant::now();
    let mut child = command.spawn().expect("the program starts");
    let out = child.stdout.take().map(drain);
    let err = child.stderr.take().map(drain);
    let (code, used) = wait(&mut child, started);
    let text = |reader: Option<std::thread::JoinHandle<Vec<u8>>>| {
        let bytes = reader.map(|reader| reader.join().expect("the reader ends")).unwrap_or_default();
        String::from_utf8(bytes).expect("the program writes UTF-8")
    };
    Ran { code, stdout: text(out), stderr: text(err), used }
}

fn drain(mut stream: impl Read + Send + 'static) -> std::thread::JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).expect("a pipe can be read");
        bytes
    })
}

/// The exit code and the time that was used.
fn wait(child: &mut Child, started: Instant) -> (Option<i32>, Duration) {
    let mut used = None;
    loop {
        used = computed(child.id()).or(used);
        if let Some(status) = child.try_wait().expect("the program can be waited for") {
            return (status.code(), used.unwrap_or_else(|| started.elapsed()));
        }
        if started.elapsed() > PATIENCE {
            let _ = child.kill();
            panic!("the program hangs");
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// How long the threads of a process have computed, as Linux tells it in hundredths of a second.
fn computed(process: u32) -> Option<Duration> {
    let line = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name of the program, in parentheses, can hold spaces; the two times are fields 14 and 15.
    let fields: Vec<&str> = line.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks: Option<u64> = fields.get(11..13)?.iter().map(|field| field.parse::<u64>().ok()).sum();
    Some(Duration::from_millis(10 * ticks?))
}
