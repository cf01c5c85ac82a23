//! Why an argument names no pictures.

use std::io;

/// Why an argument names no pictures.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InputError {
    #[error("the folder cannot be read: {0}")]
    Folder(io::Error),
    #[error("the folder has no pictures")]
    EmptyFolder,
    #[error("this is no pattern of names: {0}")]
    Pattern(#[from] glob::PatternError),
    #[error("no file has a name like this")]
    NoMatch,
    #[error("the archive cannot be read{}: {reason}", after(.pictures))]
    Archive { pictures: usize, reason: io::Error },
    #[error("the archive has no pictures")]
    EmptyArchive,
    #[error("the archive is compressed")]
    Compressed,
    #[error("this is a table, and its pictures are in a column")]
    Parquet,
}

impl InputError {
    /// What to do about it.
    pub(crate) fn help(&self) -> String {
        match self {
            Self::Folder(_) => "check its permissions".to_owned(),
            Self::EmptyFolder | Self::EmptyArchive => {
                "pictures in it are known by their endings, png, jpg, jpeg, webp and so on; name files with others themselves"
                    .to_owned()
            }
            Self::Pattern(_) => {
                "write `*` for any letters, `?` for one, `[ab]` for one of several, `**` for any folders".to_owned()
            }
            Self::NoMatch => "check the pattern; it starts in the current folder".to_owned(),
            Self::Archive { .. } => "copy or write it again; it must be a tar archive, and a file".to_owned(),
            Self::Compressed => "unpack it first, with gzip -d, zstd -d or the like".to_owned(),
            Self::Parquet => {
                "ask in SQL: mnv3 sql --function classify=SPEC,WEIGHTS \"SELECT classify(image) FROM 'FILE.parquet'\"".to_owned()
            }
        }
    }
}

fn after(pictures: &usize) -> String {
    match pictures {
        0 => String::new(),
        1 => " after its first picture".to_owned(),
        several => format!(" after its first {several} pictures"),
    }
}
