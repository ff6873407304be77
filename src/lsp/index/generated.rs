//! Data, and how it is made.

use super::{Builder, Here, Space};
use crate::syntax::ast::{Content, Data, Generator, PieceKind, Pieces};

impl Builder<'_> {
    pub(super) fn data(&mut self, here: &Here<'_>, item: &Data) {
        if let Some(model) = &item.model {
            self.refer(here, model, &[Space::Model]);
        }
        item.columns.iter().for_each(|column| self.types(here, column.ty.as_ref()));
        if let Some(generator) = &item.generator {
            self.generator(here, generator, item);
        }
    }

    fn generator(&mut self, here: &Here<'_>, generator: &Generator, item: &Data) {
        self.expr(here, &generator.rows);
        generator.seed.iter().for_each(|seed| self.expr(here, seed));
        let mut inside = here.clone();
        for family in &generator.families {
            // Two of one name are one, as an error says elsewhere.
            let local = self.local(here, Space::Pieces, &family.name, item.span);
            inside.pieces.push(local);
        }
        for number in &generator.numbers {
            self.range(&inside, &number.range);
            let local = self.local(here, Space::Parameter, &number.name, item.span);
            inside.locals.push(local);
        }
        for family in &generator.families {
            // A family sees its own parameters, and none of the numbers.
            let mut own = Here { pieces: inside.pieces.clone(), ..here.clone() };
            for parameter in &family.parameters {
                let local = self.local(here, Space::Parameter, parameter, family.span);
                own.locals.push(local);
            }
            self.pieces(&own, &family.pieces);
        }
        for content in &generator.columns {
            match content {
                Content::Drawn(pieces) => self.pieces(&inside, pieces),
                Content::Computed(expr) => self.expr(&inside, expr),
            }
        }
        generator.conditions.iter().for_each(|condition| self.expr(&inside, condition));
    }

    fn pieces(&mut self, here: &Here<'_>, pieces: &Pieces) {
        for piece in pieces.all() {
            piece.count.iter().for_each(|count| self.expr(here, count));
            match &piece.kind {
                PieceKind::Family { name, arguments } => {
                    let known = here.pieces.iter().find(|(own, _)| *own == name.text);
                    if let Some((_, symbol)) = known {
                        self.place(here, name, *symbol, false, None);
                    }
                    arguments.iter().for_each(|argument| self.expr(here, argument));
                }
                PieceKind::Row { data, column, condition } => {
                    self.refer(here, data, &[Space::Data]);
                    self.refer(here, column, &[Space::Value]);
                    // Its names are those of the rows that it takes.
                    let rows = Here { locals: Vec::new(), ..here.clone() };
                    condition.iter().for_each(|condition| self.expr(&rows, condition));
                }
                PieceKind::Edit { places, .. } => self.expr(here, places),
                PieceKind::Token(_)
                | PieceKind::Any(_)
                | PieceKind::Group(_)
                | PieceKind::Fill(_)
                | PieceKind::Error => {}
            }
        }
    }
}
