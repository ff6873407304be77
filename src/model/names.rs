//! PyTorch module paths of nodes. The legacy exporter writes them into names
//! (`/blocks.0/attn/q/MatMul_output_0`), the dynamo exporter into node metadata.

use super::onnx::NodeProto;

/// Metadata key under which the dynamo exporter keeps the scopes, outermost first, as a Python list.
const SCOPES: &str = "pkg.torch.onnx.name_scopes";

/// Longer or deeper paths are no module paths, and listing all their parents would take too much.
const LONGEST: usize = 256;
const DEEPEST: usize = 32;

/// The dotted path of the module a node belongs to: `blocks.0.attn.q`, empty for the root module,
/// `None` where the file does not say.
#[must_use]
pub fn module_path(node: &NodeProto) -> Option<String> {
    let scopes = node.metadata_props.iter().find(|entry| entry.key() == SCOPES);
    let path = scopes.and_then(|entry| from_scopes(entry.value())).or_else(|| from_slashes(node.name()));
    let path = path.or_else(|| node.output.iter().find_map(|output| from_slashes(output)));
    path.filter(|path| path.len() <= LONGEST && path.split('.').count() <= DEEPEST)
}

/// `/blocks.0/attn/q/MatMul` lies in `blocks.0.attn.q`; the last part is the operator.
fn from_slashes(name: &str) -> Option<String> {
    let parts = name.strip_prefix('/')?;
    let module = parts.rsplit_once('/').map_or("", |(module, _)| module);
    Some(module.replace('/', "."))
}

/// `['', 'blocks.0', 'blocks.0.attn', 'matmul']` lies in `blocks.0.attn`; the last is the operator.
fn from_scopes(literal: &str) -> Option<String> {
    let scopes = string_list(literal)?;
    match scopes.as_slice() {
        [.., module, _operator] => Some(module.clone()),
        [_operator] => Some(String::new()),
        [] => None,
    }
}

/// Reads a Python list of string literals; `None` if it is anything else.
fn string_list(literal: &str) -> Option<Vec<String>> {
    let mut characters = literal.trim().strip_prefix('[')?.strip_suffix(']')?.chars().peekable();
    let mut items = Vec::new();
    loop {
        while characters.next_if(|next| next.is_whitespace() || *next == ',').is_some() {}
        let Some(quote) = characters.next() else { return Some(items) };
        if quote != '\'' && quote != '"' {
            return None;
        }
        let mut item = String::new();
        loop {
            match characters.next()? {
                '\\' => item.push(characters.next()?),
                end if end == quote => break,
                other => item.push(other),
            }
        }
        items.push(item);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::onnx::StringStringEntryProto;

    fn node(name: &str, scopes: &str) -> NodeProto {
        let entry = StringStringEntryProto { key: Some(SCOPES.to_owned()), value: Some(scopes.to_owned()) };
        NodeProto {
            name: Some(name.to_owned()),
            metadata_props: if scopes.is_empty() { vec![] } else { vec![entry] },
            ..Default::default()
        }
    }

    #[test]
    fn both_exporters_tell_the_module() {
        let legacy = node("/blocks.0/attn/q/MatMul", "");
        assert_eq!(module_path(&legacy).as_deref(), Some("blocks.0.attn.q"));
        let dynamo = node("node_linear_3", r#"['', 'blocks.0', "blocks.0.attn", 'linear_3']"#);
        assert_eq!(module_path(&dynamo).as_deref(), Some("blocks.0.attn"));
        assert_eq!(module_path(&node("/Gather", "")).as_deref(), Some(""));
        assert_eq!(module_path(&node("n", "['', 'gather']")).as_deref(), Some(""));
    }

    #[test]
    fn endless_paths_are_no_modules() {
        assert_eq!(module_path(&node(&"/a".repeat(40), "")), None);
        assert_eq!(module_path(&node(&format!("/{}/Op", "a".repeat(300)), "")), None);
    }

    #[test]
    fn other_names_tell_nothing() {
        for scopes in ["", "[", "['a'", "[1]", "['a\\", "nonsense", "[]"] {
            assert_eq!(module_path(&node("MatMul_3", scopes)), None, "{scopes}");
        }
    }
}
