//! Matrix products: `MatMul`, `Gemm`, and the batched product that `Einsum` and `Attention` use.
//!
//! A row of a product has the same bits whatever other rows there are, so that results do not
//! depend on how examples are cut into batches.

use super::element::{Element, Real, array, bounded, data, product, refused};
use super::fault::{Fault, Outcome};
use super::operands::{Kernel, Operands, Operator, Request, one, operator};
use super::runs::{Runs, broadcast_dims, permute, zip_in_place};
use crate::diagnostics::messages::execution::Misfit;
use crate::engine::Value;
use ndarray::linalg::general_mat_mul;
use ndarray::{ArrayD, ArrayView2, ArrayViewMut2};

pub const OPERATORS: &[Operator] = &[operator("MatMul", 2, 2, matmul_kernel), operator("Gemm", 2, 3, gemm_kernel)];

/// Sizes of one product: `[rows, inner] x [inner, columns]`.
#[derive(Debug, Clone, Copy)]
struct Sizes {
    rows: usize,
    inner: usize,
    columns: usize,
}

/// Element types that can be multiplied.
pub trait Factor: Element {
    fn multiply(sizes: (usize, usize, usize), left: &[Self], right: &[Self], out: &mut [Self]);
}

macro_rules! float_factor {
    ($type:ty) => {
        impl Factor for $type {
            fn multiply(
                (rows, inner, columns): (usize, usize, usize),
                left: &[Self],
                right: &[Self],
                out: &mut [Self],
            ) {
                let left = ArrayView2::from_shape((rows, inner), left).expect("as many elements as the sizes say");
                let right = ArrayView2::from_shape((inner, columns), right).expect("as many elements as the sizes say");
                let mut out = ArrayViewMut2::from_shape((rows, columns), out).expect("as many elements as sizes say");
                general_mat_mul(1.0, &left, &right, 0.0, &mut out);
            }
        }
    };
}
float_factor!(f32);
float_factor!(f64);

macro_rules! integer_factor {
    ($type:ty) => {
        impl Factor for $type {
            fn multiply((_, inner, columns): (usize, usize, usize), left: &[Self], right: &[Self], out: &mut [Self]) {
                for (row, target) in out.chunks_mut(columns.max(1)).enumerate() {
                    for (column, element) in target.iter_mut().enumerate() {
                        *element = (0..inner).fold(0, |sum: $type, at| {
                            sum.wrapping_add(left[row * inner + at].wrapping_mul(right[at * columns + column]))
                        });
                    }
                }
            }
        }
    };
}
integer_factor!(i64);
integer_factor!(i32);

fn matmul_kernel(_: &mut Request<'_>) -> Outcome<Kernel> {
    Ok(Box::new(|operands| match (operands.get(0)?, operands.get(1)?) {
        (Value::F32(left), Value::F32(right)) => one(matmul(left, right)?),
        (Value::F64(left), Value::F64(right)) => one(matmul(left, right)?),
        (Value::I64(left), Value::I64(right)) => one(matmul(left, right)?),
        (Value::I32(left), Value::I32(right)) => one(matmul(left, right)?),
        (_, other) => Err(refused(other)),
    }))
}

/// The product of the last two axes, the others broadcast, as numpy's `matmul`.
pub fn matmul<T: Factor>(left: &ArrayD<T>, right: &ArrayD<T>) -> Outcome<ArrayD<T>> {
    let inner = || Fault::from(Misfit::Inner { left: left.shape().to_vec(), right: right.shape().to_vec() });
    let (left_batch, rows, left_inner) = match left.shape() {
        [] => return Err(inner()),
        [size] => (&[][..], None, *size),
        [batch @ .., rows, size] => (batch, Some(*rows), *size),
    };
    let (right_batch, right_inner, columns) = match right.shape() {
        [] => return Err(inner()),
        [size] => (&[][..], *size, None),
        [batch @ .., size, columns] => (batch, *size, Some(*columns)),
    };
    if left_inner != right_inner {
        return Err(inner());
    }
    let batch = broadcast_dims(left_batch, right_batch)?;
    let dims: Vec<usize> = batch.iter().copied().chain(rows).chain(columns).collect();
    let mut out = vec![T::default(); bounded::<T>(&dims)?];
    let sizes = Sizes { rows: rows.unwrap_or(1), inner: left_inner, columns: columns.unwrap_or(1) };
    if right_batch.iter().all(|size| *size == 1) && left_batch.len() >= right_batch.len() {
        let sizes = Sizes { rows: sizes.rows * product(left_batch), ..sizes };
        multiply(sizes, data(left), data(right), &mut out);
    } else {
        batched(sizes, &batch, (left_batch, data(left)), (right_batch, data(right)), &mut out);
    }
    Ok(array(&dims, out))
}

