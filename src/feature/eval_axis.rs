//! Evaluation along an axis: reductions, scans, shifts, elements and ranges.

use super::block::{Block, Data, FaultId, Layout};
use super::eval::{Evaluator, fitted};
use super::typed::{Divergence, Kind, Reduction, Typed};
use crate::diagnostics::Diagnostic;
use crate::diagnostics::messages::values::RowFault;

/// How the elements along one axis lie: lane (o, i) has its elements at `o * size * inner + k * inner + i`.
struct Lanes {
    outer: usize,
    size: usize,
    inner: usize,
}

impl Lanes {
    fn of(layout: &Layout, axis: usize) -> Lanes {
        let product = |sizes: &[usize]| sizes.iter().product::<usize>();
        let (before, behind) = layout.sizes.split_at(axis.min(layout.sizes.len()));
        let size = behind.first().copied().unwrap_or(1);
        Lanes {
            outer: layout.rows.unwrap_or(1) * product(before),
            size,
            inner: product(behind.get(1..).unwrap_or(&[])),
        }
    }

    /// The place of the first element of each lane, lane after lane.
    fn starts(&self) -> impl Iterator<Item = usize> + '_ {
        let block = self.size * self.inner;
        (0..self.outer).flat_map(move |outer| (0..self.inner).map(move |inner| outer * block + inner))
    }

    /// The places of the elements of a lane, in order.
    fn places(&self, start: usize) -> impl DoubleEndedIterator<Item = usize> + Clone + '_ {
        (0..self.size).map(move |at| start + at * self.inner)
    }
}

impl Evaluator<'_, '_> {
    pub fn along_axis(&mut self, expression: &Typed) -> Result<Block, Box<Diagnostic>> {
        match &expression.kind {
            Kind::Reduce { reduction, axis, value } => self.reduce(*reduction, *axis, value, expression),
            Kind::Scan { scan, axis, value } => {
                let block = self.eval(value)?;
                let overflow = self.note_fault(expression.span, RowFault::Overflow);
                Ok(running(&block, *axis, scan.reduction, scan.suffix, overflow))
            }
            Kind::Shift { axis, by, value, fill } => {
                let (value, fill) = (self.eval(value)?, self.eval(fill)?);
                let layout = self.layout(&expression.ty.dims, &[&value, &fill], expression.span)?;
                let (value, fill) = (fitted(&value, &layout), fitted(&fill, &layout));
                let places = shifted_places(&layout, *axis, *by);
                Ok(value.followed_by(&fill).gather(&places, layout))
            }
            Kind::LogSoftmax { axis, value } => {
                let block = self.eval(value)?;
                Ok(log_softmax(&block, *axis))
            }
            Kind::Divergence { divergence, axes, left, right } => {
                let (left, right) = (log_softmax(&*self.eval(left)?, axes.0), log_softmax(&*self.eval(right)?, axes.1));
                self.divergence(*divergence, *axes, (&left, &right), expression)
            }
            _ => unreachable!("`eval` handles the other kinds"),
        }
    }

    pub fn part(&mut self, expression: &Typed) -> Result<Block, Box<Diagnostic>> {
        match &expression.kind {
            Kind::Pick { axis, value, index } => self.pick(*axis, value, index, expression),
            Kind::Slice { axis, start, end, value } => self.slice(*axis, *start, *end, value, expression),
            _ => unreachable!("`eval` handles the other kinds"),
        }
    }

    fn reduce(
        &mut self,
        reduction: Reduction,
        axis: usize,
        value: &Typed,
        expression: &Typed,
    ) -> Result<Block, Box<Diagnostic>> {
        let block = self.eval(value)?;
        let lanes = Lanes::of(&block.layout, axis);
        let fault = match reduction {
            Reduction::ArgMax | Reduction::ArgMin => RowFault::NotComparable,
            _ => RowFault::Overflow,
        };
        let fault = self.note_fault(expression.span, fault);
        let inherited = |start| lanes.places(start).map(|place| block.fault(place)).find(|fault| *fault != 0);
        let mut faults: Vec<FaultId> = lanes.starts().map(|start| inherited(start).unwrap_or(0)).collect();
        let mut failed = vec![false; faults.len()];
        let data = reduced(&block.data, reduction, &lanes, &mut failed);
        for (own, failed) in faults.iter_mut().zip(failed) {
            if failed && *own == 0 {
                *own = fault;
            }
        }
        let mut sizes = block.layout.sizes.clone();
        sizes.remove(axis);
        let layout = Layout { rows: block.layout.rows, dims: expression.ty.dims.clone(), sizes };
        Ok(Block { layout, data, faults: some_fault(faults) })
    }

