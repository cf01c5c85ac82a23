//! Packed files: the same weights, and refused when they are not the network's.

use super::*;
use crate::{Embedded, HEADER_BYTES, PrepackedProblem, to_prepacked};
use twox_hash::XxHash64;

const FINGERPRINT: u64 = 0x15d7_3017_0421_b26c;

fn packed() -> Vec<u8> {
    to_prepacked(&torch(&torch_file()).unwrap(), &TORCH_NET)
}

fn refused(file: &[u8]) -> PrepackedProblem {
    match Packed::from_prepacked(file, &TORCH_NET).unwrap_err().problems() {
        [Problem::Prepacked(problem)] => *problem,
        problems => panic!("{problems:?}"),
    }
}

fn changed(good: &[u8], at: usize, bits: u8) -> Vec<u8> {
    let mut file = good.to_vec();
    file[at] ^= bits;
    file
}

#[test]
fn a_packed_file_holds_the_same_weights() {
    let again = Packed::from_prepacked(&packed(), &TORCH_NET).unwrap();
    assert_eq!(again.bytes(), torch(&torch_file()).unwrap().bytes());
}

#[test]
fn an_embedded_file_is_used_where_it_lies() {
    const FILE: usize = HEADER_BYTES + BYTES;
    let file: &'static Embedded<FILE> = Box::leak(Box::new(Embedded(packed().try_into().unwrap())));
    let embedded = Packed::embedded(file, &TORCH_NET);
    assert_eq!(embedded.bytes(), torch(&torch_file()).unwrap().bytes());
    assert_eq!(embedded.bytes().as_ptr(), file.0[HEADER_BYTES..].as_ptr());
    assert_eq!(embedded.bytes().as_ptr().align_offset(64), 0);
}

