//! The exports, and what is written of them.

use crate::runtime;
use ansatz::engine::Engine;
use ansatz::engine::reference::Reference;
use ansatz::model::{ByRunning, DimSizes, Model, ModelFile, infer, load};
use ansatz::recognise::{MapName, Written, write};
use std::path::{Path, PathBuf};

/// A model with its exports, and what there is to recognise.
#[derive(Debug)]
pub struct Export {
    /// The name of its files, behind their folder.
    pub files: &'static str,
    pub exports: &'static [&'static str],
    /// Components and sites, as they are declared.
    pub names: &'static str,
    /// How many things have no name, by export; the last for all behind it.
    pub unnamed: &'static [usize],
    /// What the reference engine does not have.
    pub needs_onnxruntime: bool,
}

const FOUR: &[&str] = &["legacy", "dynamo", "sdpa", "fused"];
const TWO: &[&str] = &["legacy", "dynamo"];

const GPT2: Export = Export {
    files: "architectures/gpt2",
    exports: FOUR,
    names: "embed heads mlp neurons attn_out resid_pre resid_mid resid_post final_norm",
    unnamed: &[0],
    needs_onnxruntime: false,
};
const BERT: &str =
    "embed heads mlp neurons attn_out resid_pre resid_mid normalized_mid resid_post normalized_post pooled";

pub const EXPORTS: [Export; 14] = [
    GPT2,
    Export { files: "architectures/llama", ..GPT2 },
    Export { files: "architectures/llama-positions", exports: &["dynamo", "fused"], ..GPT2 },
    Export { files: "architectures/bert", names: BERT, ..GPT2 },
    Export { files: "architectures/bert-indexed", exports: TWO, names: BERT, ..GPT2 },
    Export {
        files: "architectures/attention-only",
        names: "embed heads attn_out resid_pre resid_post final_norm",
        ..GPT2
    },
    // Its MLPs work on rows and positions in one axis.
    Export {
        files: "init/opt",
        exports: TWO,
        names: "embed heads attn_out resid_pre resid_mid resid_post final_norm",
        unnamed: &[2],
        ..GPT2
    },
    Export {
        files: "init/neox",
        exports: TWO,
        names: "embed heads mlp neurons attn_out resid_pre resid_post final_norm",
        ..GPT2
    },
    // The first layer of the legacy export computes the positions of all, so that its scores stand elsewhere.
    Export { files: "init/t5", exports: TWO, unnamed: &[2, 0], ..GPT2 },
    Export {
        files: "init/vit",
        exports: TWO,
        names: "embed heads mlp neurons attn_out resid_pre resid_mid resid_post final_norm pooled",
        needs_onnxruntime: true,
        ..GPT2
    },
    Export { files: "init/gated", exports: TWO, unnamed: &[2], ..GPT2 },
    Export { files: "init/strange", exports: TWO, unnamed: &[2], ..GPT2 },
    Export { files: "init/perceptron", exports: TWO, names: "hidden_0 hidden_1", ..GPT2 },
    Export {
        files: "micro",
        exports: &["", "legacy"],
        names: "embed heads mlp neurons attn_out resid_pre resid_mid resid_post final_norm pooled",
        ..GPT2
    },
];

/// A written map with what it was made from.
#[derive(Debug)]
pub struct Made {
    pub model: Model,
    pub written: Written,
}

impl Export {
    pub fn path(&self, export: &str) -> PathBuf {
        let dash = if export.is_empty() { "" } else { "-" };
        fixtures().join(format!("{}{dash}{export}.onnx", self.files))
    }

    /// The name of the expected map of an export.
    pub fn name(&self, export: &str) -> String {
        let name = self.files.rsplit('/').next().unwrap();
        if export.is_empty() { name.to_owned() } else { format!("{name}-{export}") }
    }

    /// The engine that can run it; `None` where it is not there.
    pub fn engine(&self) -> Option<Box<dyn Engine>> {
        if !self.needs_onnxruntime {
            return Some(Box::new(Reference::new()));
        }
        runtime::onnxruntime().map(|engine| Box::new(engine) as Box<dyn Engine>)
    }

    pub fn made(&self, export: &str) -> Option<Made> {
        let engine = self.engine()?;
        let (file, _) = load(&self.path(export)).unwrap();
        let path = format!("{}.onnx", self.name(export));
        Some(made(&file, &path, engine.as_ref()).unwrap())
    }
}

pub fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

/// What is written of a model, or the findings that keep it from being declared.
pub fn made(file: &ModelFile, path: &str, engine: &dyn Engine) -> Result<Made, Vec<ansatz::diagnostics::Diagnostic>> {
    let probe = ByRunning(engine);
    let (model, _) = infer(file.clone(), &probe, engine, &DimSizes::default())?;
    let name = MapName { name: "m".to_owned(), path: path.to_owned(), sizes: false };
    let written = write(file, &model, &name, &probe, engine)?;
    Ok(Made { model, written })
}

/// The names of components and sites in the order of a map.
pub fn declared(text: &str) -> Vec<String> {
    let name = |line: &str| {
        let rest = line.trim_start().strip_prefix("component ").or_else(|| line.trim_start().strip_prefix("site "))?;
        Some(rest.split(['(', ' ']).next().unwrap().to_owned())
    };
    text.lines().filter_map(name).collect()
}
