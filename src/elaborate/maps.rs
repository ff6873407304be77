//! Model maps: what stands in the braces of a model, from somewhere else.

use super::files::{Origin, Outside};
use super::library::{LIBRARY, find};
use super::rewrite::{Env, Integers, Rewriter, placed};
use crate::diagnostics::messages::{elaborate as messages, names};
use crate::diagnostics::nearest;
use crate::source::Span;
use crate::syntax::ast::{self, Expr, ExprKind, Map, MapUse, ModelBody, Text};
use std::collections::{BTreeMap, BTreeSet};

/// What a parameter of a map stands for.
#[derive(Debug, Clone, PartialEq)]
enum Value {
    Integer(i64),
    Text(String),
}

/// A model with the declarations of its map; its own hide those of the map. A map with a mistake,
/// or of a model that cannot be loaded, stays where it is: nothing more is said of that model.
pub fn merged(model: &ast::Model, rewriter: &mut Rewriter<'_>, env: Env<'_>, outside: &dyn Outside) -> ast::Model {
    let own = rewriter.model_body(&model.body, &BTreeMap::new(), env);
    let Some(used) = &model.map else { return ast::Model { body: own, ..model.clone() } };
    match rewriter.map(used, model, env, outside) {
        Some(map) => {
            let map = fitting(map, &own, outside.inputs(model));
            ast::Model { map: None, body: joined(map, own), ..model.clone() }
        }
        None => ast::Model { body: own, ..model.clone() },
    }
}

/// A map without those of its inputs that the model does not have, if the others are all that it has:
/// not every export has a mask. One that the model's own braces declare, by whatever name, is theirs.
fn fitting(mut map: ModelBody, own: &ModelBody, inputs: Option<Vec<String>>) -> ModelBody {
    let called = |input: &ast::Input| input.tensor.as_ref().map_or(&input.name.text, |tensor| &tensor.value).clone();
    let given: BTreeSet<String> = own.inputs.iter().map(called).collect();
    map.inputs.retain(|input| !given.contains(&called(input)));
    let known: BTreeSet<String> = map.inputs.iter().map(called).chain(given).collect();
    if let Some(inputs) = inputs.filter(|inputs| inputs.iter().all(|name| known.contains(name))) {
        map.inputs.retain(|input| inputs.contains(&called(input)));
    }
    map
}

fn joined(map: ModelBody, own: ModelBody) -> ModelBody {
    fn both<T>(map: Vec<T>, own: Vec<T>, name: impl Fn(&T) -> &str) -> Vec<T> {
        let names: BTreeSet<String> = own.iter().map(|item| name(item).to_owned()).collect();
        let kept = map.into_iter().filter(|item| !names.contains(name(item))).collect::<Vec<_>>();
        kept.into_iter().chain(own).collect()
    }
    ModelBody {
        dims: both(map.dims, own.dims, |item| &item.name.text),
        inputs: both(map.inputs, own.inputs, |item| &item.name.text),
        outputs: both(map.outputs, own.outputs, |item| &item.name.text),
        components: both(map.components, own.components, |item| &item.name.text),
    }
}

