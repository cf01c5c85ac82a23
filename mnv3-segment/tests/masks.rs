//! Masks against the plainest words for them, and what is made of pictures with them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on may stop")]

use image::{Rgb, RgbImage, Rgba};
use mnv3_runtime::{Cpu, LANES, Level, MapView, by_value};
use mnv3_segment::{
    Alpha, AlphaWorkspace, ClassError, LogitMap, Mask, MaskWorkspace, Placing, SizeError, blend, blurred, cut_out,
    over, voc_colour,
};
use proptest::prelude::*;

/// LogitMap of rows, columns and classes, and how they lie in memory; beyond the classes is what no class is.
fn laid_out([h, w, c]: [usize; 3], logits: &[f32]) -> Vec<f32> {
    let groups = c.div_ceil(LANES);
    let mut floats = vec![f32::MAX; h * groups * w * LANES];
    for (i, logit) in logits.iter().enumerate() {
        let (y, x, c) = (i / (w * c), i / c % w, i % c);
        floats[((y * groups + c / LANES) * w + x) * LANES + c % LANES] = *logit;
    }
    floats
}

fn view(shape: [usize; 3], floats: &[f32]) -> MapView<'_> {
    let [h, w, c] = shape;
    by_value::view(mnv3_ir::Shape { h, w, c }, floats)
}

/// `values` of rows x columns at a pixel of a picture of another size, bilinear, in double precision.
fn at(
    [h, w]: [usize; 2],
    values: impl Fn(usize, usize) -> f64,
    [y, x]: [usize; 2],
    [height, width]: [usize; 2],
) -> f64 {
    let along = |at: usize, from: usize, to: usize| {
        let centre = (at as f64 + 0.5) * from as f64 / to as f64 - 0.5;
        let centre = centre.clamp(0.0, from as f64 - 1.0);
        let first = centre.floor();
        ([first as usize, (first as usize + 1).min(from - 1)], centre - first)
    };
    let (([top, bottom], down), ([left, right], across)) = (along(y, h, height), along(x, w, width));
    let row = |y: usize| values(y, left) * (1.0 - across) + values(y, right) * across;
    row(top) * (1.0 - down) + row(bottom) * down
}

fn logits(most: usize) -> impl Strategy<Value = ([usize; 3], Vec<f32>)> {
    (1..7_usize, prop_oneof![6 => 1..9_usize, 1 => 60..140_usize], 1..=most).prop_flat_map(|(h, w, c)| {
        // Few different numbers, so that many pixels have equal ones; or any.
        let number = prop_oneof![(-3..=3_i8).prop_map(f32::from), -8.0..8.0_f32];
        (Just([h, w, c]), prop::collection::vec(number, h * w * c))
    })
}

