//! `mnv3 new`: a crate with a network of its own.

mod error;
mod files;
mod name;

use super::Outcome;
use crate::error::Error;
use crate::source;
use anstream::println;
pub(crate) use error::NewError;
use std::path::{Path, PathBuf};

/// Writes a crate with a network of its own: a spec, the macro, a program that classifies a picture, a test that keeps what the
/// spec compiles to.
#[derive(clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct New {
    /// The crate's folder, which must not be there yet; its last part is the crate's name
    #[arg(value_name = "NAME")]
    folder: PathBuf,
    /// The published spec that the crate's spec starts from
    #[arg(long, value_name = "SPEC", default_value = "text-direction")]
    from: String,
    /// The folder of mnv3 that the crate depends on [default: the one that this command was built from]
    #[arg(long, value_name = "FOLDER")]
    mnv3: Option<PathBuf>,
}

const AFTER_HELP: &str = "\
Examples:
  mnv3 new lines                     starts from text-direction, which comes with weights: it answers at once
  mnv3 new birds --from small        photos; weights are named when it runs
  mnv3 new birds --from timm/large-1.0

Nothing is overwritten.

Exit codes: 0 done, 1 the crate cannot be written, 2 the command line is wrong.";

impl New {
    pub(super) fn run(&self) -> Result<Outcome, Error> {
        let name = name::of(&self.folder)?;
        let bare = self.from.strip_prefix("mnv3:").unwrap_or(&self.from);
        if Path::new(bare).extension().is_some_and(|e| e == "yaml" || e == "yml") {
            return Err(NewError::NotPublished(self.from.clone()).into());
        }
        let from = format!("mnv3:{bare}");
        let mnv3 = dependency(self.mnv3.as_deref())?;
        let written = files::write(&self.folder, &name, &from, &mnv3)?;
        println!(
            "{}: a crate whose network starts from {from}\n",
            source::shown(&self.folder)
        );
        println!("  cd {}", source::shown(&self.folder));
        if written.has_weights {
            println!("  cargo run -- picture.png");
        } else {
            println!("  cargo run -- picture.jpg weights.safetensors");
        }
        println!("  cargo test\n\nIts table is specs/{name}.yaml; `mnv3 summary` shows what it resolves to.");
        if !written.has_weights {
            println!(
                "Weights: `mnv3 convert` reads those of the libraries, `mnv3 torch specs/{name}.yaml` prints a module to train."
            );
        }
        Ok(Outcome::Good)
    }
}

/// What Cargo.toml says of mnv3: a folder where there is one, else a version.
fn dependency(wanted: Option<&Path>) -> Result<String, NewError> {
    let built_from = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let is_mnv3 = |folder: &Path| folder.join("Cargo.toml").is_file() && folder.join("mnv3-runtime").is_dir();
    let folder = match wanted {
        Some(folder) if !is_mnv3(folder) => return Err(NewError::NotMnv3(folder.to_owned())),
        Some(folder) => folder.to_owned(),
        None if is_mnv3(&built_from) => built_from,
        None => return Ok(format!("version = \"{}\"", env!("CARGO_PKG_VERSION"))),
    };
    let folder = folder.canonicalize().unwrap_or(folder);
    // TOML's basic strings are JSON's.
    let text = serde_json::Value::from(folder.to_string_lossy().into_owned());
    Ok(format!("path = {text}"))
}