    /// Of log-probabilities; both are spread over the axes of the result, with the axis of classes last.
    fn divergence(
        &mut self,
        divergence: Divergence,
        axes: (usize, usize),
        (left, right): (&Block, &Block),
        expression: &Typed,
    ) -> Result<Block, Box<Diagnostic>> {
        let class = left.layout.dims.get(axes.0).cloned().unwrap_or_default();
        let mut dims = expression.ty.dims.clone();
        dims.push(class);
        let mut layout = self.layout(&dims, &[left, right], expression.span)?;
        let (left, right) = (left.spread(&layout), right.spread(&layout));
        layout.dims.pop();
        let size = layout.sizes.pop().unwrap_or(0);
        let (p, q) = (left.data.reals(), right.data.reals());
        let lanes = (0..layout.len()).map(|lane| lane * size..(lane + 1) * size);
        let values = lanes.clone().map(|lane| distance(divergence, &p[lane.clone()], &q[lane])).collect();
        let fault = |lane: std::ops::Range<usize>| {
            let all = lane.flat_map(|place| [left.fault(place), right.fault(place)]);
            all.into_iter().find(|fault| *fault != 0).unwrap_or(0)
        };
        let faults = lanes.map(fault).collect();
        Ok(Block { layout, data: Data::Real(values), faults: some_fault(faults) })
    }

    fn pick(
        &mut self,
        axis: usize,
        value: &Typed,
        index: &Typed,
        expression: &Typed,
    ) -> Result<Block, Box<Diagnostic>> {
        let (dim, span) = (value.ty.dims.get(axis).cloned().unwrap_or_default(), index.span);
        let (value, index) = (self.eval(value)?, self.eval(index)?);
        let mut without = value.layout.clone();
        without.dims.remove(axis);
        without.sizes.remove(axis);
        let mut strides = value.layout.strides();
        let (size, stride) = (value.layout.sizes.get(axis).copied().unwrap_or(0), strides.remove(axis));
        let rest = Block { layout: without, data: Data::Bool(Vec::new()), faults: None };
        let layout = self.layout(&expression.ty.dims, &[&rest, &index], expression.span)?;
        let index = fitted(&index, &layout);
        let stride_of = |dim: &String| {
            let axis = rest.layout.dims.iter().position(|own| own == dim);
            axis.and_then(|axis| strides.get(axis)).copied().unwrap_or(0)
        };
        let along: Vec<usize> = layout.dims.iter().map(stride_of).collect();
        let outside = self.note_fault(span, RowFault::IndexOutside { dim, size });
        let mut faults = vec![0; layout.len()];
        let mut places = layout.places(value.layout.row_stride(), &along);
        for (at, (place, number)) in places.iter_mut().zip(index.data.ints()).enumerate() {
            match usize::try_from(*number).ok().filter(|number| *number < size) {
                Some(number) => *place += number * stride,
                None => faults[at] = outside,
            }
        }
        let mut block = value.gather(&places, layout);
        for (at, fault) in faults.iter_mut().enumerate() {
            let first = [index.fault(at), *fault, block.fault(at)];
            *fault = first.into_iter().find(|fault| *fault != 0).unwrap_or(0);
        }
        block.faults = some_fault(faults);
        Ok(block)
    }

    fn slice(
        &mut self,
        axis: usize,
        start: usize,
        end: usize,
        value: &Typed,
        expression: &Typed,
    ) -> Result<Block, Box<Diagnostic>> {
        let block = self.eval(value)?;
        let size = block.layout.sizes.get(axis).copied().unwrap_or(0);
        let mut layout = block.layout.clone();
        layout.dims = expression.ty.dims.clone();
        if end > size {
            // The axis is shorter here than where the expression was checked.
            let dim = value.ty.dims.get(axis).cloned().unwrap_or_default();
            let id = self.note_fault(expression.span, RowFault::IndexOutside { dim, size });
            layout.sizes[axis] = end - start;
            let data = block.data.gather(&vec![0; if block.data.is_empty() { 0 } else { layout.len() }]);
            return Ok(Block { faults: Some(vec![id; data.len()]), layout, data });
        }
        let stride = block.layout.strides().get(axis).copied().unwrap_or(1);
        layout.sizes[axis] = end - start;
        let places = layout.places(block.layout.row_stride(), &block.layout.strides());
        let places: Vec<usize> = places.into_iter().map(|place| place + start * stride).collect();
        Ok(block.gather(&places, layout))
    }
}