#[test]
fn files_that_are_not_the_networks_are_refused_with_the_remedy() {
    let good = packed();
    let length = good.len() as u64;
    assert_eq!(refused(&[]), PrepackedProblem::OtherFormat);
    assert_eq!(refused(&good[..40]), PrepackedProblem::CutOff { want: 64, found: 40 });
    let cut = PrepackedProblem::CutOff {
        want: length,
        found: length - 1,
    };
    assert_eq!(refused(&good[..good.len() - 1]), cut);
    let tail = PrepackedProblem::Tail {
        want: length,
        found: length + 4,
    };
    assert_eq!(refused(&[&good[..], &[0; 4]].concat()), tail);

    let other = Manifest {
        naming: Naming::KerasAutomatic,
        ..TORCH
    };
    let others = to_prepacked(&torch(&torch_file()).unwrap(), &other);
    assert_eq!(refused(&others), PrepackedProblem::OtherNetwork);

    insta::assert_snapshot!(Packed::from_prepacked(&others, &TORCH_NET).unwrap_err(), @r"
    the weights do not fit Net: 1 problem
      it was packed for another network, or the spec has changed since; pack it again with `mnv3 pack`
    ");
}

/// The header of the first layout, whose checksum was another.
#[test]
fn a_file_of_an_older_layout_is_told_from_a_damaged_one() {
    let mut file = packed();
    file[8..12].copy_from_slice(&1u32.to_le_bytes());
    file[32..40].copy_from_slice(&[7; 8]);
    file[56..64].fill(0);
    assert_eq!(refused(&file), PrepackedProblem::Layout { want: 5, found: 1 });
    insta::assert_snapshot!(Packed::from_prepacked(&file, &TORCH_NET).unwrap_err(), @r"
    the weights do not fit Net: 1 problem
      it is of layout 1, this version of mnv3 reads layout 5; pack it again with `mnv3 pack`
    ");
}

#[test]
fn every_changed_bit_of_the_header_is_seen() {
    let good = packed();
    for at in 0..HEADER_BYTES {
        for bit in 0..8 {
            let problem = refused(&changed(&good, at, 1 << bit));
            let expected = match at {
                0..8 => matches!(problem, PrepackedProblem::OtherFormat),
                8..12 => matches!(problem, PrepackedProblem::Layout { .. }),
                24..32 => matches!(problem, PrepackedProblem::CutOff { .. } | PrepackedProblem::Tail { .. }),
                _ => problem == PrepackedProblem::Damaged,
            };
            assert!(expected, "byte {at}, bit {bit}: {problem}");
        }
    }
}

#[test]
fn every_changed_bit_of_the_weights_is_seen() {
    let good = packed();
    for at in HEADER_BYTES..good.len() {
        let file = changed(&good, at, 1 << (at % 8));
        assert_eq!(refused(&file), PrepackedProblem::Damaged, "byte {at}");
    }
}

#[test]
fn pairs_of_signs_and_exchanged_lines_are_seen() {
    let good = packed();
    let (floats, lines) = (BYTES / 4, BYTES / 64);
    // Distances that the lanes of a checksum could have, and some others.
    for distance in [1, 2, 3, 4, 7, 8, 16, 32, 64, 500] {
        for first in (0..floats - distance).step_by(11) {
            let mut file = good.clone();
            file[HEADER_BYTES + 4 * first + 3] ^= 0x80;
            file[HEADER_BYTES + 4 * (first + distance) + 3] ^= 0x80;
            assert_eq!(
                refused(&file),
                PrepackedProblem::Damaged,
                "{first} and {distance} after it"
            );
        }
    }
    for a in 0..lines {
        for b in a + 1..lines {
            let line = |line: usize| HEADER_BYTES + 64 * line..HEADER_BYTES + 64 * (line + 1);
            let mut file = good.clone();
            file[line(a)].copy_from_slice(&good[line(b)]);
            file[line(b)].copy_from_slice(&good[line(a)]);
            if file != good {
                assert_eq!(refused(&file), PrepackedProblem::Damaged, "lines {a} and {b}");
            }
        }
    }
}

#[test]
fn the_checksum_is_xxh64_of_all_but_itself() {
    let file = packed();
    let others = [&file[..56], &file[64..]].concat();
    assert_eq!(file[56..64], XxHash64::oneshot(0, &others).to_le_bytes());
}

/// By `fingerprint.py`, from the documented list of values.
#[test]
fn the_fingerprint_is_what_the_documented_list_gives() {
    assert_eq!(TORCH.fingerprint(), FINGERPRINT);
    assert_eq!(packed()[16..24], FINGERPRINT.to_le_bytes());
}

#[test]
fn the_fingerprint_changes_with_every_value() {
    let layer = |change: fn(&mut PackedLayer)| {
        let mut layers = TORCH.layers.to_vec();
        change(&mut layers[0]);
        Manifest {
            layers: &layers,
            ..TORCH
        }
        .fingerprint()
    };
    let norm = |change: fn(&mut Norm)| {
        let mut layers = TORCH.layers.to_vec();
        layers[0].norm.iter_mut().for_each(change);
        Manifest {
            layers: &layers,
            ..TORCH
        }
        .fingerprint()
    };
    let tensor = |tensor: Tensor<'_>| {
        let mut tensors = TORCH.tensors.to_vec();
        tensors[1] = tensor;
        Manifest {
            tensors: &tensors,
            ..TORCH
        }
        .fingerprint()
    };
    let kind = |kind: Kind| {
        let mut layers = TORCH.layers.to_vec();
        layers[0].kind = kind;
        Manifest {
            layers: &layers,
            ..TORCH
        }
        .fingerprint()
    };
    let (kh, kw, input, output, channels) = (3, 3, 3, 20, 20);
    let mut all = vec![
        TORCH.fingerprint(),
        KERAS.fingerprint(),
        Manifest { bytes: 1, ..TORCH }.fingerprint(),
        Manifest {
            naming: Naming::KerasAutomatic,
            ..TORCH
        }
        .fingerprint(),
        Manifest {
            tensors: &TORCH.tensors[1..],
            ..TORCH
        }
        .fingerprint(),
        Manifest {
            layers: &TORCH.layers[1..],
            ..TORCH
        }
        .fingerprint(),
        tensor(Tensor::new("features.0.0.biat", &[20])),
        tensor(Tensor::new("features.0.0.bias", &[21])),
        tensor(Tensor::new("features.0.0.bias", &[20, 1])),
        kind(Kind::Dense {
            kh: 1,
            kw,
            input,
            output,
        }),
        kind(Kind::Dense {
            kh,
            kw: 1,
            input,
            output,
        }),
        kind(Kind::Dense {
            kh,
            kw,
            input: 1,
            output,
        }),
        kind(Kind::Dense {
            kh,
            kw,
            input,
            output: 1,
        }),
        kind(Kind::Depthwise { kh, kw, channels }),
        layer(|layer| layer.layout = Layout::Hwio),
        layer(|layer| layer.factor = 0.5),
        layer(|layer| layer.factor = 0.25),
        layer(|layer| {
            layer.layout = Layout::Hwio;
            layer.factor = 0.5;
        }),
        layer(|layer| layer.weight = 7),
        layer(|layer| layer.bias = None),
        layer(|layer| layer.bias = Some(7)),
        layer(|layer| layer.norm = None),
        layer(|layer| layer.packing = Packing::F16),
        layer(|layer| layer.packing = Packing::I8),
        layer(|layer| layer.offset = 16),
        norm(|norm| norm.gamma = 9),
        norm(|norm| norm.beta = 9),
        norm(|norm| norm.mean = 9),
        norm(|norm| norm.variance = 9),
        norm(|norm| norm.epsilon = 1e-4),
    ];
    let count = all.len();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), count);
    // What only messages say does not count.
    let renamed = Manifest {
        network: "Other",
        dialect: "timm",
        ..TORCH
    };
    assert_eq!(renamed.fingerprint(), TORCH.fingerprint());
}
