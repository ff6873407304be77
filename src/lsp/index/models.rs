//! Models, maps, and what stands in their braces.

use super::super::project::{Origin, Unit};
use super::{Builder, Declared, Here, Kept, Owner, Space};
use crate::source::Span;
use crate::syntax::ast::{self, Ident, Map, MapUse, ModelBody, Text};
use std::sync::Arc;

impl Builder<'_> {
    pub(super) fn declare_models(&mut self, here: &Here<'_>) {
        if here.unit.origin != Origin::User {
            return;
        }
        let file = here.file();
        let bodies = file.models.iter().map(|item| &item.body).chain(file.maps.iter().map(|item| &item.body));
        for body in bodies {
            self.declare_body(here, body);
        }
        for used in file.models.iter().filter_map(|item| item.map.as_ref()) {
            if let Some((unit, map)) = self.library_map(here, used) {
                self.taken_maps.insert(map.name.span);
                self.declare_body(&Here::new(&unit), &map.body);
            }
        }
        self.loose_dims(here, file);
    }

    fn declare_body(&mut self, here: &Here<'_>, body: &ModelBody) {
        for dim in &body.dims {
            self.declare(here, Owner::User, Space::Dim, Declared { name: &dim.name, item: dim.name.span, docs: "" });
        }
        let inputs = body.inputs.iter().map(|item| (&item.name, &item.tensor, item.span));
        let outputs = body.outputs.iter().map(|item| (&item.name, &item.tensor, item.span));
        for (name, tensor, item) in inputs.chain(outputs) {
            let kept = tensor.is_none().then_some(Kept { at: name.span.end, before: " = " });
            self.declare_kept(here, Owner::User, Space::Value, Declared { name, item, docs: "" }, kept);
        }
        for component in &body.components {
            let declared = Declared { name: &component.name, item: component.span, docs: &component.docs };
            self.declare(here, Owner::User, Space::Component, declared);
            for port in &component.ports {
                let declared = Declared { name: &port.name, item: port.span, docs: "" };
                self.declare(here, Owner::User, Space::Port, declared);
            }
        }
    }

    /// Axes that types bring, without a `dim` of their own.
    fn loose_dims(&mut self, here: &Here<'_>, file: &ast::File) {
        let bodies = file.models.iter().map(|item| &item.body).chain(file.maps.iter().map(|item| &item.body));
        let of_bodies = bodies.flat_map(|body| {
            let inputs = body.inputs.iter().map(|item| &item.ty);
            inputs.chain(body.outputs.iter().map(|item| &item.ty))
        });
        let of_tables = file.tables.iter().filter_map(|item| item.ty.as_ref());
        for dim in of_bodies.chain(of_tables).flat_map(|ty| &ty.dims) {
            let Some(name) = &dim.name else { continue };
            if self.known(&Owner::User, Space::Dim, &name.text).is_none() {
                let declared = Declared { name, item: dim.span, docs: "" };
                self.declare(here, Owner::User, Space::Dim, declared);
            }
        }
    }

    /// The map of the library that a model takes, with its text.
    fn library_map(&self, here: &Here<'_>, used: &MapUse) -> Option<(Arc<Unit>, Map)> {
        let (last, before) = used.path.split_last()?;
        if before.is_empty() && self.known(&Owner::User, Space::Map, &last.text).is_some() {
            return None;
        }
        let name = before.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(".");
        let named = |part: &crate::elaborate::Part| part.name == name;
        let parts: Vec<usize> = match crate::elaborate::LIBRARY.iter().position(named) {
            Some(place) => vec![place],
            None => self.project.sees.get(&here.unit.id).cloned().unwrap_or_default(),
        };
        let units = parts.iter().filter_map(|part| self.project.part(*part));
        units.into_iter().find_map(|unit| {
            let map = unit.parsed.file.maps.iter().find(|map| map.name.text == last.text)?;
            Some((Arc::clone(unit), map.clone()))
        })
    }

    pub(super) fn walk_models(&mut self, here: &Here<'_>) {
        let file = here.file();
        for item in &file.models {
            if let Some(used) = &item.map {
                self.map_use(here, used);
            }
            self.body(here, &item.body);
        }
        for item in &file.maps {
            let mut inside = here.clone();
            for (name, default) in &item.parameters {
                if let Some(default) = default {
                    self.default_of(&inside, default);
                }
                let local = self.parameter_of_map(here, name, item.span);
                inside.locals.push(local);
            }
            // The names of a map are those of the models that take it.
            if here.unit.origin == Origin::User || self.taken_maps.contains(&item.name.span) {
                self.body(&inside, &item.body);
            }
        }
    }

    /// The value of a parameter of a map: its strings can name the parameters before it.
    fn default_of(&mut self, here: &Here<'_>, value: &ast::Expr) {
        match &value.kind {
            ast::ExprKind::Text(_) => self.placeholders(here, value.span),
            ast::ExprKind::Call { arguments, .. } => arguments.iter().for_each(|own| self.default_of(here, own)),
            _ => self.expr(here, value),
        }
    }

    fn map_use(&mut self, here: &Here<'_>, used: &MapUse) {
        let Some((last, before)) = used.path.split_last() else { return };
        let library = self.library_map(here, used);
        match &library {
            Some((unit, _)) => {
                let Origin::Library(place) = unit.origin else { return };
                if let Some(symbol) = self.known(&Owner::Part(place), Space::Map, &last.text) {
                    self.place(here, last, symbol, false, None);
                }
            }
            None if before.is_empty() => self.refer(here, last, &[Space::Map]),
            None => {}
        }
        for (name, value) in &used.arguments {
            self.argument(here, name, last);
            self.default_of(here, value);
        }
    }

    /// A named argument of a map: the parameter, which is declared later.
    fn argument(&mut self, here: &Here<'_>, name: &Ident, map: &Ident) {
        let units: Vec<Arc<Unit>> = self.project.units.clone();
        for unit in &units {
            let maps = unit.parsed.file.maps.iter().filter(|found| found.name.text == map.text);
            let parameters = maps.flat_map(|found| found.parameters.iter().map(move |(own, _)| (own, found.span)));
            for (own, within) in parameters.filter(|(own, _)| own.text == name.text) {
                let inside = Here::new(unit);
                let (_, symbol) = self.parameter_of_map(&inside, own, within);
                self.place(here, name, symbol, false, None);
            }
        }
    }

    /// The name of a parameter, made where it is met first.
    fn parameter_of_map(&mut self, here: &Here<'_>, name: &Ident, within: Span) -> (String, usize) {
        let key = (Owner::Local(within), Space::Parameter, name.text.clone());
        match self.declared.get(&key) {
            Some(symbol) => (name.text.clone(), *symbol),
            None => {
                let local = self.local(here, Space::Parameter, name, within);
                self.declared.insert(key, local.1);
                local
            }
        }
    }

    fn body(&mut self, here: &Here<'_>, body: &ModelBody) {
        for input in &body.inputs {
            self.types(here, Some(&input.ty));
            input.tensor.iter().for_each(|tensor| self.placeholders(here, tensor.span));
        }
        for output in &body.outputs {
            self.types(here, Some(&output.ty));
            output.tensor.iter().for_each(|tensor| self.placeholders(here, tensor.span));
        }
        for component in &body.components {
            self.component(here, component);
        }
    }

    fn component(&mut self, here: &Here<'_>, item: &ast::Component) {
        let mut inside = here.clone();
        for parameter in &item.parameters {
            self.range(here, &parameter.range);
            let local = self.local(here, Space::Parameter, &parameter.name, item.span);
            inside.locals.push(local);
        }
        self.text_and_dims(&inside, &item.site, &item.dims, &item.at);
        for port in &item.ports {
            self.text_and_dims(&inside, &port.site, &port.dims, &port.at);
        }
    }

    fn text_and_dims(&mut self, here: &Here<'_>, site: &Text, dims: &[ast::Dim], at: &[ast::At]) {
        self.placeholders(here, site.span);
        dims.iter().filter_map(|dim| dim.name.as_ref()).for_each(|name| self.dim(here, name));
        self.parts(here, at);
    }

    /// Parameters in the braces of an address: `"blocks.{l}"`.
    fn placeholders(&mut self, here: &Here<'_>, string: Span) {
        if string.file != here.unit.id {
            return;
        }
        let text = here.unit.slice(string);
        let mut at = 0;
        while let Some(open) = text.get(at..).and_then(|rest| rest.find('{')).map(|found| at + found) {
            let Some(close) = text.get(open..).and_then(|rest| rest.find('}')).map(|found| open + found) else {
                return;
            };
            let name = text.get(open + 1..close).unwrap_or("");
            let is_escape = text.get(..open).is_some_and(|before| before.ends_with("\\u"));
            let known = here.locals.iter().rev().find(|(own, _)| own == name);
            if let Some((_, symbol)) = known.filter(|_| !is_escape) {
                let start = string.start as usize + open + 1;
                let span = Span::new(string.file, start..start + name.len());
                self.place(here, &Ident { text: name.to_owned(), span }, *symbol, false, None);
            }
            at = close + 1;
        }
    }
}
