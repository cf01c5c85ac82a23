//! Pillow's resampling in the plainest words: whole pictures, one pixel after the other, checked arithmetic, no SIMD.

use mnv3_resize::{Filter, Resize};

/// One edge: for each pixel of the whole target, the first pixel of the source and the coefficients from there on, in
/// 22 bits of fraction.
fn edge(filter: Filter, from: usize, to: usize) -> Vec<(usize, Vec<i64>)> {
    let scale = from as f64 / to as f64;
    let stretch = f64::max(scale, 1.0);
    let support = stretch
        * match filter {
            Filter::Nearest => 0.0,
            Filter::Box => 0.5,
            Filter::Bilinear => 1.0,
            Filter::Bicubic => 2.0,
            Filter::Lanczos => 3.0,
        };
    let one = |x: usize| {
        let centre = (x as f64 + 0.5) * scale;
        let first = f64::max(centre - support + 0.5, 0.0).floor() as usize;
        let end = usize::min((centre + support + 0.5).floor() as usize, from);
        let weights: Vec<f64> = (first..end)
            .map(|i| weight(filter, (i as f64 - centre + 0.5) * (1.0 / stretch)))
            .collect();
        let sum: f64 = weights.iter().sum();
        let fixed = weights.iter().map(|w| (w / sum * 4_194_304.0).round() as i64).collect();
        (first, fixed)
    };
    (0..to).map(one).collect()
}

fn weight(filter: Filter, x: f64) -> f64 {
    let d = x.abs();
    let sinc = |x: f64| {
        let turn = x * std::f64::consts::PI;
        if turn == 0.0 { 1.0 } else { turn.sin() / turn }
    };
    match filter {
        Filter::Nearest => unreachable!("has no weights"),
        Filter::Box if -0.5 < x && x <= 0.5 => 1.0,
        Filter::Bilinear if d < 1.0 => 1.0 - d,
        Filter::Bicubic if d < 1.0 => (1.5 * d - 2.5) * d * d + 1.0,
        Filter::Bicubic if d < 2.0 => -0.5 * (((d - 5.0) * d + 8.0) * d - 4.0),
        Filter::Lanczos if (-3.0..3.0).contains(&x) => sinc(x) * sinc(x / 3.0),
        _ => 0.0,
    }
}

/// One row or column, of single bytes.
fn line(edge: &[(usize, Vec<i64>)], line: &[u8]) -> Vec<u8> {
    let pixel = |(first, weights): &(usize, Vec<i64>)| {
        let sum: i64 = weights
            .iter()
            .zip(&line[*first..])
            .map(|(w, p)| w * i64::from(*p))
            .sum();
        let rounded = (sum + (1 << 21)).div_euclid(1 << 22);
        rounded.clamp(0, 255) as u8
    };
    edge.iter().map(pixel).collect()
}

/// Every row, of `columns` pixels.
fn go_across(picture: &[u8], columns: usize, channels: usize, edge: &[(usize, Vec<i64>)]) -> Vec<u8> {
    let mut resized = Vec::new();
    for row in picture.chunks_exact(columns * channels) {
        let planes: Vec<Vec<u8>> = (0..channels)
            .map(|c| row.iter().skip(c).step_by(channels).copied().collect())
            .map(|plane: Vec<u8>| {
                if edge.len() == columns {
                    plane
                } else {
                    line(edge, &plane)
                }
            })
            .collect();
        resized.extend((0..edge.len()).flat_map(|x| planes.iter().map(move |plane| plane[x])));
    }
    resized
}

/// Every column, of rows of `length` bytes.
fn go_down(picture: &[u8], length: usize, edge: &[(usize, Vec<i64>)]) -> Vec<u8> {
    if picture.len() / length == edge.len() {
        return picture.to_vec();
    }
    let column = |i: usize| {
        line(
            edge,
            &picture.iter().skip(i).step_by(length).copied().collect::<Vec<u8>>(),
        )
    };
    let columns: Vec<Vec<u8>> = (0..length).map(column).collect();
    (0..edge.len())
        .flat_map(|y| columns.iter().map(move |column| column[y]))
        .collect()
}

/// Places by adding up, as Pillow's affine transform walks.
fn nearest(from: usize, to: usize) -> Vec<usize> {
    let step = from as f64 / to as f64;
    let mut at = step / 2.0;
    let walk = |_| {
        let place = at.floor() as usize;
        at += step;
        place
    };
    (0..to).map(walk).collect()
}

/// The whole picture, then the window of it.
pub(crate) fn window(resize: &Resize, source: &[u8]) -> Vec<u8> {
    let Resize {
        from: [rows, columns],
        channels,
        filter,
        ..
    } = *resize;
    let [to_rows, to_columns] = resize.to.map(|n| usize::try_from(n).unwrap());
    let at = |plane: &[u8], width: usize, y: usize, x: usize, c: usize| plane[(y * width + x) * channels + c];
    let mut whole = vec![0; to_rows * to_columns * channels];
    if filter == Filter::Nearest {
        let (ys, xs) = (nearest(rows, to_rows), nearest(columns, to_columns));
        for (i, byte) in whole.iter_mut().enumerate() {
            let (y, x, c) = (i / channels / to_columns, i / channels % to_columns, i % channels);
            *byte = at(source, columns, ys[y], xs[x], c);
        }
    } else {
        let lost = [rows as i64 - to_rows as i64, columns as i64 - to_columns as i64];
        let across = edge(filter, columns, to_columns);
        let down = edge(filter, rows, to_rows);
        whole = if lost[0] > 0 && lost[0] > 2 * lost[1] {
            go_across(&go_down(source, columns * channels, &down), columns, channels, &across)
        } else {
            go_down(
                &go_across(source, columns, channels, &across),
                to_columns * channels,
                &down,
            )
        };
    }
    let [top, left] = resize.start.map(|n| usize::try_from(n).unwrap());
    let [window_rows, window_columns] = resize.size;
    let rows = whole.chunks_exact(to_columns * channels).skip(top).take(window_rows);
    rows.flat_map(|row| &row[left * channels..][..window_columns * channels])
        .copied()
        .collect()
}
