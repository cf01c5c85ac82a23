//! A spec file that is not where its path says: where paths start, and the path that would work.

use mnv3_spec::tidy;
use std::path::{Path, PathBuf};
use syn::LitStr;

/// Why a missing spec is missing, and what to write instead of `spec`, which was looked for in the folder `from`.
/// `otherwise` is what is known without looking elsewhere.
pub(crate) fn message(spec: &LitStr, from: &Path, otherwise: &str) -> String {
    let name = spec.value();
    let package = std::env::var("CARGO_PKG_NAME").unwrap_or_else(|_| "the crate".to_owned());
    let help = found(&name, from, source(spec).as_deref()).unwrap_or_else(|| otherwise.to_owned());
    format!("{name}: there is no such file; paths start at the folder of Cargo.toml of {package}\n  = {help}")
}

/// The file that names the spec.
fn source(spec: &LitStr) -> Option<PathBuf> {
    std::path::absolute(spec.span().unwrap().local_file()?).ok()
}

/// The path to write for a file of this name that lies where people look first.
fn found(name: &str, from: &Path, source: Option<&Path>) -> Option<String> {
    let beside = source.and_then(Path::parent).map(|folder| (folder, "beside this file"));
    let workspace = workspace(from).map(|folder| (folder, "in the workspace's folder"));
    let specs = from.join("specs");
    let folders = beside
        .into_iter()
        .chain(workspace)
        .chain([(specs.as_path(), "in specs")]);
    let names = [name.to_owned(), format!("{name}.yaml"), format!("{name}.yml")];
    let own = (from, "under its whole name");
    let mut places = folders
        .chain([own])
        .flat_map(|place| names.iter().map(move |name| (place, name)));
    let ((folder, place), name) = places.find(|((folder, _), name)| folder.join(name).is_file())?;
    let path = relative(&folder.join(name), from)?;
    Some(format!("it lies {place}: write \"{path}\""))
}

/// The folder of the workspace that a crate in `from` is a member of, if it is another.
fn workspace(from: &Path) -> Option<&Path> {
    let is_root = |folder: &&Path| {
        let manifest = std::fs::read_to_string(folder.join("Cargo.toml")).unwrap_or_default();
        manifest.lines().any(|line| line.trim_start().starts_with("[workspace"))
    };
    from.ancestors().find(is_root).filter(|root| *root != from)
}

/// A path as it is written in a crate in the folder `from`, with `/` on every platform.
fn relative(path: &Path, from: &Path) -> Option<String> {
    let path = tidy(path);
    let from = tidy(from);
    let shared = path
        .components()
        .zip(from.components())
        .take_while(|(one, other)| one == other)
        .count();
    let up = std::iter::repeat_n("..".to_owned(), from.components().count() - shared);
    let down = path
        .components()
        .skip(shared)
        .map(|part| part.as_os_str().to_string_lossy().into_owned());
    // Nothing in common: another drive.
    (shared > 0).then(|| up.chain(down).collect::<Vec<_>>().join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str, files: &[&str]) -> Self {
            let folder = Self(std::env::temp_dir().join(format!("mnv3-missing-{}-{name}", std::process::id())));
            for file in files {
                let path = folder.0.join(file);
                fs::create_dir_all(path.parent().unwrap_or(&folder.0)).unwrap_or_else(|e| panic!("{e}"));
                let text = if *file == "Cargo.toml" {
                    "[workspace]\nmembers = []\n"
                } else {
                    ""
                };
                fs::write(path, text).unwrap_or_else(|e| panic!("{e}"));
            }
            folder
        }

        fn found(&self, name: &str) -> Option<String> {
            found(
                name,
                &self.0.join("member"),
                Some(&self.0.join("member/src/nets/main.rs")),
            )
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn a_spec_beside_the_source_in_the_workspace_or_in_specs_is_named_by_the_path_that_works() {
        let files = [
            "Cargo.toml",
            "member/Cargo.lock",
            "member/src/nets/beside.yaml",
            "specs/shared.yaml",
            "member/specs/own.yaml",
            "member/specs/short.yml",
        ];
        let folder = Folder::new("places", &files);
        for (name, path) in [
            ("beside.yaml", "src/nets/beside.yaml"),
            ("specs/shared.yaml", "../specs/shared.yaml"),
            ("own.yaml", "specs/own.yaml"),
            ("short", "specs/short.yml"),
            ("specs/own", "specs/own.yaml"),
            ("../../../specs/shared.yaml", "../specs/shared.yaml"),
        ] {
            let help = folder.found(name).unwrap_or_else(|| panic!("{name} is not found"));
            assert!(help.ends_with(&format!("write \"{path}\"")), "{name}: {help}");
            assert!(folder.0.join("member").join(path).is_file(), "{path}");
        }
        assert_eq!(folder.found("nowhere.yaml"), None);
    }
}
