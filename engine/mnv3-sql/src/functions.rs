//! The functions that a command line names.

use crate::error::SqlError;
use mnv3_datafusion::{FunctionDefinition, PictureFunction, definitions, direction, load};
use std::fs;
use std::path::PathBuf;

/// Which networks queries may ask, by which names. All processes of a cluster are given the same.
#[derive(clap::Args, Clone, Debug)]
pub struct FunctionArgs {
    /// A network as a function: a name, its spec, its weights, and perhaps `fast`, `threshold=P`
    #[arg(long = "function", value_name = "NAME=SPEC,WEIGHTS")]
    functions: Vec<FunctionDefinition>,
    /// A file with one such definition a line
    #[arg(long = "functions", value_name = "FILE")]
    files: Vec<PathBuf>,
}

impl FunctionArgs {
    /// Loads all of them, and those that come with mnv3: `direction` and `picture_error`.
    ///
    /// # Errors
    /// A file cannot be read, or a network is no function.
    pub fn load(&self) -> Result<Vec<PictureFunction>, SqlError> {
        let mut functions = vec![PictureFunction::picture_error(), direction()?];
        for definition in &self.functions {
            functions.push(load(definition)?);
        }
        for path in &self.files {
            let path = path.clone();
            let text = match fs::read_to_string(&path) {
                Ok(text) => text,
                Err(reason) => return Err(SqlError::Read { path, reason }),
            };
            for definition in definitions(&text).map_err(|reason| SqlError::Definition { path, reason })? {
                functions.push(load(&definition)?);
            }
        }
        Ok(functions)
    }
}
