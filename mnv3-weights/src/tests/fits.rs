//! Files that are read.

use super::*;
use half::{bf16, f16};
use mnv3_ir::LANES;

/// Folded weight of output channel `out` and tap `tap` of layer `l`, its bias, as f64 from the formulas.
fn folded(layer: &PackedLayer, out: usize, weight: f32) -> (f64, f64) {
    let at = |t: usize| f64::from(value(t, &[out]));
    let bias = layer.bias.map_or(0.0, at);
    layer.norm.as_ref().map_or((f64::from(weight), bias), |norm| {
        let scale = at(norm.gamma) / (at(norm.variance) + norm.epsilon).sqrt();
        (
            f64::from(weight) * scale,
            (bias - at(norm.mean)) * scale + at(norm.beta),
        )
    })
}

#[test]
fn packed_weights_are_the_files_with_batch_norms_folded_in() {
    let weights = torch(&torch_file()).unwrap();
    let arena = floats(&weights);
    let close = |found: f32, want: f64| assert!((f64::from(found) - want).abs() < 1e-6 * want.abs().max(1.0));
    let mut seen = 0;
    for layer in TORCH.layers {
        let (outputs, taps) = (layer.kind.output(), layer.kind.taps());
        for out in 0..outputs {
            for tap in 0..taps {
                let place = match layer.kind {
                    Kind::Dense { kh: 1, kw: 1, .. } => vec![out, tap],
                    Kind::Dense { kw, input, .. } => vec![out, tap % input, tap / input / kw, tap / input % kw],
                    Kind::Depthwise { kw, .. } => vec![out, 0, tap / kw, tap % kw],
                };
                let at = layer.offset / 4 + (out / LANES * taps + tap) * LANES + out % LANES;
                close(arena[at], folded(layer, out, value(layer.weight, &place)).0);
                seen += 1;
            }
            close(
                arena[layer.offset / 4 + taps * outputs.div_ceil(LANES) * LANES + out],
                folded(layer, out, 0.0).1,
            );
            seen += 1;
        }
    }
    let nonzero = arena.iter().filter(|w| **w != 0.0).count();
    assert!(nonzero <= seen, "lanes beyond the channels hold zero");
}

#[test]
fn halves_take_half_the_room_and_biases_are_whole() {
    let half = LINEAR.packed(Packing::F16);
    let net = Manifest {
        layers: &[CONV, DEPTHWISE, half],
        bytes: LINEAR.offset + half.packed_bytes(),
        ..TORCH
    };
    let (whole, halved) = (torch(&torch_file()).unwrap(), read(&torch_file(), &net).unwrap());
    assert_eq!(half.bias_offset() * 2, LINEAR.bias_offset());
    assert_eq!([half.bias_offset() % 64, half.packed_bytes() % 64], [0, 0]);
    // The file's numbers are exact in half precision.
    let numbers = halved.f16(half.offset, half.weights()).iter();
    let numbers: Vec<f32> = numbers.map(|bits| f16::from_bits(*bits).to_f32()).collect();
    assert_eq!(numbers, whole.f32(LINEAR.offset, LINEAR.weights()));
    let bias = |packed: &Packed, layer: &PackedLayer| packed.f32(layer.offset + layer.bias_offset(), 16).to_vec();
    assert_eq!(bias(&halved, &half), bias(&whole, &LINEAR));
}

#[test]
fn int8_takes_a_quarter_of_the_room_and_is_the_nearest_by_a_scale_of_each_output() {
    let steps = LINEAR.packed(Packing::I8);
    let net = Manifest {
        layers: &[CONV, DEPTHWISE, steps],
        bytes: LINEAR.offset + steps.packed_bytes(),
        ..TORCH
    };
    // An output of zeros has the scale 0.
    let mut file = torch_file();
    let zeros = &mut file.get_mut("classifier.weight").unwrap().2[2 * 20 * 4..3 * 20 * 4];
    zeros.fill(0);
    let (whole, stepped) = (torch(&file).unwrap(), read(&file, &net).unwrap());
    assert_eq!(steps.bias_offset() * 4, LINEAR.bias_offset());
    assert_eq!([steps.scale_offset() % 64, steps.packed_bytes() % 64], [0, 0]);
    let numbers = stepped.i8(steps.offset, steps.weights());
    let scales = stepped.f32(steps.offset + steps.scale_offset(), 16);
    let whole_numbers = whole.f32(LINEAR.offset, LINEAR.weights());
    for (output, &scale) in scales.iter().enumerate() {
        let lane = || (output..LINEAR.weights()).step_by(16);
        let largest = lane().fold(0.0f32, |most, at| most.max(whole_numbers[at].abs()));
        assert_eq!(scale, largest / 127.0);
        assert_eq!(scale > 0.0, output < 7 && output != 2);
        for at in lane() {
            let off = f64::from(whole_numbers[at]) - f64::from(numbers[at]) * f64::from(scale);
            assert!(off.abs() <= f64::from(scale) / 2.0, "{off} of {}", scale);
        }
        let most = lane().map(|at| numbers[at].unsigned_abs()).max();
        assert_eq!(most, Some(if scale > 0.0 { 127 } else { 0 }));
    }
    let bias = |packed: &Packed, layer: &PackedLayer| packed.f32(layer.offset + layer.bias_offset(), 16).to_vec();
    assert_eq!(bias(&stepped, &steps), bias(&whole, &LINEAR));
}

