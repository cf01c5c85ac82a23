//! The filters: how much a pixel counts by its distance.

use std::f64::consts::PI;

/// How a pixel of the target is made from those of the source around its centre. All but the first widen where the
/// picture shrinks, so that every pixel of the source counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filter {
    /// The pixel under the centre, as Pillow's `NEAREST` finds it.
    Nearest,
    /// Mean of the pixels that the target's pixel covers, `BOX`.
    Box,
    /// Triangle, `BILINEAR`.
    Bilinear,
    /// Cubic with a = -0.5, `BICUBIC`.
    Bicubic,
    /// Windowed sinc with three lobes, `LANCZOS`.
    Lanczos,
}

/// A filter as functions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FilterShape {
    /// Beyond this distance, in pixels, it is 0.
    pub(crate) support: f64,
    /// Its value at a distance.
    pub(crate) at: fn(f64) -> f64,
    /// Its values for pixels from the first on, around a centre, distances times a factor.
    pub(crate) all: fn(values: &mut [f64], first: f64, centre: f64, factor: f64),
}

macro_rules! shape {
    ($support:literal, $at:expr) => {
        FilterShape {
            support: $support,
            at: $at,
            all: |values, first, centre, factor| {
                let mut pixel = first;
                for value in values {
                    *value = $at((pixel - centre + 0.5) * factor);
                    pixel += 1.0;
                }
            },
        }
    };
}

impl Filter {
    /// None for the nearest pixel, which is no sum.
    pub(crate) fn shape(self) -> Option<FilterShape> {
        Some(match self {
            Self::Nearest => return None,
            Self::Box => shape!(0.5, area),
            Self::Bilinear => shape!(1.0, triangle),
            Self::Bicubic => shape!(2.0, bicubic),
            Self::Lanczos => shape!(3.0, lanczos),
        })
    }
}

fn area(x: f64) -> f64 {
    if x > -0.5 && x <= 0.5 { 1.0 } else { 0.0 }
}

fn triangle(x: f64) -> f64 {
    (1.0 - x.abs()).max(0.0)
}

/// Keys' convolution, each piece in the form whose rounding is Pillow's.
fn bicubic(x: f64) -> f64 {
    const A: f64 = -0.5;
    let x = x.abs();
    if x < 1.0 {
        ((A + 2.0) * x - (A + 3.0)) * x * x + 1.0
    } else if x < 2.0 {
        (((x - 5.0) * x + 8.0) * x - 4.0) * A
    } else {
        0.0
    }
}

fn lanczos(x: f64) -> f64 {
    if (-3.0..3.0).contains(&x) {
        sinc(x) * sinc(x / 3.0)
    } else {
        0.0
    }
}

fn sinc(x: f64) -> f64 {
    if x == 0.0 { 1.0 } else { (x * PI).sin() / (x * PI) }
}
