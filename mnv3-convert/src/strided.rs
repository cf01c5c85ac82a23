//! From a view of a storage to numbers in order.

use crate::pickle::{Heap, Strided};
use std::borrow::Cow;

/// Sizes of a tensor that could be had from a storage.
pub(crate) const MAX_DIMENSIONS: usize = 8;

/// A view that was checked against its storage.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct View {
    pub(crate) shape: Vec<usize>,
    strides: Vec<usize>,
    offset: usize,
    numbers: usize,
}

impl View {
    /// Checks that the view lies in its storage and is no larger than it.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn of(tensor: &Strided, heap: &Heap<'_>) -> Result<Self, String> {
        let (Some(shape), Some(strides)) = (heap.sizes(tensor.shape), heap.sizes(tensor.strides)) else {
            return Err("its sizes are no sizes".to_owned());
        };
        if shape.len() != strides.len() || shape.len() > MAX_DIMENSIONS {
            let (n, m) = (shape.len(), strides.len());
            return Err(format!(
                "it has {n} sizes and {m} strides; both should be as many, at most {MAX_DIMENSIONS}"
            ));
        }
        let held = heap.storages[tensor.storage].numbers;
        let numbers = shape.iter().try_fold(1u64, |n, &size| n.checked_mul(size));
        let reach = shape
            .iter()
            .zip(&strides)
            .try_fold(tensor.offset, |at, (&size, &stride)| {
                size.saturating_sub(1).checked_mul(stride)?.checked_add(at)
            });
        match (numbers, reach) {
            (Some(0), _) => {}
            (Some(n), Some(last)) if n <= held && last < held => {}
            (Some(n), Some(last)) if last < held => {
                return Err(format!(
                    "its shape {shape:?} repeats numbers: {n} from a storage of {held}; save it with .contiguous()"
                ));
            }
            _ => {
                return Err(format!(
                    "its shape {shape:?} with strides {strides:?} from {} reaches beyond the {held} numbers that it has",
                    tensor.offset
                ));
            }
        }
        let fits = |sizes: Vec<u64>| {
            sizes
                .into_iter()
                .map(|n| usize::try_from(n).ok())
                .collect::<Option<Vec<_>>>()
        };
        match (
            fits(shape),
            fits(strides),
            usize::try_from(tensor.offset),
            numbers.map(usize::try_from),
        ) {
            (Some(shape), Some(strides), Ok(offset), Some(Ok(numbers))) => Ok(Self {
                shape,
                strides,
                offset,
                numbers,
            }),
            _ => Err("its sizes are beyond this machine's".to_owned()),
        }
    }

    /// Bytes that it takes when written out.
    pub(crate) fn bytes(&self, width: usize) -> u64 {
        self.numbers as u64 * width as u64
    }

    /// Its numbers in the order of the shape, the last dimension innermost. `storage` holds the whole storage, in
    /// numbers of `width` bytes; where they lie in order already, they are not copied.
    pub(crate) fn read<'s>(&self, storage: &'s [u8], width: usize) -> Cow<'s, [u8]> {
        let range = |at: usize, numbers: usize| storage.get(at * width..(at + numbers) * width).unwrap_or_default();
        if self.numbers == 0 {
            return Cow::Borrowed(&[]);
        }
        if self.is_contiguous() {
            return Cow::Borrowed(range(self.offset, self.numbers));
        }
        let mut out = Vec::with_capacity(self.numbers * width);
        let mut index = vec![0usize; self.shape.len()];
        for _ in 0..self.numbers {
            let at: usize = index.iter().zip(&self.strides).map(|(i, stride)| i * stride).sum();
            out.extend_from_slice(range(self.offset + at, 1));
            for (i, &size) in index.iter_mut().zip(&self.shape).rev() {
                *i += 1;
                if *i < size {
                    break;
                }
                *i = 0;
            }
        }
        Cow::Owned(out)
    }

    /// Strides of dimensions of size 1 say nothing.
    fn is_contiguous(&self) -> bool {
        let mut expected = 1;
        self.shape.iter().zip(&self.strides).rev().all(|(&size, &stride)| {
            let fits = size == 1 || stride == expected;
            expected *= size;
            fits
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pickle::{PickleValue, Storage};
    use safetensors::Dtype;

    fn view(numbers: u64, offset: u64, shape: &[i64], strides: &[i64]) -> Result<View, String> {
        let list = |sizes: &[i64]| sizes.iter().map(|&n| PickleValue::Int(n)).collect();
        let heap = Heap {
            lists: vec![list(shape), list(strides)],
            storages: vec![Storage {
                key: "0",
                dtype: Dtype::U8,
                numbers,
                start: 0,
                inline: None,
            }],
            ..Heap::default()
        };
        View::of(
            &Strided {
                storage: 0,
                offset,
                shape: 0,
                strides: 1,
            },
            &heap,
        )
    }

    #[test]
    fn a_transposed_matrix_is_read_row_by_row() {
        let storage = [0, 1, 2, 3, 4, 5, 6];
        let transposed = view(7, 1, &[3, 2], &[1, 3]).unwrap();
        assert_eq!(*transposed.read(&storage, 1), [1, 4, 2, 5, 3, 6]);
    }

    #[test]
    fn numbers_in_order_are_not_copied_whatever_the_strides_of_single_rows_are() {
        let read = view(6, 1, &[1, 2, 1, 2], &[99, 2, 77, 1]);
        // A stride of a dimension of size 1 reaches nowhere.
        assert!(matches!(
            read.unwrap().read(&[0, 1, 2, 3, 4, 5], 1),
            Cow::Borrowed([1, 2, 3, 4])
        ));
    }

    #[test]
    fn a_scalar_and_an_empty_tensor_are_views() {
        assert_eq!(*view(3, 2, &[], &[]).unwrap().read(&[7, 8, 9], 1), [9]);
        assert!(view(0, 0, &[0, 4], &[4, 1]).unwrap().read(&[], 1).is_empty());
    }

    #[test]
    fn views_beyond_their_storage_are_refused() {
        assert!(
            view(6, 1, &[2, 3], &[3, 1])
                .unwrap_err()
                .contains("beyond the 6 numbers")
        );
        assert!(view(6, 6, &[], &[]).is_err());
        assert!(view(6, 0, &[2, i64::MAX], &[i64::MAX, i64::MAX]).is_err());
        assert!(view(6, u64::MAX, &[2], &[1]).is_err());
        assert!(view(6, 0, &[-1], &[1]).is_err());
        assert!(view(6, 0, &[1], &[1, 1]).is_err());
        assert!(view(6, 0, &[1; 9], &[1; 9]).is_err());
    }

    #[test]
    fn a_single_number_cannot_claim_to_be_a_billion() {
        assert!(
            view(1, 0, &[1_000_000_000], &[0])
                .unwrap_err()
                .contains("repeats numbers")
        );
    }
}
