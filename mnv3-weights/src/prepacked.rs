//! Files of packed weights: a header of one cache line, then the weights as kernels read them. Numbers are little-endian.
//!
//! | bytes | what |
//! | --- | --- |
//! | 0..8 | `MNV3PACK` |
//! | 8..12 | version of the layout, of this list and of all that it refers to |
//! | 12..16 | zero |
//! | 16..24 | fingerprint of the network: the list in [`fingerprint`](crate::fingerprint) |
//! | 24..32 | number of bytes after the header |
//! | 32..56 | zero |
//! | 56..64 | checksum: XXH64 with seed 0 over all bytes before it and all after it |
//! | 64.. | layer after layer in the network's order, each as [`Kind`](crate::Kind) says, in the numbers of its [`Packing`], or in eight bits as [`Int8Parts`](crate::Int8Parts) says; none is infinite or NaN, and in single precision none is subnormal |
//!
//! The checksum is compared when a file is read, by [`Packed::from_prepacked`](crate::Packed::from_prepacked); a file that is part of the program was read
//! when the program was compiled, and is not looked at again.

use crate::error::WeightsError;
use crate::int8_parts::Int8Parts;
use crate::manifest::Manifest;
use crate::problem::{PrepackedProblem, Problem};
#[cfg(doc)]
use mnv3_ir::Packing;
use std::hash::Hasher;
use twox_hash::XxHash64;

/// Bytes before the weights; they stay aligned behind it.
pub const HEADER_BYTES: usize = 64;
/// Grows when the layout of packed weights changes, so that old files are refused.
pub const LAYOUT_VERSION: u32 = 5;
const MAGIC: &[u8; 8] = b"MNV3PACK";
/// Where the checksum stands, which ends the header.
const CHECKSUM: usize = HEADER_BYTES - size_of::<u64>();

/// A packed file in the program, aligned so that its weights can be used in place.
#[repr(C, align(64))]
pub struct Embedded<const BYTES: usize>(pub [u8; BYTES]);

impl<const BYTES: usize> std::fmt::Debug for Embedded<BYTES> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Embedded {{ bytes: {BYTES} }}")
    }
}

/// Whether bytes are, or were meant to be, a file of packed weights.
#[must_use]
pub fn is_prepacked(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

/// The file of a network's packed weights.
pub(crate) fn file(weights: &[u8], manifest: &Manifest<'_>) -> Vec<u8> {
    let mut file = Vec::with_capacity(HEADER_BYTES + weights.len());
    file.extend(MAGIC);
    file.extend(LAYOUT_VERSION.to_le_bytes());
    file.extend([0; 4]);
    file.extend(manifest.fingerprint().to_le_bytes());
    file.extend((weights.len() as u64).to_le_bytes());
    file.resize(HEADER_BYTES, 0);
    file.extend(weights);
    to_or_from_little_endian(&mut file[HEADER_BYTES..], manifest);
    let checksum = checksum(&file);
    file[CHECKSUM..HEADER_BYTES].copy_from_slice(&checksum.to_le_bytes());
    file
}

/// Packed weights from the order of this machine's bytes to that of files, or back: on most machines they are the same.
pub(crate) fn to_or_from_little_endian(weights: &mut [u8], manifest: &Manifest<'_>) {
    if cfg!(target_endian = "little") {
        return;
    }
    for layer in manifest.layers {
        if layer.around.is_some() {
            let numbers = &mut weights[layer.offset..][Int8Parts::new(layer.kind).numbers()];
            numbers.chunks_exact_mut(size_of::<f32>()).for_each(<[u8]>::reverse);
            continue;
        }
        let (numbers, bias) = weights[layer.offset..][..layer.packed_bytes()].split_at_mut(layer.bias_offset());
        numbers
            .chunks_exact_mut(layer.packing.bytes())
            .for_each(<[u8]>::reverse);
        bias.chunks_exact_mut(size_of::<f32>()).for_each(<[u8]>::reverse);
    }
}

/// The weights of a file, if it is whole and of this network.
pub(crate) fn payload<'f>(file: &'f [u8], manifest: &Manifest<'_>) -> Result<&'f [u8], WeightsError> {
    read(file, manifest).map_err(|problem| WeightsError::new(manifest, vec![Problem::Prepacked(problem)]))
}

fn read<'f>(file: &'f [u8], manifest: &Manifest<'_>) -> Result<&'f [u8], PrepackedProblem> {
    if !is_prepacked(file) {
        return Err(PrepackedProblem::OtherFormat);
    }
    let found = file.len() as u64;
    let Some((header, payload)) = file.split_first_chunk::<HEADER_BYTES>() else {
        let want = HEADER_BYTES as u64;
        return Err(PrepackedProblem::CutOff { want, found });
    };
    let version = u32::from_le_bytes(bytes(header, 8));
    if version != LAYOUT_VERSION {
        let want = LAYOUT_VERSION;
        return Err(PrepackedProblem::Layout { want, found: version });
    }
    let weights = u64::from_le_bytes(bytes(header, 24));
    let want = weights.saturating_add(HEADER_BYTES as u64);
    if found < want {
        return Err(PrepackedProblem::CutOff { want, found });
    }
    if found > want {
        return Err(PrepackedProblem::Tail { want, found });
    }
    if u64::from_le_bytes(bytes(header, CHECKSUM)) != checksum(file) {
        return Err(PrepackedProblem::Damaged);
    }
    if u64::from_le_bytes(bytes(header, 16)) != manifest.fingerprint() || weights != manifest.bytes as u64 {
        return Err(PrepackedProblem::OtherNetwork);
    }
    Ok(payload)
}

fn bytes<const N: usize>(header: &[u8; HEADER_BYTES], at: usize) -> [u8; N] {
    std::array::from_fn(|i| header[at + i])
}

/// Of all bytes but its own.
fn checksum(file: &[u8]) -> u64 {
    let mut hash = XxHash64::with_seed(0);
    hash.write(&file[..CHECKSUM]);
    hash.write(&file[HEADER_BYTES..]);
    hash.finish()
}
