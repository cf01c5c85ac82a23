//! Any resampling against the plain reference, at every SIMD level; what cannot be resampled; how much memory it takes.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on may stop")]

mod plain;

use mnv3_resize::{Filter, Resize, ResizeError};
use mnv3_testing::levels;
use proptest::prelude::*;

fn any_filter() -> impl Strategy<Value = Filter> {
    prop_oneof![
        Just(Filter::Nearest),
        Just(Filter::Box),
        Just(Filter::Bilinear),
        Just(Filter::Bicubic),
        Just(Filter::Lanczos),
    ]
}

/// An edge of the source, one of the target, and the window's first and last pixel of it.
fn any_axis() -> impl Strategy<Value = (usize, usize, usize, usize)> {
    let edge = || prop_oneof![1usize..=20, 1usize..=200];
    (edge(), edge(), any::<bool>()).prop_flat_map(|(from, to, keep)| {
        let to = if keep { from } else { to };
        (0..to, 0..to).prop_map(move |(a, b)| (from, to, a.min(b), a.max(b)))
    })
}

fn any_resize() -> impl Strategy<Value = Resize> {
    let channels = prop_oneof![Just(1), Just(3), Just(4)];
    (any_axis(), any_axis(), channels, any_filter()).prop_map(|(rows, columns, channels, filter)| Resize {
        from: [rows.0, columns.0],
        to: [rows.1 as u64, columns.1 as u64],
        start: [rows.2 as u64, columns.2 as u64],
        size: [rows.3 - rows.2 + 1, columns.3 - columns.2 + 1],
        channels,
        filter,
    })
}

/// Bytes of a linear congruential generator; half of the pictures have black and white ones only.
fn picture(seed: u32, length: usize) -> Vec<u8> {
    let mut state = seed;
    let byte = |_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        if seed.is_multiple_of(2) {
            (state >> 24) as u8
        } else {
            (state >> 31) as u8 * 255
        }
    };
    (0..length).map(byte).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn bytes_are_those_of_the_plain_reference_at_every_level(resize in any_resize(), seed: u32) {
        let picture = picture(seed, resize.from[0] * resize.from[1] * resize.channels);
        let want = plain::window(&resize, &picture);
        for level in levels::of_this_machine() {
            let mut found = vec![0x55; want.len()];
            resize.run_on(level, &picture, &mut found).unwrap();
            prop_assert!(found == want, "{level:?}, {resize:?}: {found:?}, not {want:?}");
        }
    }
}

/// White where the filter is negative around a pixel of the window, black elsewhere, and the other way round: sums are as far
/// outside of what bytes are as they can be.
#[test]
fn pictures_that_are_as_the_filter_is_are_those_of_the_plain_reference() {
    for scale in [2, 3, 7, 10, 20, 40, 42] {
        let (from, to, pixel) = (10 * scale, 10, 5);
        let picture = |white: u8| -> Vec<u8> {
            let centre = (pixel as f64 + 0.5) * scale as f64;
            let distance = |i: usize| ((i as f64 + 0.5 - centre) / scale as f64).abs();
            (0..from)
                .map(|i| {
                    if (1.0..2.0).contains(&distance(i)) {
                        white
                    } else {
                        255 - white
                    }
                })
                .collect()
        };
        for (filter, white) in [
            (Filter::Lanczos, 255),
            (Filter::Lanczos, 0),
            (Filter::Bicubic, 255),
            (Filter::Bicubic, 0),
        ] {
            for across in [true, false] {
                let turned = |along: usize, beside: usize| if across { [beside, along] } else { [along, beside] };
                let resize = Resize {
                    start: turned(pixel, 0).map(|n| n as u64),
                    size: [1, 1],
                    ..Resize::whole(turned(from, 1), turned(to, 1), 1, filter)
                };
                let want = plain::window(&resize, &picture(white));
                for level in levels::of_this_machine() {
                    let mut found = [0x55];
                    resize.run_on(level, &picture(white), &mut found).unwrap();
                    assert!(found == *want, "{level:?}, {resize:?}: {found:?}, not {want:?}");
                }
            }
        }
    }
}

