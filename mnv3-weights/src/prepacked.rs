//! Files of packed weights: a header of one cache line, then the floats as kernels read them, little-endian.
//!
//! | bytes | what |
//! | --- | --- |
//! | 0..8 | `MNV3PACK` |
//! | 8..12 | version of the layout |
//! | 12..16 | zero |
//! | 16..24 | fingerprint of the network's manifest |
//! | 24..32 | number of floats |
//! | 32..40 | checksum of the floats |
//! | 40..64 | zero |

use crate::error::{Problem, WeightsError};
use crate::manifest::Manifest;
use crate::packed::Packed;

/// Bytes before the floats; they stay aligned behind it.
pub const HEADER_BYTES: usize = 64;
/// Grows when the layout of packed weights changes, so that old files are refused.
pub const LAYOUT_VERSION: u32 = 1;
const MAGIC: &[u8; 8] = b"MNV3PACK";

/// A packed file in the program, aligned so that its floats can be used in place.
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
#[must_use]
pub fn to_prepacked(packed: &Packed, manifest: &Manifest<'_>) -> Vec<u8> {
    let floats = packed.as_slice();
    let mut payload = Vec::with_capacity(size_of_val(floats));
    floats.iter().for_each(|float| payload.extend(float.to_le_bytes()));
    let mut file = Vec::with_capacity(HEADER_BYTES + payload.len());
    file.extend(MAGIC);
    file.extend(LAYOUT_VERSION.to_le_bytes());
    file.extend([0; 4]);
    file.extend(manifest.fingerprint().to_le_bytes());
    file.extend((floats.len() as u64).to_le_bytes());
    file.extend(checksum(&payload).to_le_bytes());
    file.resize(HEADER_BYTES, 0);
    file.extend(payload);
    file
}

/// The floats of a file, if it is whole and of this network.
pub(crate) fn payload<'f>(file: &'f [u8], manifest: &Manifest<'_>) -> Result<&'f [u8], WeightsError> {
    let fail = |what: String| WeightsError::new(manifest, vec![Problem::Prepacked(what)]);
    if !is_prepacked(file) {
        return Err(fail(
            "it is not a file of packed weights; make one with `mnv3 pack`".to_owned(),
        ));
    }
    let Some((header, payload)) = file.split_at_checked(HEADER_BYTES) else {
        return Err(fail("it is cut off; pack it again with `mnv3 pack`".to_owned()));
    };
    let word = |at: usize| {
        header
            .get(at..at + 8)
            .and_then(|b| b.first_chunk())
            .map_or(0, |b| u64::from_le_bytes(*b))
    };
    let version = word(8);
    if version != u64::from(LAYOUT_VERSION) {
        return Err(fail(format!(
            "it is of layout {version}, this version of mnv3 reads layout {LAYOUT_VERSION}; pack it again with `mnv3 pack`"
        )));
    }
    if word(16) != manifest.fingerprint() {
        return Err(fail(
            "it was packed for another network, or the spec has changed since; pack it again with `mnv3 pack`"
                .to_owned(),
        ));
    }
    let (floats, want) = (word(24), manifest.floats as u64);
    let bytes = payload.len() as u64;
    if floats != want || bytes != want * size_of::<f32>() as u64 {
        return Err(fail(format!(
            "it has {bytes} bytes of weights, {} are wanted; it is cut off or has a tail",
            want * 4
        )));
    }
    if word(32) != checksum(payload) {
        return Err(fail(
            "its checksum is wrong: it is damaged; pack it again with `mnv3 pack`".to_owned(),
        ));
    }
    Ok(payload)
}

/// FNV-1a over words of eight bytes, in four lanes so that it is not slower than reading the file.
fn checksum(bytes: &[u8]) -> u64 {
    const PRIME: u64 = 0x0100_0000_01b3;
    let mut lanes = [0xcbf2_9ce4_8422_2325u64, 1, 2, 3];
    let (chunks, rest) = bytes.as_chunks::<32>();
    for chunk in chunks {
        for (lane, word) in lanes.iter_mut().zip(chunk.as_chunks().0) {
            *lane = (*lane ^ u64::from_le_bytes(*word)).wrapping_mul(PRIME);
        }
    }
    let lanes = lanes.into_iter().flat_map(u64::to_le_bytes);
    lanes
        .chain(rest.iter().copied())
        .fold(0, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(PRIME))
}
