//! No packed number is subnormal, whatever the file holds, and flushing changes none by more than 2^-126.

use super::*;
use crate::{Embedded, HEADER_BYTES, to_prepacked};
use proptest::prelude::*;

/// The file with some numbers of some tensors times a factor: output channels for which `dead` says so.
fn shrunk(factors: &[(&str, f32)], dead: impl Fn(usize) -> bool) -> File {
    let mut file = torch_file();
    for (name, factor) in factors {
        let (_, shape, data) = file.get_mut(*name).unwrap();
        let of_channel = shape.iter().skip(1).product::<usize>();
        for (i, number) in data.as_chunks_mut::<4>().0.iter_mut().enumerate() {
            if dead(i / of_channel) {
                *number = (f32::from_le_bytes(*number) * factor).to_le_bytes();
            }
        }
    }
    file
}

/// All packed numbers of single precision, and none of them subnormal, by each of the three ways.
fn packed(file: &File) -> Vec<f32> {
    const FILE: usize = HEADER_BYTES + BYTES;
    let packed = torch(file).unwrap();
    let bytes = to_prepacked(&packed, &TORCH_NET);
    let read = Packed::from_prepacked(&bytes, &TORCH_NET).unwrap();
    let embedded: &'static Embedded<FILE> = Box::leak(Box::new(Embedded(bytes.try_into().unwrap())));
    for way in [&packed, &read, &Packed::embedded(embedded, &TORCH_NET)] {
        for (at, number) in floats(way).iter().enumerate() {
            assert!(!number.is_subnormal(), "number {at} is {number:e}");
        }
        assert_eq!(way.bytes(), packed.bytes());
    }
    floats(&packed).to_vec()
}

const WEIGHTS: [&str; 3] = ["features.0.0.weight", "features.1.0.weight", "classifier.weight"];

#[test]
fn dead_filters_are_zero() {
    let every_third = |channel: usize| channel.is_multiple_of(3);
    let whole = packed(&torch_file());
    let dead = packed(&shrunk(&WEIGHTS.map(|name| (name, 1e-41)), every_third));
    for layer in TORCH.layers {
        let (panel, taps) = (&layer.kind, layer.kind.taps());
        for channel in 0..panel.output() {
            for tap in 0..taps {
                let at = layer.offset / 4 + (channel / 16 * taps + tap) * 16 + channel % 16;
                assert_ne!(whole[at], 0.0);
                let want = if every_third(channel) { 0.0 } else { whole[at] };
                assert_eq!(dead[at], want, "{layer:?}: channel {channel}, tap {tap}");
            }
        }
    }
}

#[test]
fn scales_and_biases_and_products_that_are_subnormal_are_zero() {
    let scales = ["features.0.1.weight", "features.1.1.weight"];
    let biases = [
        "features.0.0.bias",
        "features.0.1.bias",
        "features.1.1.bias",
        "classifier.bias",
    ];
    let means = ["features.0.1.running_mean", "features.1.1.running_mean"];
    let all = |channel: usize| channel < 20;
    let of = |names: &[&'static str], factor: f32| names.iter().map(|name| (*name, factor)).collect::<Vec<_>>();
    let zeros = |factors: &[(&'static str, f32)]| packed(&shrunk(factors, all)).iter().filter(|x| **x == 0.0).count();
    let ordinary = zeros(&[]);
    assert!(zeros(&of(&scales, 1e-41)) > ordinary);
    // A bias is zero only if all that it is folded of is.
    let folded: Vec<_> = [of(&biases, 1e-41), of(&means, 1e-41)].concat();
    assert_eq!(zeros(&folded), ordinary + 20 + 20 + 7);
    // Neither is subnormal, but their products are.
    assert!(zeros(&[of(&WEIGHTS, 1e-30), of(&scales, 1e-10)].concat()) > ordinary);
}

#[test]
fn subnormal_numbers_of_half_precision_are_kept() {
    let net = Manifest {
        layers: &[CONV, DEPTHWISE, LINEAR.packed(Packing::F16)],
        ..TORCH_NET
    };
    let read = read(&shrunk(&[("classifier.weight", 1e-5)], |_| true), &net).unwrap();
    let halves = read
        .f16(LINEAR.offset, LINEAR.weights())
        .iter()
        .map(|bits| half::f16::from_bits(*bits));
    let whole = packed(&shrunk(&[("classifier.weight", 1e-5)], |_| true));
    for (half, whole) in halves.zip(&whole[LINEAR.offset / 4..]) {
        assert!((half.to_f32() - whole).abs() <= 2f32.powi(-25), "{half}, not {whole}");
        assert!(*whole == 0.0 || half.to_f32().is_normal());
    }
}

proptest! {
    #[test]
    fn no_packed_number_is_subnormal_whatever_the_file_holds(bits in prop::collection::vec(any::<u32>(), 16), seed: usize) {
        let mut file = torch_file();
        for (t, (name, (_, _, data))) in file.iter_mut().enumerate() {
            for (i, number) in data.as_chunks_mut::<4>().0.iter_mut().enumerate() {
                // Small enough that nothing overflows; a variance is not negative.
                let x = f32::from_bits(bits[(i ^ t ^ seed) % 16]);
                let x = if x.abs() < 1e10 { x } else { 0.0 };
                *number = (if name.ends_with("running_var") { x.abs() } else { x }).to_le_bytes();
            }
        }
        packed(&file);
    }
}