/// Faults, if there is any.
fn some_fault(faults: Vec<FaultId>) -> Option<Vec<FaultId>> {
    faults.iter().any(|fault| *fault != 0).then_some(faults)
}

/// One value for each lane; where there is none, the lane is marked as failed.
fn reduced(data: &Data, reduction: Reduction, lanes: &Lanes, failed: &mut [bool]) -> Data {
    let mut or_fail = |(at, result): (usize, Option<i64>)| {
        if let (None, Some(failed)) = (result, failed.get_mut(at)) {
            *failed = true;
        }
        result.unwrap_or(0)
    };
    match (data, reduction) {
        (Data::Bool(values), _) => {
            let lane = |start| lanes.places(start).map(|place| values[place]);
            match reduction {
                Reduction::All => Data::Bool(lanes.starts().map(|start| lane(start).all(|value| value)).collect()),
                Reduction::Any => Data::Bool(lanes.starts().map(|start| lane(start).any(|value| value)).collect()),
                _ => Data::Int(lanes.starts().map(|at| lane(at).filter(|value| *value).count() as i64).collect()),
            }
        }
        (Data::Int(values), _) => {
            let result = |start| reduce_ints(reduction, lanes.places(start).map(|place| values[place]));
            Data::Int(lanes.starts().map(result).enumerate().map(&mut or_fail).collect())
        }
        (data, Reduction::ArgMax | Reduction::ArgMin) => {
            let values = data.reals();
            let result = |start| best_index(reduction, lanes.places(start).map(|place| values[place]));
            Data::Int(lanes.starts().map(result).enumerate().map(&mut or_fail).collect())
        }
        (data, _) => {
            let values = data.reals();
            let result = |start| reduce_reals(reduction, lanes.places(start).map(|place| values[place]));
            Data::Real(lanes.starts().map(result).collect())
        }
    }
}

/// `None` if the result leaves 64 bits.
fn reduce_ints(reduction: Reduction, mut lane: impl Iterator<Item = i64>) -> Option<i64> {
    match reduction {
        Reduction::Sum => lane.try_fold(0, i64::checked_add),
        Reduction::Product => lane.try_fold(1, i64::checked_mul),
        Reduction::Maximum => lane.max(),
        Reduction::Minimum => lane.min(),
        Reduction::ArgMax => arg_of(lane, |value, best| value > best),
        Reduction::ArgMin => arg_of(lane, |value, best| value < best),
        _ => unreachable!("the checker gives other reductions bools or reals"),
    }
}

/// The first index of the best value; `None` for NaN.
fn best_index(reduction: Reduction, lane: impl Iterator<Item = f64> + Clone) -> Option<i64> {
    if lane.clone().any(f64::is_nan) {
        return None;
    }
    match reduction {
        Reduction::ArgMax => arg_of(lane, |value, best| value > best),
        _ => arg_of(lane, |value, best| value < best),
    }
}

fn arg_of<T: Copy>(lane: impl Iterator<Item = T>, better: impl Fn(T, T) -> bool) -> Option<i64> {
    let mut best: Option<(i64, T)> = None;
    for (at, value) in (0_i64..).zip(lane) {
        if best.is_none_or(|(_, best)| better(value, best)) {
            best = Some((at, value));
        }
    }
    best.map(|(at, _)| at)
}

/// In index order; NaN among the values gives NaN.
fn reduce_reals(reduction: Reduction, lane: impl Iterator<Item = f64> + Clone) -> f64 {
    let sum = |lane: &mut dyn Iterator<Item = f64>| lane.reduce(|sum, value| sum + value).unwrap_or(0.0);
    match reduction {
        Reduction::Sum => sum(&mut lane.clone()),
        Reduction::Mean => sum(&mut lane.clone()) / lane.count() as f64,
        Reduction::Product => lane.fold(1.0, |product, value| product * value),
        Reduction::Maximum => lane.reduce(larger).unwrap_or(f64::NAN),
        Reduction::Minimum => lane.reduce(smaller).unwrap_or(f64::NAN),
        _ => unreachable!("the checker gives other reductions bools or ints"),
    }
}

fn larger(a: f64, b: f64) -> f64 {
    if a.is_nan() || a >= b { a } else { b }
}

