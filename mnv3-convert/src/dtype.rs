//! Kinds of numbers, and the way from one to another.

use crate::checkpoint::Tensor;
use crate::error::ConvertError;
use half::{bf16, f16};
use safetensors::Dtype;
use std::borrow::Cow;

/// Kinds of numbers that can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// 32 bits: what networks compute in.
    F32,
    /// 16 bits, to 3 digits, up to 65504.
    F16,
    /// 16 bits, to 2 digits, as far as F32.
    Bf16,
}

impl Precision {
    /// As safetensors calls it.
    #[must_use]
    pub fn dtype(self) -> Dtype {
        match self {
            Self::F32 => Dtype::F32,
            Self::F16 => Dtype::F16,
            Self::Bf16 => Dtype::BF16,
        }
    }
}

/// Whether weights can be of this kind.
pub(crate) fn is_real(dtype: Dtype) -> bool {
    matches!(dtype, Dtype::F64 | Dtype::F32 | Dtype::F16 | Dtype::BF16)
}

/// Every number, exactly; nothing for kinds that are not [real](is_real).
pub(crate) fn numbers(dtype: Dtype, data: &[u8]) -> Box<dyn Iterator<Item = f64> + '_> {
    match dtype {
        Dtype::F64 => Box::new(data.as_chunks().0.iter().map(|b| f64::from_le_bytes(*b))),
        Dtype::F32 => Box::new(data.as_chunks().0.iter().map(|b| f64::from(f32::from_le_bytes(*b)))),
        Dtype::F16 => Box::new(data.as_chunks().0.iter().map(|b| f16::from_le_bytes(*b).to_f64())),
        Dtype::BF16 => Box::new(data.as_chunks().0.iter().map(|b| bf16::from_le_bytes(*b).to_f64())),
        _ => Box::new(std::iter::empty()),
    }
}

/// The tensor's numbers, each rounded to the nearest of another kind.
///
/// # Errors
/// A number that becomes infinite.
pub(crate) fn convert<'t>(tensor: &'t Tensor<'_>, to: Precision) -> Result<Cow<'t, [u8]>, ConvertError> {
    if tensor.dtype == to.dtype() {
        return Ok(Cow::Borrowed(&tensor.data));
    }
    let mut bytes = Vec::with_capacity(tensor.shape.iter().product::<usize>() * to.dtype().bitsize() / 8);
    for (index, value) in numbers(tensor.dtype, &tensor.data).enumerate() {
        let finite = match to {
            Precision::F16 => {
                let rounded = f16::from_f32(to_odd(value));
                bytes.extend(rounded.to_le_bytes());
                rounded.is_finite()
            }
            Precision::Bf16 => {
                let rounded = bf16::from_f32(to_odd(value));
                bytes.extend(rounded.to_le_bytes());
                rounded.is_finite()
            }
            Precision::F32 => {
                let rounded = value as f32;
                bytes.extend(rounded.to_le_bytes());
                rounded.is_finite()
            }
        };
        if value.is_finite() && !finite {
            let (name, dtype) = (tensor.name.clone(), to.dtype());
            return Err(ConvertError::Overflow {
                name,
                index,
                value,
                dtype,
            });
        }
    }
    Ok(Cow::Owned(bytes))
}

/// In single precision, on the way to less: of the two numbers that `value` lies between, the one whose last bit is set. A second
/// rounding then sees on which side of a tie it was. `half` itself loses that of 64 bits, differently on different machines.
fn to_odd(value: f64) -> f32 {
    let near = value as f32;
    let back = f64::from(near);
    if back == value || near.to_bits() & 1 == 1 || !near.is_finite() {
        near
    } else if back < value {
        near.next_up()
    } else {
        near.next_down()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tensor(numbers: &[f64]) -> Tensor<'static> {
        Tensor {
            name: "t".to_owned(),
            dtype: Dtype::F64,
            shape: vec![numbers.len()],
            data: numbers.iter().flat_map(|n| n.to_le_bytes()).collect(),
        }
    }

    fn rounded(value: f64, to: Precision) -> f64 {
        let converted = Tensor {
            data: Cow::Owned(convert(&tensor(&[value]), to).unwrap().into_owned()),
            dtype: to.dtype(),
            ..tensor(&[0.0])
        };
        numbers(converted.dtype, &converted.data).next().unwrap()
    }

    #[test]
    fn numbers_are_rounded_to_the_nearest_with_ties_to_even() {
        let step = |digits: i32| 2f64.powi(-digits);
        for (to, digits) in [(Precision::F16, 10), (Precision::Bf16, 7), (Precision::F32, 23)] {
            assert_eq!(rounded(1.0 + 0.50 * step(digits), to), 1.0);
            assert_eq!(rounded(1.0 + 0.51 * step(digits), to), 1.0 + step(digits));
            assert_eq!(rounded(1.0 + 1.50 * step(digits), to), 1.0 + 2.0 * step(digits));
            assert_eq!(rounded(-0.0, to).to_bits(), (-0.0f64).to_bits());
        }
        assert_eq!(rounded(2f64.powi(-24), Precision::F16), 2f64.powi(-24));
    }

    #[test]
    fn what_is_beside_a_tie_by_the_last_bit_is_no_tie() {
        let step = |digits: i32| 2f64.powi(-digits);
        for (to, digits) in [(Precision::F16, 10), (Precision::Bf16, 7), (Precision::F32, 23)] {
            for sign in [1.0, -1.0] {
                // By the last bit of single precision where there is one to spare, and by that of double.
                for beside in [step(23), step(52)].into_iter().filter(|&beside| beside < step(digits)) {
                    let up = rounded(sign * (1.0 + 0.5 * step(digits) + beside), to);
                    assert_eq!(up, sign * (1.0 + step(digits)), "{to:?} {beside}");
                    let down = rounded(sign * (1.0 + 1.5 * step(digits) - beside), to);
                    assert_eq!(down, sign * (1.0 + step(digits)), "{to:?} {beside}");
                }
            }
        }
        // The same among subnormal numbers, whose steps are all 2^-24 and 2^-133.
        for (to, least) in [(Precision::F16, step(24)), (Precision::Bf16, step(133))] {
            assert_eq!(rounded(0.5 * least, to), 0.0);
            assert_eq!(rounded(0.5 * least * (1.0 + step(52)), to), least);
            assert_eq!(rounded(1.5 * least * (1.0 - step(53)), to), least);
        }
    }

    #[test]
    fn a_finite_number_never_becomes_infinite() {
        assert_eq!(rounded(65504.0, Precision::F16), 65504.0);
        for (value, to) in [
            (65520.0, Precision::F16),
            (1e39, Precision::Bf16),
            (-1e39, Precision::F32),
        ] {
            let refused = convert(&tensor(&[0.0, value]), to).unwrap_err();
            assert!(matches!(refused, ConvertError::Overflow { index: 1, .. }), "{refused}");
        }
    }

    #[test]
    fn what_is_not_finite_already_stays_for_the_check_to_report() {
        assert!(rounded(f64::NAN, Precision::F16).is_nan());
        assert_eq!(rounded(f64::INFINITY, Precision::Bf16), f64::INFINITY);
    }
}
