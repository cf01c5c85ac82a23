//! Constants of a graph, and the numbers that they stand for.

use crate::dtype::{self, is_real};
use crate::error::ConvertError;
use safetensors::Dtype;
use std::borrow::Cow;
use std::rc::Rc;

/// Numbers as a file holds them, little-endian, the last axis innermost. As many bytes as the shape says.
#[derive(Debug)]
pub(crate) struct Held<'f> {
    pub(crate) shape: Vec<usize>,
    pub(crate) dtype: Dtype,
    pub(crate) data: Cow<'f, [u8]>,
}

/// How whole numbers are to be understood: `scale * (number - zero)`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Quantised {
    /// One, or one for each place on the axis.
    pub(crate) scale: Vec<f32>,
    /// The same; none is zero.
    pub(crate) zero: Vec<i64>,
    pub(crate) axis: usize,
}

/// A constant: numbers that are held, and how they are looked at.
#[derive(Clone, Debug)]
pub(crate) struct Constant {
    pub(crate) held: usize,
    pub(crate) quantised: Option<Rc<Quantised>>,
    /// A matrix whose axes are exchanged.
    pub(crate) transposed: bool,
}

impl Constant {
    pub(crate) fn of(held: usize) -> Self {
        Self {
            held,
            quantised: None,
            transposed: false,
        }
    }
}

impl<'f> Held<'f> {
    /// Checks that there are as many bytes as the shape says.
    ///
    /// # Errors
    /// There are not, or its numbers are of no kind that is read.
    pub(crate) fn new(name: &str, shape: Vec<usize>, dtype: Dtype, data: Cow<'f, [u8]>) -> Result<Self, ConvertError> {
        let numbers = shape.iter().try_fold(1usize, |n, &size| n.checked_mul(size));
        let want = numbers.and_then(|n| n.checked_mul(dtype.bitsize() / 8));
        if want != Some(data.len()) {
            return Err(ConvertError::Tensor {
                name: name.to_owned(),
                what: format!("its shape is {shape:?} of {dtype:?}, and it has {} bytes", data.len()),
            });
        }
        Ok(Self { shape, dtype, data })
    }

    pub(crate) fn is_real(&self) -> bool {
        is_real(self.dtype)
    }

    /// How many numbers there are.
    pub(crate) fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Every number in single precision; nothing where they are of a kind that no weights have.
    pub(crate) fn numbers(&self, quantised: Option<&Quantised>) -> Option<Vec<f32>> {
        if self.is_real() {
            return Some(dtype::numbers(self.dtype, &self.data).map(|x| x as f32).collect());
        }
        let quantised = quantised?;
        let whole = self.whole()?;
        let inner: usize = self.shape.iter().skip(quantised.axis + 1).product();
        let places = self.shape.get(quantised.axis).copied().unwrap_or(1);
        let at = |values: usize, index: usize| {
            if values == 1 {
                0
            } else {
                index / inner.max(1) % places.max(1)
            }
        };
        let real = |(index, number): (usize, i64)| {
            let scale = *quantised.scale.get(at(quantised.scale.len(), index))?;
            let zero = match quantised.zero.len() {
                0 => 0,
                n => *quantised.zero.get(at(n, index))?,
            };
            Some((f64::from(scale) * number.saturating_sub(zero) as f64) as f32)
        };
        whole.into_iter().enumerate().map(real).collect()
    }

    /// Its numbers where they are whole.
    pub(crate) fn whole(&self) -> Option<Vec<i64>> {
        let data = &self.data;
        Some(match self.dtype {
            Dtype::I8 => data.iter().map(|&b| i64::from(b as i8)).collect(),
            Dtype::U8 => data.iter().map(|&b| i64::from(b)).collect(),
            Dtype::I32 => {
                let numbers = data.as_chunks().0.iter();
                numbers.map(|b| i64::from(i32::from_le_bytes(*b))).collect()
            }
            Dtype::I64 => data.as_chunks().0.iter().map(|b| i64::from_le_bytes(*b)).collect(),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(shape: &[usize], dtype: Dtype, data: &[u8]) -> Held<'static> {
        Held::new("t", shape.to_vec(), dtype, Cow::Owned(data.to_vec())).unwrap()
    }

    #[test]
    fn whole_numbers_have_the_scale_of_their_place_on_the_axis() {
        let numbers = held(&[2, 3], Dtype::I8, &[1, 2, 3, 255, 254, 253]);
        let by = |axis: usize, scale: &[f32], zero: &[i64]| {
            let (scale, zero) = (scale.to_vec(), zero.to_vec());
            numbers.numbers(Some(&Quantised { scale, zero, axis }))
        };
        assert_eq!(by(0, &[0.5], &[]), Some(vec![0.5, 1.0, 1.5, -0.5, -1.0, -1.5]));
        assert_eq!(by(0, &[1.0, 10.0], &[]), Some(vec![1.0, 2.0, 3.0, -10.0, -20.0, -30.0]));
        assert_eq!(
            by(1, &[1.0, 10.0, 100.0], &[1, 0, 3]),
            Some(vec![0.0, 20.0, 0.0, -2.0, -20.0, -600.0])
        );
        // Fewer scales than places.
        assert_eq!(by(1, &[1.0, 10.0], &[]), None);
        assert_eq!(numbers.numbers(None), None);
    }

    #[test]
    fn shapes_that_lie_are_refused() {
        let refused = |shape: &[usize]| Held::new("t", shape.to_vec(), Dtype::F32, Cow::Borrowed(&[0; 8])).is_err();
        assert!(refused(&[3]) && refused(&[usize::MAX, 2]) && refused(&[usize::MAX, usize::MAX]));
        assert!(!refused(&[2, 1]));
    }
}
