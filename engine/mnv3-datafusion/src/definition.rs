//! What a function is made of, as a command line or a file says it.

use std::path::PathBuf;
use std::str::FromStr;

/// A name, and the network that it stands for: `NAME=SPEC,WEIGHTS[,fast][,threshold=P]`.
///
/// ```
/// use mnv3_datafusion::FunctionDefinition;
///
/// let definition: FunctionDefinition = "classify=mnv3:large,large.safetensors,fast".parse()?;
/// assert_eq!(definition.spec.to_str(), Some("mnv3:large"));
/// assert!(definition.fast);
/// # Ok::<(), mnv3_datafusion::DefinitionError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct FunctionDefinition {
    /// As queries call it: small letters, digits and underscores.
    pub name: String,
    /// A YAML file, or a published spec such as `mnv3:large`.
    pub spec: PathBuf,
    /// Its weights: .safetensors, what `mnv3 pack` wrote, or any checkpoint that `mnv3 convert` reads.
    pub weights: PathBuf,
    /// Whether large photos are decoded at a fraction of their size.
    pub fast: bool,
    /// The least score of a box, from 0 to 1; 0.3 where nothing is said.
    pub threshold: Option<f32>,
}

/// What is wrong with a definition.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum DefinitionError {
    /// It is not made of a name and two files.
    #[error("{0}: write NAME=SPEC,WEIGHTS, such as classify=mnv3:large,large.safetensors")]
    Form(String),
    /// SQL would read the name otherwise.
    #[error("{0}: the name of a function is of small letters, digits and underscores, and begins with a letter")]
    Name(String),
    /// Something else than the options stands behind the weights.
    #[error("{0}: behind the weights may stand `fast` and `threshold=P`, P from 0 to 1")]
    Option(String),
}

impl FromStr for FunctionDefinition {
    type Err = DefinitionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let form = || DefinitionError::Form(text.to_owned());
        let (name, of) = text.split_once('=').ok_or_else(form)?;
        let mut parts = of.split(',');
        let (spec, weights) = parts.next().zip(parts.next()).ok_or_else(form)?;
        if spec.is_empty() || weights.is_empty() {
            return Err(form());
        }
        let letters = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if !name.starts_with(|c: char| c.is_ascii_lowercase()) || !name.chars().all(letters) {
            return Err(DefinitionError::Name(name.to_owned()));
        }
        let mut definition = Self {
            name: name.to_owned(),
            spec: spec.into(),
            weights: weights.into(),
            fast: false,
            threshold: None,
        };
        for part in parts {
            match part.strip_prefix("threshold=").map(str::parse) {
                Some(Ok(least)) if (0.0..=1.0).contains(&least) => definition.threshold = Some(least),
                None if part == "fast" => definition.fast = true,
                _ => return Err(DefinitionError::Option(part.to_owned())),
            }
        }
        Ok(definition)
    }
}

/// The definitions in the text of a file: one a line; empty lines and what begins with `#` are for people.
///
/// # Errors
/// What is wrong with the first that is.
pub fn definitions(text: &str) -> Result<Vec<FunctionDefinition>, DefinitionError> {
    let lines = text.lines().map(str::trim);
    let told = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    told.map(str::parse).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_files_and_options_are_read_and_all_else_is_refused() {
        let text = "# of today\n\n  embed=a.yaml,b.pth,threshold=0.5,fast\nclassify=mnv3:small,w.safetensors\n";
        let read = definitions(text).unwrap();
        assert_eq!(read.len(), 2);
        assert_eq!(
            (read[0].name.as_str(), read[0].fast, read[0].threshold),
            ("embed", true, Some(0.5))
        );
        assert_eq!(
            (&read[1].spec, &read[1].weights),
            (&"mnv3:small".into(), &"w.safetensors".into())
        );
        for (text, want) in [
            ("classify", DefinitionError::Form("classify".to_owned())),
            ("a=b", DefinitionError::Form("a=b".to_owned())),
            ("a=b,", DefinitionError::Form("a=b,".to_owned())),
            ("Classify=a,b", DefinitionError::Name("Classify".to_owned())),
            ("=a,b", DefinitionError::Name(String::new())),
            ("1a=a,b", DefinitionError::Name("1a".to_owned())),
            ("a=b,c,slow", DefinitionError::Option("slow".to_owned())),
            ("a=b,c,threshold=2", DefinitionError::Option("threshold=2".to_owned())),
            (
                "a=b,c,threshold=NaN",
                DefinitionError::Option("threshold=NaN".to_owned()),
            ),
        ] {
            assert_eq!(text.parse::<FunctionDefinition>(), Err(want), "{text}");
        }
    }
}
