//! From frequencies to pixels: of a block of 8 x 8 frequencies the lowest become as many pixels, which stand for all of it.

use std::sync::LazyLock;

/// Cosines that make `N` pixels of an axis from its `N` lowest frequencies: the inverse transform of that size, scaled so that
/// a block of one colour keeps it. By the frequency, then by the pixel.
type Basis = [[f32; 8]; 8];

static BASES: LazyLock<[Basis; 4]> = LazyLock::new(|| [1, 2, 4, 8].map(basis));

fn basis(n: usize) -> Basis {
    let mut basis = [[0.0; 8]; 8];
    for (frequency, row) in basis.iter_mut().enumerate().take(n) {
        let norm = if frequency == 0 { 1.0 } else { 2f64.sqrt() };
        for (pixel, value) in row.iter_mut().enumerate().take(n) {
            let angle = (2 * pixel + 1) as f64 * frequency as f64 * std::f64::consts::PI / (2 * n) as f64;
            *value = (norm * angle.cos() / 8f64.sqrt()) as f32;
        }
    }
    basis
}

/// Frequencies of a block, dequantised, row by row; only those that are asked for are looked at.
pub(crate) type Block = [[f32; 8]; 8];

/// Writes the pixels of a block, `V` rows of `H`, to the upper left of `pixels`.
#[inline(always)]
pub(crate) fn inverse<const V: usize, const H: usize>(block: &Block, pixels: &mut [u8], stride: usize) {
    let (vertical, horizontal) = (&BASES[V.ilog2() as usize], &BASES[H.ilog2() as usize]);
    // Rows of pixels, still of frequencies from left to right.
    let mut rows = [[0.0f32; H]; V];
    for (frequencies, cosines) in block.iter().zip(vertical).take(V) {
        // Of high frequencies there is mostly nothing.
        if V == 8 && *frequencies == [0.0; 8] {
            continue;
        }
        for (row, cosine) in rows.iter_mut().zip(cosines) {
            for (sum, value) in row.iter_mut().zip(frequencies) {
                *sum += cosine * value;
            }
        }
    }
    for (row, pixels) in rows.iter().zip(pixels.chunks_mut(stride)) {
        let mut sums = [128.5f32; H];
        for (value, cosines) in row.iter().zip(horizontal) {
            for (sum, cosine) in sums.iter_mut().zip(cosines) {
                *sum += value * cosine;
            }
        }
        // To the nearest; what is out of range becomes its end.
        for (pixel, sum) in pixels.iter_mut().zip(sums) {
            *pixel = sum as u8;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_of_one_colour_keeps_it_and_a_wave_is_seen_at_every_size() {
        let mut block = [[0.0; 8]; 8];
        block[0][0] = 8.0 * 50.0;
        let mut pixels = [0; 64];
        inverse::<8, 8>(&block, &mut pixels, 8);
        assert_eq!(pixels, [178; 64]);
        let mut pixels = [0; 8];
        inverse::<2, 4>(&block, &mut pixels, 4);
        assert_eq!(pixels, [178; 8]);
        // Half a wave from left to right: 1 is added to the left, taken from the right.
        block[0][1] = 8.0 * 20.0;
        let mut pixels = [0; 2];
        inverse::<1, 2>(&block, &mut pixels, 2);
        // 20 * sqrt(2) * cos(45 degrees).
        assert_eq!(pixels, [198, 158]);
        let mut pixel = [0];
        inverse::<1, 1>(&block, &mut pixel, 1);
        assert_eq!(pixel, [178]);
        block[0][0] = 8.0 * 500.0;
        inverse::<1, 1>(&block, &mut pixel, 1);
        assert_eq!(pixel, [255]);
    }
}
