//! Zip archives as `torch.save` and Keras write them: every entry stored as it is.

use crate::error::ConvertError;
use std::collections::HashMap;
use std::io::Cursor;
use zip::read::{ArchiveOffset, Config};
use zip::{CompressionMethod, ZipArchive};

/// Entries of an archive; a checkpoint has one for every tensor and a few more.
const MAX_ENTRIES: usize = 100_000;

/// An archive whose entries are bytes of the file itself, so that none can unfold into more.
#[derive(Debug)]
pub(crate) struct Archive<'f> {
    bytes: &'f [u8],
    entries: HashMap<String, ArchiveEntry>,
}

#[derive(Clone, Copy, Debug)]
struct ArchiveEntry {
    start: u64,
    length: u64,
    crc32: u32,
    /// Neither compressed nor encrypted.
    stored: bool,
}

impl<'f> Archive<'f> {
    pub(crate) fn open(bytes: &'f [u8]) -> Result<Self, ConvertError> {
        let broken = |error: zip::result::ZipError| ConvertError::Zip(error.to_string());
        // A checkpoint is the whole file. Looking for an archive inside it fails for some of PyTorch's, which end with a
        // ZIP64 directory whatever their size, depending on where in the file that falls.
        let config = Config {
            archive_offset: ArchiveOffset::Known(0),
        };
        let mut archive = ZipArchive::with_config(config, Cursor::new(bytes)).map_err(broken)?;
        if archive.len() > MAX_ENTRIES {
            return Err(ConvertError::Zip(format!("it lists {} entries", archive.len())));
        }
        let mut entries = HashMap::new();
        for index in 0..archive.len() {
            let file = archive.by_index_raw(index).map_err(broken)?;
            let name = file.name().map_err(broken)?.into_owned();
            let stored = !file.encrypted() && file.compression() == CompressionMethod::Stored;
            let start = file
                .data_start()
                .ok_or_else(|| ConvertError::Zip(format!("{name} lies nowhere")))?;
            let (length, crc32) = (file.size(), file.crc32());
            entries.insert(
                name,
                ArchiveEntry {
                    start,
                    length,
                    crc32,
                    stored,
                },
            );
        }
        Ok(Self { bytes, entries })
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(String::as_str)
    }

    /// An entry's bytes, if there is such an entry.
    ///
    /// # Errors
    /// It is compressed, cut off, or fails its checksum.
    pub(crate) fn read(&self, name: &str) -> Result<Option<&'f [u8]>, ConvertError> {
        let Some(entry) = self.entries.get(name) else {
            return Ok(None);
        };
        if !entry.stored {
            return Err(ConvertError::Compressed(name.to_owned()));
        }
        let damaged = |what: &str| ConvertError::Damaged {
            entry: name.to_owned(),
            what: what.to_owned(),
        };
        let range = |start: u64, length: u64| {
            let start = usize::try_from(start).ok()?;
            self.bytes.get(start..start.checked_add(usize::try_from(length).ok()?)?)
        };
        let bytes = range(entry.start, entry.length).ok_or_else(|| damaged("it is cut off"))?;
        // PyTorch writes 0 when told not to compute checksums.
        if entry.crc32 != 0 && entry.crc32 != crc32fast::hash(bytes) {
            return Err(damaged("its checksum is wrong"));
        }
        Ok(Some(bytes))
    }
}
