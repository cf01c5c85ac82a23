//! How long a photo takes to become what a network sees, beside the crate fast_image_resize, which resamples with
//! coefficients of 16 bits: on one thread, both in turn, for the transforms of torchvision (bilinear, 256) and timm
//! (bicubic, 256), and for Keras' (224 x 224 whatever the aspect).
//!
//! `cargo run --release -p resize [ROUNDS] [PHOTO]`, a photo as `1080x2400`; the number in brackets is our time over the other's,
//! level with level: it has nothing wider than AVX2, which is what our AVX-512 stands beside; our SSE4.2 stands beside its
//! SSE4.1, and our SSE2 beside its code without SIMD, since it has none for SSE2.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{CpuExtensions, FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use mnv3_resize::{Filter, Level, Resize};
use std::hint::black_box;
use std::time::Instant;

const SIDE: usize = 224;
/// Rounds, in each of which everybody runs once, unless asked for others; the median counts.
const ROUNDS: usize = 41;

/// Height and width after the resize, of which the centre is seen.
fn target([h, w]: [usize; 2], crop: bool) -> [usize; 2] {
    match (crop, h < w) {
        (false, _) => [SIDE, SIDE],
        (true, true) => [256, 256 * w / h],
        (true, false) => [256 * h / w, 256],
    }
}

fn theirs(extensions: CpuExtensions, source: &[u8], from: [usize; 2], to: [usize; 2], filter: Filter, resized: &mut Image) {
    let source = ImageRef::new(from[1] as u32, from[0] as u32, source, PixelType::U8x3).unwrap();
    let [rows, columns] = [0, 1].map(|i| {
        let scale = from[i] as f64 / to[i] as f64;
        ((to[i] - SIDE) as f64 / 2.0 * scale, SIDE as f64 * scale)
    });
    let options = ResizeOptions::new()
        .resize_alg(match filter {
            Filter::Nearest => ResizeAlg::Nearest,
            Filter::Bilinear => ResizeAlg::Convolution(FilterType::Bilinear),
            _ => ResizeAlg::Convolution(FilterType::CatmullRom),
        })
        .crop(columns.0, rows.0, columns.1, rows.1);
    let mut resizer = Resizer::new();
    assert!(extensions.is_supported());
    // SAFETY: the processor has them.
    unsafe { resizer.set_cpu_extensions(extensions) };
    resizer.resize(&source, resized, &options).unwrap();
}

fn ours(level: Level, source: &[u8], from: [usize; 2], to: [usize; 2], filter: Filter, resized: &mut [u8]) {
    let resize = Resize {
        start: to.map(|n| (n - SIDE) as u64 / 2),
        size: [SIDE; 2],
        ..Resize::whole(from, to, 3, filter)
    };
    resize.run_on(level, source, resized).unwrap();
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// Our levels, and what the other has for the same processors.
fn levels() -> Vec<(&'static str, Level, CpuExtensions)> {
    let best = Level::new();
    #[cfg(target_arch = "x86_64")]
    let levels = [
        best.as_avx512().map(|token| ("AVX-512", Level::Avx512(token), CpuExtensions::Avx2)),
        best.as_avx2().map(|token| ("AVX2", Level::Avx2(token), CpuExtensions::Avx2)),
        best.as_sse4_2().map(|token| ("SSE4.2", Level::Sse4_2(token), CpuExtensions::Sse4_1)),
        best.as_sse2().map(|token| ("SSE2", Level::Sse2(token), CpuExtensions::None)),
    ];
    #[cfg(not(target_arch = "x86_64"))]
    let levels = [Some(("native", best, CpuExtensions::default()))];
    levels.into_iter().flatten().collect()
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let rounds = arguments.first().map_or(ROUNDS, |rounds| rounds.parse().unwrap());
    let photos = [[375, 500], [500, 375], [480, 640], [960, 1280], [3000, 4000], [4000, 3000], [2400, 1080], [112, 150]];
    let levels = levels();
    let mut others: Vec<CpuExtensions> = levels.iter().map(|(_, _, extensions)| *extensions).collect();
    others.dedup();
    println!("{:>11}  {:8}  theirs: ms; ours: ms (ratio)", "photo", "filter");
    for from in photos {
        let photo = format!("{}x{}", from[1], from[0]);
        if arguments.get(1).is_some_and(|wanted| *wanted != photo) {
            continue;
        }
        let source: Vec<u8> = (0..from[0] * from[1] * 3).map(|i| (i * i / 977 + i / 31) as u8).collect();
        for (name, filter, crop) in [
            ("bilinear", Filter::Bilinear, true),
            ("bicubic", Filter::Bicubic, true),
            ("stretch", Filter::Bilinear, false),
            ("nearest", Filter::Nearest, false),
        ] {
            let to = target(from, crop);
            let mut resized = Image::new(SIDE as u32, SIDE as u32, PixelType::U8x3);
            let mut window = vec![0; SIDE * SIDE * 3];
            let mut times = vec![Vec::new(); others.len() + levels.len()];
            for _ in 0..rounds {
                let (their_times, our_times) = times.split_at_mut(others.len());
                for (extensions, times) in others.iter().zip(their_times) {
                    let start = Instant::now();
                    theirs(*extensions, black_box(&source), from, to, filter, &mut resized);
                    times.push(start.elapsed().as_secs_f64() * 1e3);
                }
                for ((_, level, _), times) in levels.iter().zip(our_times) {
                    let start = Instant::now();
                    ours(*level, black_box(&source), from, to, filter, &mut window);
                    times.push(start.elapsed().as_secs_f64() * 1e3);
                }
            }
            let medians: Vec<f64> = times.into_iter().map(median).collect();
            let (theirs, ours) = medians.split_at(others.len());
            print!("{photo:>11}  {name:8}");
            for (extensions, time) in others.iter().zip(theirs) {
                print!("  {extensions:?} {time:.3}");
            }
            print!(";");
            for ((level, _, extensions), ours) in levels.iter().zip(ours) {
                let theirs = others.iter().zip(theirs).find(|(other, _)| *other == extensions).unwrap().1;
                print!("  {level} {ours:.3} ({:.2})", ours / theirs);
            }
            println!();
        }
    }
}