impl Rewriter<'_> {
    fn map(&mut self, used: &MapUse, model: &ast::Model, env: Env<'_>, outside: &dyn Outside) -> Option<ModelBody> {
        let map = self.find_map(used, env)?;
        let before = self.sink.len();
        let values = self.map_values(&map, used, model, env, outside);
        if values.is_none() {
            self.other_map(used, model, outside, before);
        }
        let values = values?;
        let integers: Integers = values
            .iter()
            .filter_map(
                |(name, value)| if let Value::Integer(value) = value { Some((name.clone(), *value)) } else { None },
            )
            .collect();
        let file = map.name.span.file;
        let place = self.sources.add_call(file, used.span);
        Some(self.model_body(&map.body, &values, Env { file, place, integers: &integers, ..env }))
    }

    /// A map whose modules the model lacks might be that of another architecture: the one of its part of the library
    /// whose modules the model has is offered.
    fn other_map(&mut self, used: &MapUse, model: &ast::Model, outside: &dyn Outside, before: usize) {
        let Some((last, start)) = used.path.split_last() else { return };
        let part = start.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(".");
        let (Some(modules), Some(part)) = (outside.modules(model), find(&part)) else { return };
        let library = self.scopes.loaded.units.iter().filter(|unit| unit.origin == Origin::Library(part));
        let fits = library.flat_map(|unit| &unit.file.maps).find(|map| has_modules(map, &modules));
        let name = fits.map(|map| map.name.text.clone());
        let path = Span { end: last.span.end, ..used.path.first().map_or(last.span, |word| word.span) };
        if let Some(finding) = self.sink.get_mut(before).filter(|finding| finding.code.id == "A1105") {
            *finding = messages::of_another_map(finding.clone(), path, last.span, name.as_deref());
        }
    }

    /// A map of the user, or of the library: `std.transformer.gpt2`, or `gpt2` where it is used.
    fn find_map(&mut self, used: &MapUse, env: Env<'_>) -> Option<Map> {
        let (last, before) = used.path.split_last()?;
        if last.text.is_empty() {
            return None;
        }
        let scopes = self.scopes;
        let user = || scopes.loaded.user().flat_map(|unit| &unit.file.maps);
        let parts: Vec<usize> = if before.is_empty() {
            if let Some(found) = user().find(|map| map.name.text == last.text) {
                return Some(found.clone());
            }
            scopes.library_of(env.file).to_vec()
        } else {
            let part = before.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(".");
            let Some(place) = find(&part) else {
                let near = nearest(&part, LIBRARY.iter().map(|part| part.name));
                let all: Vec<&str> = LIBRARY.iter().map(|part| part.name).collect();
                return self.fail(messages::no_such_part(used.span, &part, &near, &all));
            };
            vec![place]
        };
        let library: Vec<&Map> = parts
            .iter()
            .filter_map(|part| scopes.loaded.units.iter().find(|unit| unit.origin == Origin::Library(*part)))
            .flat_map(|unit| &unit.file.maps)
            .collect();
        if let Some(found) = library.iter().find(|map| map.name.text == last.text) {
            return Some((*found).clone());
        }
        let known = library.iter().map(|map| map.name.text.as_str());
        let near = nearest(&last.text, known.chain(user().map(|map| map.name.text.as_str())));
        self.fail(names::unknown(last.span, "map", &last.text, &near))
    }

    fn map_values(
        &mut self,
        map: &Map,
        used: &MapUse,
        model: &ast::Model,
        env: Env<'_>,
        outside: &dyn Outside,
    ) -> Option<BTreeMap<String, Value>> {
        let mut given: BTreeMap<&str, (&Expr, Span)> = BTreeMap::new();
        let mut sound = true;
        for (name, value) in &used.arguments {
            if !map.parameters.iter().any(|(parameter, _)| parameter.text == name.text) {
                let near = nearest(&name.text, map.parameters.iter().map(|(parameter, _)| parameter.text.as_str()));
                self.sink.push(names::unknown(name.span, "parameter of the map", &name.text, &near));
                sound = false;
            } else if let Some((_, first)) = given.insert(&name.text, (value, name.span)) {
                self.sink.push(names::declared_twice(name.span, "argument", &name.text, first));
                sound = false;
            }
        }
        let inside = Env { file: map.name.span.file, place: map.name.span.file, integers: env.integers, ..env };
        let mut values = BTreeMap::new();
        for (parameter, default) in &map.parameters {
            let value = match (given.get(parameter.text.as_str()), default) {
                (Some((value, _)), _) => self.map_value(value, &BTreeMap::new(), model, env, outside),
                // A default can name the parameters before it.
                (None, Some(value)) => self.map_value(value, &values, model, inside, outside),
                // A misspelled argument is why one is missing.
                (None, None) if !sound => None,
                (None, None) => {
                    let name = &parameter.text;
                    self.fail(messages::argument_missing(used.span, name, &map.name.text, parameter.span))
                }
            };
            match value {
                Some(value) => drop(values.insert(parameter.text.clone(), value)),
                None => sound = false,
            }
        }
        sound.then_some(values)
    }

    fn map_value(
        &mut self,
        expr: &Expr,
        before: &BTreeMap<String, Value>,
        model: &ast::Model,
        env: Env<'_>,
        outside: &dyn Outside,
    ) -> Option<Value> {
        match &expr.kind {
            ExprKind::Text(text) => Some(Value::Text(replaced(text, before))),
            ExprKind::Call { function, arguments } if function.text == "modules" => {
                let [Expr { kind: ExprKind::Text(pattern), span }] = arguments.as_slice() else {
                    return self.fail(messages::modules_of_what(placed(expr.span, env)));
                };
                let modules = outside.modules(model)?;
                let pattern = replaced(pattern, before);
                match count(&modules, &pattern) {
                    Some(0) => {
                        self.fail(messages::no_modules(model.path.span, &model.name.text, &pattern, placed(*span, env)))
                    }
                    Some(count) => Some(Value::Integer(count)),
                    None => self.fail(messages::modules_of_what(placed(expr.span, env))),
                }
            }
            _ => self.integer(expr, env).map(Value::Integer),
        }
    }

    fn model_body(&mut self, body: &ModelBody, values: &BTreeMap<String, Value>, env: Env<'_>) -> ModelBody {
        let text = |text: &Text| filled(text, values, env);
        let inputs = body.inputs.iter().map(|input| ast::Input {
            tensor: input.tensor.as_ref().map(text),
            ty: typed(&input.ty, env),
            span: placed(input.span, env),
            ..input.clone()
        });
        let outputs = body.outputs.iter().map(|output| ast::Output {
            tensor: output.tensor.as_ref().map(text),
            ty: typed(&output.ty, env),
            span: placed(output.span, env),
            ..output.clone()
        });
        ModelBody {
            dims: body.dims.clone(),
            inputs: inputs.collect(),
            outputs: outputs.collect(),
            components: body.components.iter().map(|component| self.component(component, values, env)).collect(),
        }
    }

    /// The arguments of a component's own names: its parameters hide constants.
    fn hiding<'n>(&self, parameters: &'n [ast::Parameter], env: Env<'n>) -> BTreeMap<&'n str, Expr> {
        let mut arguments = env.arguments.clone();
        for ast::Ident { text, span } in parameters.iter().map(|parameter| &parameter.name) {
            if self.scopes.meaning(text, env.file).is_some() {
                arguments.insert(text, Expr { kind: ExprKind::Name(text.clone()), span: *span });
            }
        }
        arguments
    }

    fn component(&mut self, item: &ast::Component, values: &BTreeMap<String, Value>, env: Env<'_>) -> ast::Component {
        let mut values = values.clone();
        let mut integers = env.integers.clone();
        for parameter in &item.parameters {
            values.remove(&parameter.name.text);
            integers.remove(&parameter.name.text);
        }
        let own = self.hiding(&item.parameters, env);
        let inside = Env { integers: &integers, arguments: &own, ..env };
        let parameters = item
            .parameters
            .iter()
            .map(|parameter| ast::Parameter { name: parameter.name.clone(), range: self.range(&parameter.range, env) });
        let parameters = parameters.collect();
        let ports = item.ports.iter().map(|port| ast::Port {
            site: filled(&port.site, &values, env),
            dims: dims(&port.dims, env),
            at: self.at(&port.at, inside),
            ..port.clone()
        });
        let ports = ports.collect();
        ast::Component {
            parameters,
            site: filled(&item.site, &values, env),
            dims: dims(&item.dims, env),
            at: self.at(&item.at, inside),
            ports,
            ..item.clone()
        }
    }
}