/// What the transforms of torchvision and timm do with small pictures, of which crops may end between pixels of the source.
#[test]
fn every_small_size_is_covered_and_cropped_as_by_the_plain_reference() {
    let noise: Vec<u8> = (0..300 * 300u32)
        .map(|i| (i.wrapping_mul(2_654_435_761) >> 23) as u8)
        .collect();
    for width in 1..=300usize {
        let heights = [width - width / 70, 301 - width, width * 7919 % 300 + 1];
        for (i, height) in heights.into_iter().enumerate() {
            let (cover, filter) =
                [(256, Filter::Bilinear), (235, Filter::Bicubic), (256, Filter::Bicubic)][(width + i) % 3];
            let to = if height < width {
                [cover, cover * width / height]
            } else {
                [cover * height / width, cover]
            };
            // The reference computes all of it.
            if to[0] * to[1] > 1 << 18 {
                continue;
            }
            let resize = Resize {
                start: to.map(|n| (n - 224) as u64 / 2),
                size: [224, 224],
                ..Resize::whole([height, width], to, 1, filter)
            };
            let picture = &noise[..height * width];
            let mut found = vec![0; 224 * 224];
            resize.run(picture, &mut found).unwrap();
            assert!(
                found == plain::window(&resize, picture),
                "{width} x {height} by {filter:?}"
            );
        }
    }
}

#[test]
fn what_does_not_fit_is_an_error_that_says_what() {
    let good = Resize::whole([2, 3], [4, 5], 1, Filter::Bilinear);
    let error =
        |resize: Resize, source: usize, window: usize| resize.run(&vec![0; source], &mut vec![0; window]).unwrap_err();
    assert_eq!(good.run(&[0; 6], &mut [0; 20]), Ok(()));
    for (resize, what) in [
        (Resize { from: [0, 3], ..good }, "source"),
        (Resize { to: [4, 0], ..good }, "target"),
        (Resize { size: [0, 5], ..good }, "window"),
    ] {
        assert!(matches!(error(resize, 6, 20), ResizeError::Empty { what: found, .. } if found == what));
    }
    assert_eq!(error(Resize { channels: 2, ..good }, 12, 40), ResizeError::Channels(2));
    for start in [[1, 0], [0, 1], [u64::MAX, 0]] {
        assert!(matches!(
            error(Resize { start, ..good }, 6, 20),
            ResizeError::Window { .. }
        ));
    }
    assert_eq!(
        error(good, 5, 20).to_string(),
        "the source has 5 bytes, 2 rows x 3 columns x 1 channels are another number"
    );
    assert!(matches!(error(good, 6, 21), ResizeError::Length { what: "window", .. }));
    let vast = [usize::MAX, 3];
    assert!(matches!(
        error(Resize { from: vast, ..good }, 6, 20),
        ResizeError::Length { .. }
    ));
}

#[test]
fn windows_of_targets_that_nobody_could_store_are_computed() {
    let resize = Resize {
        to: [1 << 50, 1 << 40],
        start: [1 << 49, (1 << 40) - 4],
        size: [4, 4],
        ..Resize::whole([4, 4], [4, 4], 1, Filter::Bicubic)
    };
    for filter in [
        Filter::Nearest,
        Filter::Box,
        Filter::Bilinear,
        Filter::Bicubic,
        Filter::Lanczos,
    ] {
        let mut window = [0; 16];
        Resize { filter, ..resize }.run(&[7; 16], &mut window).unwrap();
        assert_eq!(window, [7; 16]);
    }
}

#[test]
fn memory_does_not_grow_with_the_picture() {
    let picture = vec![9; 12_000_000];
    for from in [
        [4_000_000, 1],
        [1, 4_000_000],
        [2, 2_000_000],
        [2_000_000, 2],
        [2000, 2000],
    ] {
        for filter in [Filter::Nearest, Filter::Bilinear, Filter::Lanczos] {
            let mut window = vec![0; 224 * 224 * 3];
            let resize = Resize::whole(from, [224, 224], 3, filter);
            let peak = allocation_counter::measure(|| resize.run(&picture, &mut window).unwrap()).bytes_max;
            assert!(peak < 4 << 20, "{from:?} by {filter:?}: {peak} bytes");
        }
    }
}
