//! Where a checkpoint's storages are: in files of an archive, or one after the other.

use crate::archive::Archive;
use crate::error::ConvertError;
use std::collections::HashMap;

pub(super) enum TensorSource<'a, 'f> {
    /// `FOLDER/data/KEY` in an archive.
    Archive { archive: &'a Archive<'f>, folder: &'a str },
    /// The older form, by their keys.
    Row(HashMap<String, &'f [u8]>),
}

impl<'f> TensorSource<'_, 'f> {
    /// A storage's bytes.
    ///
    /// # Errors
    /// It is not there, or damaged.
    pub(super) fn storage(&self, key: &str) -> Result<&'f [u8], ConvertError> {
        let missing = |entry: String| ConvertError::Damaged {
            entry,
            what: "it is missing".to_owned(),
        };
        match self {
            Self::Archive { archive, folder } => {
                let entry = format!("{folder}data/{key}");
                archive.read(&entry)?.ok_or_else(|| missing(entry))
            }
            Self::Row(storages) => {
                let found = storages.get(key).copied();
                found.ok_or_else(|| missing(format!("storage {key}")))
            }
        }
    }
}