/// One product for each element of the batch axes.
fn batched<T: Factor>(
    sizes: Sizes,
    batch: &[usize],
    (left_batch, left): (&[usize], &[T]),
    (right_batch, right): (&[usize], &[T]),
    out: &mut [T],
) {
    let Sizes { rows, inner, columns } = sizes;
    if rows * columns == 0 {
        return;
    }
    let mut targets = out.chunks_exact_mut(rows * columns);
    let runs = Runs::broadcast(batch, [left_batch, right_batch]);
    runs.for_each(|[a, b]| {
        for step in 0..runs.length {
            let (a, b) = ((a + step * runs.steps[0]) * rows * inner, (b + step * runs.steps[1]) * inner * columns);
            let target = targets.next().expect("one target for each element of the batch");
            multiply(sizes, &left[a..a + rows * inner], &right[b..b + inner * columns], target);
        }
    });
}

/// One product of matrices.
fn multiply<T: Factor>(sizes: Sizes, left: &[T], right: &[T], out: &mut [T]) {
    if out.is_empty() {
        return;
    }
    T::multiply((sizes.rows, sizes.inner, sizes.columns), left, right, out);
}

fn gemm_kernel(request: &mut Request<'_>) -> Outcome<Kernel> {
    let alpha = request.attributes.float("alpha").unwrap_or(1.0);
    let beta = request.attributes.float("beta").unwrap_or(1.0);
    let left_transposed = request.attributes.flag("transA", false);
    let right_transposed = request.attributes.flag("transB", false);
    Ok(Box::new(move |operands| {
        let scales = (f64::from(alpha), f64::from(beta));
        let transposed = (left_transposed, right_transposed);
        match operands.get(0)? {
            Value::F32(_) => one(gemm::<f32>(operands, scales, transposed)?),
            Value::F64(_) => one(gemm::<f64>(operands, scales, transposed)?),
            other => Err(refused(other)),
        }
    }))
}

/// `alpha * left x right + beta * third`, with transposes.
fn gemm<T: Factor + Real>(operands: &Operands<'_>, scales: (f64, f64), transposed: (bool, bool)) -> Outcome<ArrayD<T>> {
    let turned = |index: usize, transposed: bool| -> Outcome<ArrayD<T>> {
        let matrix = operands.array::<T>(index)?;
        if matrix.ndim() != 2 {
            return Err(Misfit::Rank { wanted: 2, found: matrix.shape().to_vec() }.into());
        }
        Ok(if transposed { permute(matrix, &[1, 0]) } else { matrix.clone() })
    };
    let (left, right) = (turned(0, transposed.0)?, turned(1, transposed.1)?);
    let mut out = matmul(&left, &right)?;
    let (alpha, beta) = (T::narrow(scales.0), T::narrow(scales.1));
    if alpha != T::one() {
        out.mapv_inplace(|value| value * alpha);
    }
    if operands.optional(2).is_some() {
        let third = operands.array::<T>(2)?;
        if broadcast_dims(out.shape(), third.shape())? != out.shape() {
            return Err(Misfit::Broadcast { left: out.shape().to_vec(), right: third.shape().to_vec() }.into());
        }
        if beta == T::one() {
            zip_in_place(&mut out, third, |sum, value| sum + value);
        } else {
            zip_in_place(&mut out, third, |sum, value| sum + beta * value);
        }
    }
    Ok(out)
}
