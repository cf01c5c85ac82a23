//! Files that are no picture that is read here.

use super::error::DecodeError;

/// Files that people take for images, by their first bytes.
pub(super) fn stranger(bytes: &[u8]) -> DecodeError {
    let at = |offset: usize, magic: &[u8]| bytes.get(offset..).is_some_and(|rest| rest.starts_with(magic));
    let format = |name: &str| DecodeError::Format(name.to_owned());
    match bytes {
        _ if at(0, b"%PDF") => DecodeError::Foreign("a PDF document"),
        _ if at(0, b"PK\x03\x04") => DecodeError::Foreign("a zip archive or an office document"),
        _ if at(0, b"<svg") || at(0, b"<?xml") => DecodeError::Foreign("XML, perhaps an SVG drawing"),
        _ if at(4, b"ftyphei") || at(4, b"ftypmif1") => format("HEIF"),
        _ if at(0, b"\xff\x0a") || at(0, b"\0\0\0\x0cJXL ") => format("JPEG XL"),
        _ if at(0, b"\0\0\0\x0cjP  ") => format("JPEG 2000"),
        _ if std::str::from_utf8(bytes).is_ok() => DecodeError::Foreign("text"),
        _ => DecodeError::Foreign("something else"),
    }
}
