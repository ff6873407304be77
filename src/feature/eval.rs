//! Evaluation over rows, in blocks of bounded size.

use super::block::{Block, Data, FaultId, Layout};
use super::typed::{Kind, Typed, visit};
use crate::data::{ColumnValues, Dataset, ValueType};
use crate::diagnostics::Diagnostic;
use crate::diagnostics::messages::values::{self as messages, RowFault};
use crate::source::Span;
use ndarray::{ArrayD, ArrayViewD, Axis, Slice};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

/// A block of rows holds about this many elements of the widest value.
const BLOCK_ELEMENTS: usize = 1 << 16;

/// Where values come from.
#[derive(Debug, Clone)]
pub struct Source<'a> {
    /// Columns, by row.
    pub dataset: &'a Dataset,
    /// Outputs of the model, by example: axis 0 is aligned with the rows that are asked for. Those of
    /// the untouched model on the reference stand under [`clean_key`].
    pub outputs: BTreeMap<&'a str, Output<'a>>,
}

/// The name under which the untouched model's value of an output stands.
#[must_use]
pub fn clean_key(output: &str) -> String {
    // No name that can be declared has a space.
    format!("clean {output}")
}

/// The values of one output, one example after the other.
#[derive(Debug, Clone)]
pub enum Output<'a> {
    F32(ArrayViewD<'a, f32>),
    F64(ArrayViewD<'a, f64>),
    Int(ArrayViewD<'a, i64>),
    Bool(ArrayViewD<'a, bool>),
}

impl Output<'_> {
    fn shape(&self) -> &[usize] {
        match self {
            Output::F32(array) => array.shape(),
            Output::F64(array) => array.shape(),
            Output::Int(array) => array.shape(),
            Output::Bool(array) => array.shape(),
        }
    }

    /// A range of an axis; that of examples is axis 0.
    fn part(&self, axis: usize, range: Range<usize>) -> Output<'_> {
        let range = Slice::from(range);
        match self {
            Output::F32(array) => Output::F32(array.slice_axis(Axis(axis), range)),
            Output::F64(array) => Output::F64(array.slice_axis(Axis(axis), range)),
            Output::Int(array) => Output::Int(array.slice_axis(Axis(axis), range)),
            Output::Bool(array) => Output::Bool(array.slice_axis(Axis(axis), range)),
        }
    }
}

/// The values of an expression, row after row.
#[derive(Debug, Clone, PartialEq)]
pub struct FeatureValues {
    pub ty: ValueType,
    /// Sizes of the axes of `ty`; the rows are not among them.
    pub sizes: Vec<usize>,
    /// Rows times the product of `sizes` elements.
    pub data: Data,
}

impl FeatureValues {
    /// Elements of one row.
    #[must_use]
    pub fn width(&self) -> usize {
        self.sizes.iter().product()
    }

    /// The values, if they are real.
    #[must_use]
    pub fn reals(&self) -> Option<&[f64]> {
        if let Data::Real(values) = &self.data { Some(values) } else { None }
    }
}

/// The values of an expression: for each of `rows` the columns of that row (rows can repeat), with
/// the outputs at its place in the list.
///
/// # Errors
/// A fault of arithmetic or of an index, with the first row that has it; a value that the dataset
/// or the outputs lack.
pub fn evaluate(expression: &Typed, source: &Source<'_>, rows: &[usize]) -> Result<FeatureValues, Box<Diagnostic>> {
    let block_rows = rows_of_a_block(expression, source);
    let mut values: Option<FeatureValues> = None;
    let mut first = 0;
    // An empty list still tells the sizes of the axes.
    let blocks = rows.chunks(block_rows).chain(rows.is_empty().then_some(rows));
    for block in blocks {
        let mut evaluator = Evaluator {
            source,
            rows: block,
            first,
            examples: rows.len(),
            faults: Vec::new(),
            memo: BTreeMap::new(),
            uses: uses_of_features(expression),
        };
        let result = evaluator.whole(expression)?;
        first += block.len();
        match &mut values {
            None => {
                values =
                    Some(FeatureValues { ty: expression.ty.clone(), sizes: result.layout.sizes, data: result.data });
            }
            Some(values) => values.data.append(&result.data),
        }
    }
    Ok(values.expect("there is at least one block"))
}

/// How many rows keep the widest value near [`BLOCK_ELEMENTS`].
fn rows_of_a_block(expression: &Typed, source: &Source<'_>) -> usize {
    let mut sizes: BTreeMap<String, usize> = source.dataset.sizes.clone();
    let mut types: BTreeSet<ValueType> = BTreeSet::new();
    let mut renamed: Vec<(String, String)> = Vec::new();
    visit(expression, &mut |part| {
        if let Kind::Output(name) = &part.kind {
            let shape = source.outputs.get(name.as_str()).map_or(&[][..], Output::shape);
            sizes.extend(part.ty.dims.iter().cloned().zip(shape.iter().skip(1).copied()));
        }
        if let Kind::Table(table) = &part.kind {
            sizes.extend(part.ty.dims.iter().cloned().zip(table.sizes.iter().copied()));
        }
        renamed.extend(rename_of(part));
        if let Kind::Slice { start, end, axis, .. } = &part.kind {
            sizes.extend(part.ty.dims.get(*axis).map(|dim| (dim.clone(), end.saturating_sub(*start))));
        }
        // A table is held once for all rows.
        if !matches!(part.kind, Kind::Table(_)) && !types.contains(&part.ty) {
            types.insert(part.ty.clone());
        }
    });
    // A name that is used for nothing else has the size of what it was before, through any chain.
    for _ in 0..renamed.len() {
        for (from, to) in &renamed {
            if let (Some(size), false) = (sizes.get(from).copied(), sizes.contains_key(to)) {
                sizes.insert(to.clone(), size);
            }
        }
    }
    let width = |ty: &ValueType| {
        ty.dims.iter().filter_map(|dim| sizes.get(dim)).fold(1_usize, |width, size| width.saturating_mul(*size))
    };
    let widest = types.iter().map(width).max().unwrap_or(1).max(1);
    (BLOCK_ELEMENTS / widest).max(1)
}

/// The names of an axis before and behind a `rename`.
fn rename_of(part: &Typed) -> Option<(String, String)> {
    let Kind::Rename { axis, value } = &part.kind else { return None };
    Some((value.ty.dims.get(*axis)?.clone(), part.ty.dims.get(*axis)?.clone()))
}

/// How often each feature is used, so that its values can be dropped after the last use.
fn uses_of_features(expression: &Typed) -> BTreeMap<*const Typed, usize> {
    let mut uses = BTreeMap::new();
    visit(expression, &mut |part| {
        if let Kind::Feature { body, .. } = &part.kind {
            *uses.entry(Arc::as_ptr(body)).or_insert(0) += 1;
        }
    });
    uses
}

pub(super) struct Evaluator<'a, 's> {
    source: &'a Source<'s>,
    /// The rows of this block, and where it begins in the list of examples.
    rows: &'a [usize],
    first: usize,
    examples: usize,
    /// By fault number minus 1.
    faults: Vec<(Span, RowFault)>,
    memo: BTreeMap<*const Typed, Rc<Block>>,
    uses: BTreeMap<*const Typed, usize>,
}

impl Evaluator<'_, '_> {
    /// The values of a whole expression, or the first fault among them.
    fn whole(&mut self, expression: &Typed) -> Result<Block, Box<Diagnostic>> {
        let block = self.eval(expression)?;
        if let Some(at) = block.faults.as_ref().and_then(|faults| faults.iter().position(|fault| *fault != 0)) {
            let row = block.layout.rows.and_then(|_| self.rows.get(at / block.layout.width().max(1)));
            return Err(self.fault_finding(block.fault(at), row.copied()));
        }
        let layout = Layout { rows: Some(self.rows.len()), ..block.layout.clone() };
        Ok(if block.layout == layout { Rc::unwrap_or_clone(block) } else { block.spread(&layout) })
    }

    fn fault_finding(&self, fault: FaultId, row: Option<usize>) -> Box<Diagnostic> {
        let at = (fault as usize).saturating_sub(1);
        let (span, fault) = self.faults.get(at).expect("a fault is noted before it is used");
        Box::new(messages::row_fault(*span, fault, &self.source.dataset.path, row.map(|row| row as u64)))
    }

    /// Notes a fault that elements can then stand for.
    pub fn note_fault(&mut self, span: Span, fault: RowFault) -> FaultId {
        self.faults.push((span, fault));
        FaultId::try_from(self.faults.len()).unwrap_or(FaultId::MAX)
    }

    /// The values of an expression, with its own axes in its own order.
    pub fn eval(&mut self, expression: &Typed) -> Result<Rc<Block>, Box<Diagnostic>> {
        let block = match &expression.kind {
            Kind::Int(value) => constant(Data::Int(vec![*value])),
            Kind::Real(value) => constant(Data::Real(vec![*value])),
            Kind::Bool(value) => constant(Data::Bool(vec![*value])),
            // The activation that is estimated comes with the rows, as outputs do.
            Kind::Read(name) if name == "self" && self.source.outputs.contains_key("self") => {
                self.output(name, expression)?
            }
            Kind::Read(name) => self.column(name, expression)?,
            Kind::Output(name) => self.output(name, expression)?,
            Kind::Clean(name) => self.output(&clean_key(name), expression)?,
            Kind::Table(table) => Block {
                layout: Layout { rows: None, dims: table.ty.dims.clone(), sizes: table.sizes.clone() },
                data: table.data.clone(),
                faults: None,
            },
            Kind::Feature { body, .. } => return self.feature(body),
            Kind::Length(dim) => constant(Data::Int(vec![self.size(dim, expression.span)? as i64])),
            Kind::Position { dim, size } => {
                let size = match (self.source.dataset.sizes.get(dim), size) {
                    (None, Some(known)) => *known,
                    _ => self.size(dim, expression.span)?,
                };
                let layout = Layout { rows: None, dims: vec![dim.clone()], sizes: vec![size] };
                Block { layout, data: Data::Int((0..size).map(|at| at as i64).collect()), faults: None }
            }
            Kind::Reduce { .. }
            | Kind::Scan { .. }
            | Kind::Shift { .. }
            | Kind::LogSoftmax { .. }
            | Kind::Divergence { .. } => self.along_axis(expression)?,
            Kind::Spread { value, like } => {
                let (value, like) = (self.eval(value)?, self.eval(like)?);
                let layout = self.layout(&expression.ty.dims, &[&value, &like], expression.span)?;
                value.spread(&layout)
            }
            Kind::Rename { value, .. } => {
                let block = self.eval(value)?;
                let layout = Layout { dims: expression.ty.dims.clone(), ..block.layout.clone() };
                Block { layout, data: block.data.clone(), faults: block.faults.clone() }
            }
            Kind::Pick { .. } | Kind::Slice { .. } => match self.part_of_output(expression) {
                Some(block) => block,
                None => self.part(expression)?,
            },
            _ => self.element_wise(expression)?,
        };
        Ok(Rc::new(block))
    }

    fn feature(&mut self, body: &Arc<Typed>) -> Result<Rc<Block>, Box<Diagnostic>> {
        let key = Arc::as_ptr(body);
        let block = match self.memo.get(&key) {
            Some(block) => Rc::clone(block),
            None => {
                let block = self.eval(body)?;
                self.memo.insert(key, Rc::clone(&block));
                block
            }
        };
        let left = self.uses.entry(key).or_insert(1);
        *left = left.saturating_sub(1);
        if *left == 0 {
            self.memo.remove(&key);
        }
        Ok(block)
    }

    fn size(&self, dim: &str, span: Span) -> Result<usize, Box<Diagnostic>> {
        let known = self.source.dataset.sizes.get(dim).copied();
        known.ok_or_else(|| Box::new(messages::value_absent(span, dim, &self.source.dataset.path)))
    }

    fn column(&self, name: &str, expression: &Typed) -> Result<Block, Box<Diagnostic>> {
        let dataset = self.source.dataset;
        let column = dataset
            .columns
            .get(name)
            .filter(|column| column.dims == expression.ty.dims)
            .ok_or_else(|| Box::new(messages::value_absent(expression.span, name, &dataset.path)))?;
        let shape = column.values.shape();
        let fits = shape.len() == column.dims.len() + 1;
        if !fits || self.rows.iter().any(|row| shape.first().is_none_or(|rows| row >= rows)) {
            let expected = format!("`{}` for every row", expression.ty);
            return Err(Box::new(messages::value_reshaped(expression.span, name, shape, &expected)));
        }
        let data = match &column.values {
            ColumnValues::Int(values) => Data::Int(rows_of(values, self.rows)),
            ColumnValues::Real(values) => Data::Real(rows_of(values, self.rows)),
            ColumnValues::Bool(values) => Data::Bool(rows_of(values, self.rows)),
        };
        Ok(self.block(expression, shape, data))
    }

    fn output(&self, name: &str, expression: &Typed) -> Result<Block, Box<Diagnostic>> {
        let absent = || Box::new(messages::value_absent(expression.span, name, "the model"));
        let output = self.source.outputs.get(name).ok_or_else(absent)?;
        let shape = output.shape();
        if shape.len() != expression.ty.dims.len() + 1 || shape.first() != Some(&self.examples) {
            let expected = format!("`{}` for each of {} examples", expression.ty, self.examples);
            return Err(Box::new(messages::value_reshaped(expression.span, name, shape, &expected)));
        }
        Ok(self.block(expression, shape, self.read(output)))
    }

    /// An element or a range of an output, whose other elements need not be read: the logits of one position
    /// are few among those of all. `None` where it is anything else, or does not fit.
    fn part_of_output(&self, expression: &Typed) -> Option<Block> {
        let (axis, range, value) = match &expression.kind {
            Kind::Pick { axis, value, index } => {
                let Kind::Int(at) = index.kind else { return None };
                let at = usize::try_from(at).ok()?;
                (*axis, at..at.checked_add(1)?, value)
            }
            Kind::Slice { axis, start, end, value } => (*axis, *start..*end, value),
            _ => return None,
        };
        let output = match &value.kind {
            Kind::Output(name) => self.source.outputs.get(name.as_str()),
            Kind::Clean(name) => self.source.outputs.get(clean_key(name).as_str()),
            _ => None,
        }?;
        let mut shape = output.shape().to_vec();
        let whole = shape.len() == value.ty.dims.len() + 1 && shape.first() == Some(&self.examples);
        if !whole || range.start > range.end || shape.get(axis + 1).is_none_or(|size| range.end > *size) {
            return None;
        }
        match expression.kind {
            Kind::Pick { .. } => drop(shape.remove(axis + 1)),
            _ => shape[axis + 1] = range.len(),
        }
        Some(self.block(expression, &shape, self.read(&output.part(axis + 1, range))))
    }

    /// The values of the rows of this block.
    fn read(&self, output: &Output<'_>) -> Data {
        let range = self.first..self.first + self.rows.len();
        match output {
            Output::F32(values) => Data::Real(examples(values, range).map(f64::from).collect()),
            Output::F64(values) => Data::Real(examples(values, range).collect()),
            Output::Int(values) => Data::Int(examples(values, range).collect()),
            Output::Bool(values) => Data::Bool(examples(values, range).collect()),
        }
    }

    fn block(&self, expression: &Typed, shape: &[usize], data: Data) -> Block {
        let sizes = shape.iter().skip(1).copied().collect();
        let layout = Layout { rows: Some(self.rows.len()), dims: expression.ty.dims.clone(), sizes };
        Block { layout, data, faults: None }
    }

    /// The layout of a result with these axes, their sizes taken from the operands.
    pub fn layout(&self, dims: &[String], operands: &[&Block], span: Span) -> Result<Layout, Box<Diagnostic>> {
        let mut sizes = Vec::with_capacity(dims.len());
        for dim in dims {
            let size_in = |block: &&Block| {
                let axis = block.layout.dims.iter().position(|own| own == dim);
                axis.and_then(|axis| block.layout.sizes.get(axis)).copied()
            };
            let mut found = operands.iter().filter_map(size_in);
            let size = found.next().unwrap_or(1);
            if let Some(other) = found.find(|other| *other != size) {
                let expected = format!("the same size along `{dim}`");
                return Err(Box::new(messages::value_reshaped(span, dim, &[size, other], &expected)));
            }
            sizes.push(size);
        }
        let rows = operands.iter().find_map(|block| block.layout.rows);
        Ok(Layout { rows, dims: dims.to_vec(), sizes })
    }
}

fn constant(data: Data) -> Block {
    Block { layout: Layout { rows: None, dims: Vec::new(), sizes: Vec::new() }, data, faults: None }
}

/// The block as it is, or spread where its layout is another.
pub(super) fn fitted(block: &Rc<Block>, layout: &Layout) -> Rc<Block> {
    if block.layout == *layout { Rc::clone(block) } else { Rc::new(block.spread(layout)) }
}

fn rows_of<T: Copy>(values: &ArrayD<T>, rows: &[usize]) -> Vec<T> {
    match values.as_slice() {
        Some(flat) if values.shape().first().is_some_and(|rows| *rows > 0) => {
            let width = values.len() / values.shape()[0];
            rows.iter().flat_map(|row| flat.iter().skip(row * width).take(width).copied()).collect()
        }
        _ => rows.iter().flat_map(|row| values.index_axis(Axis(0), *row).iter().copied().collect::<Vec<T>>()).collect(),
    }
}

fn examples<'v, T: Copy>(values: &'v ArrayViewD<'_, T>, range: Range<usize>) -> impl Iterator<Item = T> + 'v {
    range.flat_map(move |example| values.index_axis(Axis(0), example).iter().copied().collect::<Vec<T>>())
}