fn typed(ty: &ast::Type, env: Env<'_>) -> ast::Type {
    let scalar = ast::Ident { span: placed(ty.scalar.span, env), ..ty.scalar.clone() };
    ast::Type { scalar, dims: dims(&ty.dims, env), span: placed(ty.span, env) }
}

fn dims(dims: &[ast::Dim], env: Env<'_>) -> Vec<ast::Dim> {
    let here = |name: &ast::Ident| ast::Ident { span: placed(name.span, env), ..name.clone() };
    let dims = dims.iter().map(|dim| ast::Dim {
        name: dim.name.as_ref().map(here),
        size: dim.size.map(|(size, span)| (size, placed(span, env))),
        span: placed(dim.span, env),
    });
    dims.collect()
}

/// A text with the parameters of its map in the place of `{name}`.
fn filled(text: &Text, values: &BTreeMap<String, Value>, env: Env<'_>) -> Text {
    Text { value: replaced(&text.value, values), span: placed(text.span, env) }
}

/// Whether a model has the modules that a map counts by default.
fn has_modules(map: &Map, modules: &[String]) -> bool {
    let mut texts: BTreeMap<String, Value> = BTreeMap::new();
    let mut found = false;
    for (name, default) in &map.parameters {
        match default.as_ref().map(|default| &default.kind) {
            Some(ExprKind::Text(text)) => drop(texts.insert(name.text.clone(), Value::Text(replaced(text, &texts)))),
            Some(ExprKind::Call { function, arguments }) if function.text == "modules" => {
                let [Expr { kind: ExprKind::Text(pattern), .. }] = arguments.as_slice() else { return false };
                found = count(modules, &replaced(pattern, &texts)).is_some_and(|count| count > 0);
            }
            _ => {}
        }
    }
    found
}

fn replaced(text: &str, values: &BTreeMap<String, Value>) -> String {
    values.iter().fold(text.to_owned(), |text, (name, value)| {
        let value = match value {
            Value::Integer(value) => value.to_string(),
            Value::Text(value) => value.clone(),
        };
        text.replace(&format!("{{{name}}}"), &value)
    })
}

/// How many modules 0, 1, 2 ... a pattern such as `blocks.{}` finds; `None` without one `{}`.
fn count(modules: &[String], pattern: &str) -> Option<i64> {
    let (before, after) = pattern.split_once("{}").filter(|(_, after)| !after.contains("{}"))?;
    let known: BTreeSet<&str> = modules.iter().map(String::as_str).collect();
    (0..).find(|at| !known.contains(format!("{before}{at}{after}").as_str()))
}
