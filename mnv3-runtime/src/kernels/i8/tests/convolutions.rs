use super::super::depthwise::{self, Depthwise, Expanded, Plane};
use super::super::dot::{Dot, Pixel, Rows};
use super::super::pointwise::{self, Pointwise, RowsMut};
use super::super::stem::{self, Stem};
use super::{Numbers, any_act, panels, pixels};
use crate::kernels::level::at_level;
use crate::kernels::prefetch::Prefetch;
use crate::kernels::tests::levels;
use mnv3_ir::int8::{WIDE_FLOATS, columns, wide_panel};
use mnv3_ir::{LANES, Window, groups};
use proptest::prelude::*;

/// Number `c` of a pixel.
fn at(map: &[Pixel], width: usize, x: usize, c: usize) -> u8 {
    map[c / LANES * width + x][c % LANES]
}

/// A size and a window along an axis: kernel, stride, dilation, padding.
fn axis(longest: usize, kernels: usize) -> impl Strategy<Value = (usize, usize, usize, usize, [usize; 2])> {
    let dilation = prop_oneof![3 => Just(1usize), 1 => Just(2)];
    (1..=longest, 1..=kernels, 1usize..=3, dilation).prop_flat_map(|(size, kernel, stride, dilation)| {
        let reach = dilation * (kernel - 1) + 1;
        let lacking = reach.saturating_sub(size);
        (0..=reach / 2 + 1, 0..=reach / 2 + 1).prop_map(move |(before, after)| {
            let after = after.max(lacking.saturating_sub(before));
            (size, kernel, stride, dilation, [before, after])
        })
    })
}

fn any_window(kernels: usize, dilated: bool) -> impl Strategy<Value = ([usize; 2], Window)> {
    (axis(7, kernels), axis(40, kernels)).prop_map(move |(h, w)| {
        let window = Window {
            kernel: [h.1, w.1],
            stride: [h.2, w.2],
            dilation: if dilated { [h.3, w.3] } else { [1, 1] },
            pad_h: h.4,
            pad_w: w.4,
        };
        ([h.0, w.0], window)
    })
}

/// Sizes, windows and channels of images: any, and those of pictures under the usual stem, which has a tile of its own.
fn any_stem() -> impl Strategy<Value = (([usize; 2], Window), usize)> {
    let usual = Window {
        kernel: [3, 3],
        stride: [2, 2],
        dilation: [1, 1],
        pad_h: [1, 1],
        pad_w: [1, 1],
    };
    prop_oneof![
        (any_window(6, false), 1usize..6),
        (1usize..8, 1usize..70).prop_map(move |(h, w)| (([h, w], usual), 3)),
    ]
}

fn outputs(size: usize, kernel: usize, stride: usize, dilation: usize, pad: [usize; 2]) -> usize {
    (size + pad[0] + pad[1] - dilation * (kernel - 1) - 1) / stride + 1
}