/// Of pictures, some of which are wider than what is resized at once.
fn sizes() -> impl Strategy<Value = [usize; 2]> {
    (1..30_usize, prop_oneof![4 => 1..30_usize, 1 => 60..140_usize]).prop_map(|(h, w)| [h, w])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn the_class_of_a_pixel_has_the_largest_logit_there((shape, logits) in logits(40), size in sizes()) {
        let [h, w, c] = shape;
        let floats = laid_out(shape, &logits);
        let of = |i: usize, class: usize| at([h, w], |y, x| f64::from(logits[(y * w + x) * c + class]), [i / size[1], i % size[1]], size);
        let wanted: Vec<Vec<f64>> = (0..size[0] * size[1]).map(|i| (0..c).map(|class| of(i, class)).collect()).collect();
        for level in Level::available() {
            let mut mask = Mask::new(size);
            let cpu = Cpu::best().at_level(level);
            mask.fill_on(cpu, view(shape, &floats).into(), Placing::Stretched, &mut MaskWorkspace::new([h, w], c));
            for (i, (class, wanted)) in mask.classes().iter().zip(&wanted).enumerate() {
                if c == 1 {
                    let right = if *class == 1 { wanted[0] > -1e-5 } else { wanted[0] < 1e-5 && *class == 0 };
                    prop_assert!(right, "{}, pixel {}: class {}", level, i, class);
                    continue;
                }
                let most = wanted.iter().copied().fold(f64::MIN, f64::max);
                prop_assert!(wanted[usize::from(*class)] > most - 1e-5, "{}, pixel {}: class {}", level, i, class);
            }
            let counts = mask.counts();
            prop_assert_eq!(counts.iter().sum::<usize>(), size[0] * size[1]);
        }
    }

    #[test]
    fn alpha_is_the_probability_of_a_class_resized((shape, logits) in logits(20), size in sizes(), class in 0..20_usize) {
        let [h, w, c] = shape;
        let class = class % c.max(2);
        let floats = laid_out(shape, &logits);
        let probability = |y: usize, x: usize| {
            let of = |class: usize| f64::from(logits[(y * w + x) * c + class]).exp();
            if c == 1 { [1.0, of(0)][class] / (1.0 + of(0)) } else { of(class) / (0..c).map(of).sum::<f64>() }
        };
        let probabilities: Vec<f64> = (0..h * w).map(|i| probability(i / w, i % w)).collect();
        let wanted: Vec<f64> = (0..size[0] * size[1])
            .map(|i| 255.0 * at([h, w], |y, x| probabilities[y * w + x], [i / size[1], i % size[1]], size))
            .collect();
        for level in Level::available() {
            let mut alpha = Alpha::new(size);
            let cpu = Cpu::best().at_level(level);
            let workspace = &mut AlphaWorkspace::new([h, w], c);
            alpha.fill_on(cpu, view(shape, &floats).into(), Placing::Stretched, class, workspace).unwrap();
            for (i, (found, want)) in alpha.values().iter().zip(&wanted).enumerate() {
                prop_assert!((f64::from(*found) - want).abs() < 0.5001, "{}, pixel {}: {} for {}", level, i, found, want);
            }
        }
    }

    #[test]
    fn of_a_picture_that_lies_in_a_part_only_the_logits_there_count(
        (shape, logits) in logits(20),
        size in sizes(),
        placing in prop::sample::select(vec![Placing::Centred, Placing::UpperLeft]),
    ) {
        let [h, w, c] = shape;
        let placed = placing.of(size, [h, w]);
        let [rows, columns] = placed.size;
        let part: Vec<f32> = (0..rows * columns * c).map(|i| {
            let (y, x) = (i / (columns * c) + placed.start[0], i / c % columns + placed.start[1]);
            logits[(y * w + x) * c + i % c]
        }).collect();
        let (whole, part) = (laid_out(shape, &logits), laid_out([rows, columns, c], &part));
        let (whole, part) = (view(shape, &whole), view([rows, columns, c], &part));
        let [mut found, mut want] = [Mask::new(size), Mask::new(size)];
        found.fill_placed(whole, placing, &mut MaskWorkspace::new([h, w], c));
        want.fill(part, &mut MaskWorkspace::new(placed.size, c));
        prop_assert_eq!(found, want);
        let [mut found, mut want] = [Alpha::new(size), Alpha::new(size)];
        found.fill_placed(whole, placing, 1, &mut AlphaWorkspace::new([h, w], c)).unwrap();
        want.fill(part, 1, &mut AlphaWorkspace::new(placed.size, c)).unwrap();
        prop_assert_eq!(found, want);
    }

    #[test]
    fn whatever_the_numbers_there_is_a_mask(numbers in prop::collection::vec(prop::num::f32::ANY, 3 * 4 * 20)) {
        let floats = laid_out([3, 4, 20], &numbers);
        let mut mask = Mask::new([9, 5]);
        mask.fill(view([3, 4, 20], &floats), &mut MaskWorkspace::new([3, 4], 20));
        prop_assert!(mask.classes().iter().all(|class| *class < 20));
        Alpha::new([9, 5]).fill(view([3, 4, 20], &floats), 7, &mut AlphaWorkspace::new([3, 4], 20)).unwrap();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn logits_that_are_enlarged_on_the_way_give_what_those_of_that_size_give(
        (shape, logits) in logits(40),
        enlarged in sizes(),
        size in sizes(),
        placing in prop::sample::select(vec![Placing::Stretched, Placing::Centred]),
        class in 0..40_usize,
    ) {
        let [h, w, c] = shape;
        let class = class % c.max(2);
        let floats = laid_out(shape, &logits);
        let [height, width] = enlarged;
        let [from, to] = [[h, w], enlarged].map(|[h, w]| mnv3_ir::Shape { h, w, c });
        for level in Level::available() {
            let cpu = Cpu::best().at_level(level);
            let mut whole = vec![0.0; to.floats()];
            let mut scratch = vec![0.0; mnv3_ir::resize_scratch(to)];
            by_value::resize(cpu, [from, to], &floats, &mut whole, &mut scratch);
            let whole = LogitMap::from(view([height, width, c], &whole));
            let small = LogitMap::enlarged(view(shape, &floats), enlarged);
            let [want, found] = [whole, small].map(|logits| {
                let (mut mask, mut alpha) = (Mask::new(size), Alpha::new(size));
                mask.fill_on(cpu, logits, placing, &mut MaskWorkspace::new(enlarged, c));
                alpha.fill_on(cpu, logits, placing, class, &mut AlphaWorkspace::new(enlarged, c)).unwrap();
                (mask, alpha)
            });
            prop_assert_eq!(found, want, "{}", level);
        }
    }

    #[test]
    fn threads_share_a_picture((shape, logits) in logits(20), enlarged in sizes(), size in sizes(), threads in 2..5_usize) {
        let [h, w, c] = shape;
        let floats = laid_out(shape, &logits);
        let logits = LogitMap::enlarged(view([h, w, c], &floats), enlarged);
        let masks = |cpu: Cpu<'_>| {
            let (mut mask, mut alpha) = (Mask::new(size), Alpha::new(size));
            mask.fill_on(cpu, logits, Placing::Stretched, &mut MaskWorkspace::new(enlarged, c));
            alpha.fill_on(cpu, logits, Placing::Stretched, 1, &mut AlphaWorkspace::new(enlarged, c)).unwrap();
            (mask, alpha)
        };
        prop_assert_eq!(masks(Cpu::divided(Cpu::best().level(), threads)), masks(Cpu::best()));
    }
}

