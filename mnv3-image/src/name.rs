//! How pictures are known among other files.

use std::path::Path;

/// Endings by which pictures are known among other files of a folder or an archive, in small letters.
const ENDINGS: [&str; 14] = [
    "png", "jpg", "jpeg", "webp", "jpe", "jfif", "tif", "tiff", "bmp", "gif", "pnm", "ppm", "pgm", "pbm",
];

/// Whether a file among others is a picture by its name. What starts with a dot is another program's.
#[must_use]
pub fn is_picture_name(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str());
    let known = ending.is_some_and(|ending| ENDINGS.contains(&ending.to_ascii_lowercase().as_str()));
    let name = path.file_name().unwrap_or_default();
    known && !name.as_encoded_bytes().starts_with(b".")
}
