//! What is behind a cut-out.

/// What is behind a cut-out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Background {
    Transparent,
    Blur,
    Colour([u8; 3]),
}

/// Reads one.
pub(crate) fn background(text: &str) -> Result<Background, String> {
    match text {
        "transparent" => Ok(Background::Transparent),
        "blur" => Ok(Background::Blur),
        _ => {
            let digits = text.trim_start_matches('#');
            let value = u32::from_str_radix(digits, 16).ok().filter(|_| digits.len() == 6);
            let [_, r, g, b] = value
                .ok_or("write transparent, blur, or a colour of six hexadecimal digits such as ffffff")?
                .to_be_bytes();
            Ok(Background::Colour([r, g, b]))
        }
    }
}