/// Pixels as a level has them between expand and depthwise.
fn expanded<S: Dot<Expanded: Expanded<S>>>(simd: S, pixels: &[Pixel]) -> Vec<S::Expanded> {
    let mut made = vec![S::Expanded::of(simd, &[99; LANES]); pixels.len()];
    S::Expanded::copy(simd, pixels, &mut made);
    made
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn pointwise_is_sums_of_products_requantised(
        height in 1usize..4, width in 1usize..46, input in 1usize..90, output in 1usize..110, act in any_act(), residual: bool,
        border in 0usize..3, seed: u64,
    ) {
        let mut numbers = Numbers(seed);
        let pixels_of_all = height * width;
        let (map, weights) = (numbers.bytes(pixels_of_all * input), numbers.weights(output * input));
        let by = numbers.requantisation(output, input, act);
        let added = residual.then(|| numbers.bytes(pixels_of_all * output));
        let (src, packed) = (pixels(&map, width, input), panels(&weights, 1, output, input));
        let layer = Pointwise { input, output, weights: &packed, requantise: by.view(), later: &[] };
        let add = added.as_ref().map(|added| pixels(added, width, output));
        // Rows of a map lie group by group, those that are written row by row.
        let of = |channels: usize| (width * groups(channels), width);
        let rows = |pixels, channels| Rows { pixels, row: of(channels).0, group: of(channels).1 };
        let (columns, panels) = (width + border, groups(output));
        for level in levels() {
            let mut found = vec![[7; LANES]; panels * height * columns];
            let mut wide = vec![f32::NAN; pixels_of_all * groups(input) * WIDE_FLOATS];
            let mut panel = vec![f32::NAN; wide_panel(input)];
            at_level!(level, simd => {
                let src = simd.inputs(rows(&src, input), [groups(input), height, width], &mut wide);
                let out = RowsMut { pixels: &mut found[border..], row: columns, group: height * columns };
                let residual = add.as_ref().map(|add| rows(add, output));
                pointwise::rows(simd, &layer, 0..panels, [height, width], src, out, residual, &mut panel, &mut Prefetch::none());
            });
            for i in 0..pixels_of_all {
                for o in 0..output {
                    let products = (0..input).map(|c| i64::from(map[i * input + c]) * i64::from(weights[o * input + c]));
                    let want = by.byte(o, products.sum(), added.as_ref().map(|added| added[i * output + o]));
                    let (y, x) = (i / width, i % width);
                    let found = found[(o / LANES * height + y) * columns + border + x][o % LANES];
                    prop_assert_eq!(found, want, "{:?} {} {} {}", level, y, x, o);
                }
            }
        }
    }

    #[test]
    fn depthwise_is_sums_of_products_under_the_window_requantised(
        (size, window) in any_window(6, true), channels in 1usize..40, act in any_act(), seed: u64,
    ) {
        let ([h, w], [kh, kw]) = (size, window.kernel);
        let mut numbers = Numbers(seed);
        let (map, zero) = (numbers.bytes(h * w * channels), numbers.bytes(channels));
        let weights = numbers.weights(kh * channels * kw);
        let by = numbers.requantisation(channels, kh * kw, act);
        let packed = panels(&weights, kh, channels, kw);
        let zero_pixels = pixels(&zero, 1, channels);
        let layer = Depthwise { window, channels, weights: &packed, zero: &zero_pixels, requantise: by.view() };
        // Rows with their borders; what lies beyond these must not matter.
        let columns = columns(w, &window);
        let left = window.pad_w[0];
        let bordered: Vec<u8> = (0..h * columns).flat_map(|i| {
            let x = (i % columns).checked_sub(left).filter(|x| *x < w);
            let beyond = i % columns >= left + w + window.pad_w[1];
            (0..channels).map(move |c| (i, x, beyond, c))
        }).map(|(i, x, beyond, c)| match x {
            Some(x) => map[(i / columns * w + x) * channels + c],
            None if beyond => 99,
            None => zero[c],
        }).collect();
        let bordered = pixels(&bordered, columns, channels);
        let height = outputs(h, kh, window.stride[0], window.dilation[0], window.pad_h);
        let width = outputs(w, kw, window.stride[1], window.dilation[1], window.pad_w);
        for level in levels() {
            let mut found = vec![[7; LANES]; height * groups(channels) * width];
            for group in 0..groups(channels) {
                // Halves of the map, each with the rows that it needs.
                for ys in [0..height / 2, height / 2..height] {
                    if ys.is_empty() {
                        continue;
                    }
                    let above = |y: usize| (y * window.stride[0]).saturating_sub(window.pad_h[0]);
                    let top = above(ys.start).min(h);
                    let rows = bordered.chunks_exact(columns).skip(group).step_by(groups(channels)).skip(top);
                    let plane: Vec<Pixel> = rows.flatten().copied().collect();
                    let mut made = vec![[7; LANES]; ys.len() * width];
                    let mut scratch = vec![f32::NAN; kh * kw * LANES];
                    at_level!(level, simd => {
                        let plane = expanded(simd, &plane);
                        let from = Plane { pixels: &plane, top, height: h, columns };
                        depthwise::rows(simd, &layer, group, from, ys.clone(), &mut made, width, &mut scratch);
                    });
                    for (y, row) in ys.zip(made.chunks_exact(width)) {
                        found[(y * groups(channels) + group) * width..][..width].copy_from_slice(row);
                    }
                }
            }
            for (y, found) in found.chunks_exact(groups(channels) * width).enumerate() {
                let source = |ky: usize| (y * window.stride[0] + ky * window.dilation[0]).checked_sub(window.pad_h[0]).filter(|y| *y < h);
                for x in 0..width {
                    for c in 0..channels {
                        let mut products = 0;
                        for ky in 0..kh {
                            for kx in 0..kw {
                                let column = (x * window.stride[1] + kx * window.dilation[1]).checked_sub(left).filter(|x| *x < w);
                                let number = source(ky).zip(column).map_or(zero[c], |(y, x)| map[(y * w + x) * channels + c]);
                                products += i64::from(number) * i64::from(weights[(ky * channels + c) * kw + kx]);
                            }
                        }
                        prop_assert_eq!(at(found, width, x, c), by.byte(c, products, None), "{:?} {} {} {}", level, y, x, c);
                    }
                }
            }
        }
    }

    #[test]
    fn the_stem_makes_bytes_of_the_image_and_convolves_them(
        ((size, window), channels) in any_stem(), output in 1usize..40, act in any_act(), seed: u64,
    ) {
        let ([h, w], [kh, kw]) = (size, window.kernel);
        let mut numbers = Numbers(seed);
        let image: Vec<f32> = (0..h * w * channels).map(|_| numbers.float() * 3.0).collect();
        let scale: Vec<f32> = (0..channels).map(|_| 0.03 + 0.01 * numbers.float()).collect();
        let zero: Vec<f32> = (0..channels).map(|_| 120.0 + 10.0 * numbers.float()).collect();
        let border: Vec<u8> = zero.iter().map(|zero| zero.round_ties_even() as u8).collect();
        let border = pixels(&border, 1, channels);
        let taps = kw * channels;
        let weights = numbers.weights(kh * output * taps);
        let by = numbers.requantisation(output, kh * taps, act);
        let width = outputs(w, kw, window.stride[1], 1, window.pad_w);
        let height = outputs(h, kh, window.stride[0], 1, window.pad_h);
        let stem = Stem {
            window, input: size, channels, output: [height, width], weights: &panels(&weights, kh, output, taps),
            requantise: by.view(), scale: &scale, zero: &zero,
            border: &border,
        };
        let byte = |x: f32, c: usize| {
            let x = x * (1.0 / scale[c]);
            let x = x + zero[c];
            x.round_ties_even().clamp(0.0, 255.0) as u8
        };
        let bytes = stem.row_bytes();
        for level in levels() {
            let mut rows = vec![201; h * bytes];
            let mut patterns = vec![f32::NAN; 2 * 64 * channels];
            stem::patterns(&stem, &mut patterns);
            for (row, image) in rows.chunks_exact_mut(bytes).zip(image.chunks_exact(w * channels)) {
                at_level!(level, simd => stem::quantise(simd, &stem, &patterns, image, row));
            }
            for y in 0..height {
                let mut found = vec![[7; LANES]; groups(output) * width];
                at_level!(level, simd => stem::row(simd, &stem, y, &rows, &mut found));
                for x in 0..width {
                    for o in 0..output {
                        let mut products = 0;
                        for ky in 0..kh {
                            for tap in 0..taps {
                                let row = (y * window.stride[0] + ky).checked_sub(window.pad_h[0]).filter(|y| *y < h);
                                let column = (x * window.stride[1] + tap / channels).checked_sub(window.pad_w[0]).filter(|x| *x < w);
                                let c = tap % channels;
                                let number = row.zip(column).map_or(0.0, |(y, x)| image[(y * w + x) * channels + c]);
                                products += i64::from(byte(number, c)) * i64::from(weights[(ky * output + o) * taps + tap]);
                            }
                        }
                        prop_assert_eq!(at(&found, width, x, o), by.byte(o, products, None), "{:?} {} {} {}", level, y, x, o);
                    }
                }
            }
        }
    }
}