fn smaller(a: f64, b: f64) -> f64 {
    if a.is_nan() || a <= b { a } else { b }
}

/// Prefix or suffix values; a fault stands for everything behind it.
fn running(block: &Block, axis: usize, reduction: Reduction, suffix: bool, overflow: FaultId) -> Block {
    let lanes = Lanes::of(&block.layout, axis);
    let mut faults: Vec<FaultId> = vec![0; block.data.len()];
    let data = match &block.data {
        Data::Int(values) => {
            let join = |a: i64, b: i64| match reduction {
                Reduction::Sum => a.checked_add(b),
                Reduction::Maximum => Some(a.max(b)),
                _ => Some(a.min(b)),
            };
            Data::Int(scan_lanes(block, &lanes, values, suffix, &mut faults, |a, b| join(a, b).ok_or(overflow)))
        }
        data => {
            let join = |a: f64, b: f64| match reduction {
                Reduction::Sum => a + b,
                Reduction::Maximum => larger(a, b),
                _ => smaller(a, b),
            };
            Data::Real(scan_lanes(block, &lanes, data.reals(), suffix, &mut faults, |a, b| Ok(join(a, b))))
        }
    };
    Block { layout: block.layout.clone(), data, faults: some_fault(faults) }
}

fn scan_lanes<T: Copy>(
    block: &Block,
    lanes: &Lanes,
    values: &[T],
    suffix: bool,
    faults: &mut [FaultId],
    join: impl Fn(T, T) -> Result<T, FaultId>,
) -> Vec<T> {
    let mut results = values.to_vec();
    for start in lanes.starts() {
        let (mut so_far, mut fault): (Option<T>, FaultId) = (None, 0);
        let mut step = |place: usize| {
            if fault == 0 {
                fault = block.fault(place);
            }
            let joined = so_far.map_or(Ok(values[place]), |so_far| join(so_far, values[place]));
            match joined {
                Ok(joined) => so_far = Some(joined),
                Err(overflow) if fault == 0 => fault = overflow,
                Err(_) => {}
            }
            results[place] = so_far.unwrap_or(values[place]);
            faults[place] = fault;
        };
        if suffix { lanes.places(start).rev().for_each(&mut step) } else { lanes.places(start).for_each(&mut step) }
    }
    results
}

/// For each element its place in the value followed by the fill.
fn shifted_places(layout: &Layout, axis: usize, by: i64) -> Vec<usize> {
    let lanes = Lanes::of(layout, axis);
    let count = layout.len();
    let place = |place: usize| {
        let at = (place / lanes.inner) % lanes.size;
        let from = i64::try_from(at).ok().and_then(|at| at.checked_sub(by));
        match from.and_then(|from| usize::try_from(from).ok()).filter(|from| *from < lanes.size) {
            Some(from) => place - at * lanes.inner + from * lanes.inner,
            None => count + place,
        }
    };
    (0..count).map(place).collect()
}

/// Of two rows of log-probabilities. What has probability 0 under p adds nothing.
fn distance(divergence: Divergence, p: &[f64], q: &[f64]) -> f64 {
    let pairs = p.iter().zip(q);
    match divergence {
        Divergence::KullbackLeibler => {
            pairs.fold(0.0, |sum, (p, q)| if *p == f64::NEG_INFINITY { sum } else { sum + p.exp() * (p - q) })
        }
        Divergence::TotalVariation => pairs.fold(0.0, |sum, (p, q)| sum + (p.exp() - q.exp()).abs()) / 2.0,
    }
}

fn log_softmax(block: &Block, axis: usize) -> Block {
    let lanes = Lanes::of(&block.layout, axis);
    let values = block.data.reals();
    let mut results = values.to_vec();
    let mut faults = block.faults.clone();
    for start in lanes.starts() {
        let lane = || lanes.places(start).map(|place| values[place]);
        let largest = lane().fold(f64::NEG_INFINITY, larger);
        let log_sum = lane().fold(0.0, |sum, value| sum + (value - largest).exp()).ln();
        let fault = lanes.places(start).map(|place| block.fault(place)).find(|fault| *fault != 0);
        for place in lanes.places(start) {
            results[place] = values[place] - largest - log_sum;
            if let (Some(faults), Some(fault)) = (&mut faults, fault) {
                faults[place] = fault;
            }
        }
    }
    Block { layout: block.layout.clone(), data: Data::Real(results), faults }
}