#[test]
fn of_equal_logits_the_first_class_counts() {
    let floats = laid_out([2, 2, 33], &[1.0; 2 * 2 * 33]);
    let mut mask = Mask::new([5, 5]);
    mask.fill(view([2, 2, 33], &floats), &mut MaskWorkspace::new([2, 2], 33));
    assert_eq!(mask.counts(), [25]);
}

#[test]
fn nothing_is_allocated_after_masks_and_workspaces() {
    let numbers: Vec<f32> = (0..6 * 5 * 18).map(|i| (i % 13) as f32).collect();
    let floats = laid_out([6, 5, 18], &numbers);
    let (mut mask, mut alpha) = (Mask::new([50, 70]), Alpha::new([50, 70]));
    let size = [30, 40];
    let (mut of_mask, mut of_alpha) = (MaskWorkspace::new(size, 18), AlphaWorkspace::new(size, 18));
    let allocated = allocation_counter::measure(|| {
        mask.fill(view([6, 5, 18], &floats), &mut of_mask);
        alpha.fill(view([6, 5, 18], &floats), 3, &mut of_alpha).unwrap();
        let enlarged = LogitMap::enlarged(view([6, 5, 18], &floats), size);
        mask.fill(enlarged, &mut of_mask);
        alpha.fill(enlarged, 3, &mut of_alpha).unwrap();
    });
    assert_eq!(allocated.count_total, 0);
}

#[test]
fn a_class_that_there_is_not_is_an_error_that_says_which_there_are() {
    let floats = laid_out([1, 1, 2], &[0.0; 2]);
    let refused = Alpha::new([1, 1]).fill(view([1, 1, 2], &floats), 2, &mut AlphaWorkspace::new([1, 1], 2));
    assert_eq!(refused, Err(ClassError { class: 2, classes: 2 }));
    assert_eq!(
        refused.unwrap_err().to_string(),
        "the network has no class 2: it has 2, from 0 on"
    );
}

/// A picture of two pixels, and an alpha that is certain of the second and knows nothing of the first.
fn two() -> (RgbImage, Alpha) {
    let mut alpha = Alpha::new([1, 2]);
    let floats = laid_out([1, 2, 1], &[-100.0, 100.0]);
    alpha
        .fill(view([1, 2, 1], &floats), 1, &mut AlphaWorkspace::new([1, 2], 1))
        .unwrap();
    (RgbImage::from_pixel(2, 1, Rgb([10, 20, 30])), alpha)
}

#[test]
fn a_picture_is_cut_out_and_laid_over_another() {
    let (picture, alpha) = two();
    let cut = cut_out(&picture, &alpha).unwrap();
    assert_eq!(
        [cut[(0, 0)], cut[(1, 0)]],
        [Rgba([10, 20, 30, 0]), Rgba([10, 20, 30, 255])]
    );
    let white = RgbImage::from_pixel(2, 1, Rgb([255; 3]));
    let laid = over(&picture, &alpha, &white).unwrap();
    assert_eq!([laid[(0, 0)], laid[(1, 0)]], [Rgb([255; 3]), Rgb([10, 20, 30])]);
    let other = RgbImage::new(3, 1);
    let refused = SizeError {
        picture: [1, 3],
        mask: [1, 2],
    };
    assert_eq!(cut_out(&other, &alpha), Err(refused));
    assert_eq!(over(&picture, &alpha, &other), Err(refused));
    assert_eq!(
        refused.to_string(),
        "the picture is 1 x 3, the mask 1 x 2: make it for this picture"
    );
}

#[test]
fn classes_are_coloured_but_for_those_that_have_no_colour() {
    let floats = laid_out([1, 2, 2], &[1.0, 0.0, 0.0, 1.0]);
    let mut mask = Mask::new([1, 2]);
    mask.fill(view([1, 2, 2], &floats), &mut MaskWorkspace::new([1, 2], 2));
    let picture = RgbImage::from_pixel(2, 1, Rgb([100; 3]));
    let colour = |class| (class != 0).then(|| voc_colour(class));
    let blended = blend(&picture, &mask, colour, 0.5).unwrap();
    assert_eq!([blended[(0, 0)], blended[(1, 0)]], [Rgb([100; 3]), Rgb([114, 50, 50])]);
    assert!(blend(&RgbImage::new(1, 1), &mask, colour, 0.5).is_err());
}

#[test]
fn what_is_blurred_keeps_its_size_and_its_mean() {
    let edge = RgbImage::from_fn(40, 30, |x, _| Rgb([if x < 20 { 0 } else { 200 }; 3]));
    let soft = blurred(&edge, 4.0);
    assert_eq!(soft.dimensions(), edge.dimensions());
    assert!((80..=120).contains(&soft[(20, 15)].0[0]), "{:?}", soft[(20, 15)]);
    assert_eq!(soft[(0, 0)], Rgb([0; 3]));
}