#[test]
fn a_factor_is_of_the_kernel_and_not_of_the_bias() {
    let scaled = Manifest {
        layers: &[CONV.times(0.5), DEPTHWISE, LINEAR.times(0.25)],
        ..TORCH
    };
    let (plain, scaled) = (torch(&torch_file()).unwrap(), read(&torch_file(), &scaled).unwrap());
    let layer = |packed: &Packed, layer: &PackedLayer| {
        let all = packed.f32(layer.offset, layer.packed_bytes() / 4).to_vec();
        let (weights, bias) = all.split_at(layer.bias_offset() / 4);
        (weights[..layer.weights()].to_vec(), bias.to_vec())
    };
    for (of, factor) in [(CONV, 0.5), (DEPTHWISE, 1.0), (LINEAR, 0.25)] {
        let ((weights, bias), (found, found_bias)) = (layer(&plain, &of), layer(&scaled, &of));
        assert_eq!(found, weights.iter().map(|w| w * factor).collect::<Vec<_>>());
        assert_eq!(found_bias, bias);
    }
}

#[test]
fn keras_layout_packs_to_the_same_weights() {
    let want = torch(&torch_file()).unwrap();
    let found = read(&keras_file(str::to_owned), &KERAS_NET).unwrap();
    assert_eq!(found.bytes(), want.bytes());
}

#[test]
fn keras_numbers_may_start_anywhere_and_sort_as_numbers() {
    let want = read(&keras_file(str::to_owned), &KERAS_NET).unwrap();
    // conv2d and conv2d_1 become conv2d_9 and conv2d_10, which sort the other way round as text.
    let renamed = |suffix: &'static str| {
        move |name: &str| {
            let (layer, variable) = name.split_once('/').unwrap();
            let (kind, number) = layer.strip_suffix("_1").map_or((layer, 9), |kind| (kind, 10));
            format!("{kind}_{number}/{variable}{suffix}")
        }
    };
    for suffix in ["", ":0"] {
        let found = read(&keras_file(renamed(suffix)), &KERAS_NET).unwrap();
        assert_eq!(found.bytes(), want.bytes());
    }
}

#[test]
fn other_types_of_number_are_converted() {
    let want = torch(&torch_file()).unwrap();
    let convert = |dtype: Dtype, number: fn(f32) -> Vec<u8>| {
        let mut file = torch_file();
        for (of, _, data) in file.values_mut() {
            *of = dtype;
            *data = data
                .as_chunks()
                .0
                .iter()
                .flat_map(|b| number(f32::from_le_bytes(*b)))
                .collect();
        }
        torch(&file).unwrap()
    };
    let f64s = convert(Dtype::F64, |x| f64::from(x).to_le_bytes().to_vec());
    let f16s = convert(Dtype::F16, |x| f16::from_f32(x).to_le_bytes().to_vec());
    let bf16s = convert(Dtype::BF16, |x| bf16::from_f32(x).to_le_bytes().to_vec());
    for found in [f64s, f16s, bf16s] {
        assert_eq!(found.bytes(), want.bytes());
    }
}

#[test]
fn tensors_that_the_network_does_not_want_are_ignored() {
    let mut file = torch_file();
    file.insert(
        "features.0.1.num_batches_tracked".to_owned(),
        (Dtype::I64, vec![], vec![0; 8]),
    );
    file.insert("ema.decay".to_owned(), (Dtype::F32, vec![1], bytes(&[f32::NAN])));
    torch(&file).unwrap();
}
