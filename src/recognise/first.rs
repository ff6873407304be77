//! How to go on from a map: data, a behaviour and a first claim, as comments with a place for the user's own data.

use super::Structure;
use super::layers::Part;
use super::values::Declared;

/// The lines of a first claim about what the model gives; empty where what it is for cannot be known: it is for models
/// that predict the next token, or a class.
#[must_use]
pub fn first_claim(model: &str, structure: &Structure, values: &[Declared]) -> Vec<String> {
    let (inputs, outputs): (Vec<&Declared>, Vec<&Declared>) = values.iter().partition(|value| value.is_input);
    let Some(output) = outputs.first().filter(|output| output.called == "logits" && output.ty == "real") else {
        return Vec::new();
    };
    let Some((behaviour, more)) = behaviour(output, &inputs) else { return Vec::new() };
    let Some(claim) = claim(structure) else { return Vec::new() };
    let mut lines = vec![
        "How to go on: rows of data, what the model does on them, and a first claim about it.".to_owned(),
        String::new(),
    ];
    lines.push(format!("data rows for {model} = npz(\"rows.npz\") {{"));
    lines.extend(inputs.iter().map(|input| format!("    {}", input.address())));
    lines.extend(more.map(|column| format!("    {column}")));
    lines.extend(["}".to_owned(), String::new()]);
    lines.extend(behaviour);
    lines.push(String::new());
    lines.extend(claim);
    lines
}

/// The loss of the model, with a further column of the data that it needs.
fn behaviour(output: &Declared, inputs: &[&Declared]) -> Option<(Vec<String>, Option<&'static str>)> {
    let dims: Vec<&str> = output.dims.iter().map(String::as_str).collect();
    let tokens = inputs.iter().any(|input| input.called == "tokens" && input.dims == ["batch", "pos"]);
    match dims.as_slice() {
        ["batch", "pos", "vocab"] if tokens => Some((
            vec![
                "feature next : token[pos] = shift(tokens, -1, 0)".to_owned(),
                String::new(),
                "behaviour loss : real[pos] where position(pos) < length(pos) - 1 = cross_entropy(logits, next)"
                    .to_owned(),
            ],
            None,
        )),
        ["batch", "class"] => {
            Some((vec!["behaviour loss = cross_entropy(logits, label)".to_owned()], Some("label : category")))
        }
        _ => None,
    }
}

/// What is lost where the first head of the last layer that has heads sees another row.
fn claim(structure: &Structure) -> Option<Vec<String>> {
    let has_heads = |layer: &super::Layer| matches!(layer.attention().map(|known| &known.part), Some(Part::Attention { heads: Some(heads), .. }) if heads.count.is_some());
    let last = structure.layers.iter().rposition(has_heads)?;
    Some(vec![
        format!("/// What is lost if the first head of layer {last} sees another row."),
        "hypothesis first explains loss on rows {".to_owned(),
        "    unclaimed exact".to_owned(),
        format!("    node head = heads({last}, 0)  computes any"),
        String::new(),
        "    head ~> loss".to_owned(),
        "}".to_owned(),
    ])
}
