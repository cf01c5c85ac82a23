//! Names of a file to names of a network, as a user says them.

use crate::error::ConvertError;
use mnv3_ir::Visible;
use std::str::FromStr;

/// A pattern for names, and what becomes of those that it fits: `*.norm.*=*.1.*`.
///
/// A `*` stands for any characters or none, as few as the rest allows, and for the same ones on the other side.
/// A pattern fits whole names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rename {
    from: Vec<String>,
    to: Vec<String>,
}

/// Why a text is no [`Rename`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say what the fields are")]
pub enum RenameError {
    /// Without `=`, or with two.
    #[error("write one `=` between the pattern and the new name: `backbone.*=features.*`")]
    Sides,
    /// Nothing before the `=`, or after it.
    #[error("there is nothing on one side of the `=`; to take a prefix off, write `--prefix`")]
    Empty,
    /// What a star stands for has no place on the other side, or several.
    #[error("there are {from} `*` before the `=` and {to} after it; each of them needs its counterpart")]
    Stars { from: usize, to: usize },
}

impl FromStr for Rename {
    type Err = RenameError;

    fn from_str(text: &str) -> Result<Self, RenameError> {
        let sides: Vec<&str> = text.split('=').collect();
        let [from, to] = sides[..] else {
            return Err(RenameError::Sides);
        };
        if from.is_empty() || to.is_empty() {
            return Err(RenameError::Empty);
        }
        let parts = |side: &str| side.split('*').map(str::to_owned).collect::<Vec<_>>();
        let (from, to) = (parts(from), parts(to));
        if from.len() != to.len() {
            let (from, to) = (from.len() - 1, to.len() - 1);
            return Err(RenameError::Stars { from, to });
        }
        Ok(Self { from, to })
    }
}

impl Rename {
    /// What a name becomes, if the pattern fits it.
    #[must_use]
    pub fn apply(&self, name: &str) -> Option<String> {
        let (first, rest) = self.from.split_first()?;
        let Some((last, middle)) = rest.split_last() else {
            return (name == first).then(|| self.to.concat());
        };
        let mut left = name.strip_prefix(&**first)?.strip_suffix(&**last)?;
        let mut stars = Vec::new();
        for part in middle {
            let (star, after) = left.split_once(&**part)?;
            stars.push(star);
            left = after;
        }
        stars.push(left);
        let mut new = String::new();
        for (index, part) in self.to.iter().enumerate() {
            new.push_str(part);
            new.push_str(stars.get(index).copied().unwrap_or_default());
        }
        Some(new)
    }

    /// Renames what it fits.
    ///
    /// # Errors
    /// It fits nothing, or leaves nothing of a name.
    pub(crate) fn all<'n>(&self, names: impl Iterator<Item = &'n mut String>) -> Result<usize, ConvertError> {
        let (mut renamed, mut first) = (0, None);
        for name in names {
            match self.apply(name) {
                Some(new) => {
                    *name = new;
                    renamed += 1;
                }
                None => _ = first.get_or_insert_with(|| name.clone()),
            }
        }
        match renamed {
            0 => Err(ConvertError::NoRename {
                pattern: self.from.join("*"),
                first: first.unwrap_or_default(),
            }),
            renamed => Ok(renamed),
        }
    }
}

/// As a user writes it.
impl std::fmt::Display for Rename {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (from, to) = (self.from.join("*"), self.to.join("*"));
        write!(f, "{}={}", Visible(&from), Visible(&to))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn renamed(rule: &str, name: &str) -> Option<String> {
        rule.parse::<Rename>().unwrap().apply(name)
    }

    #[test]
    fn stars_stand_for_the_same_on_both_sides() {
        for (rule, name, new) in [
            ("head=classifier", "head", Some("classifier")),
            ("head=classifier", "head.weight", None),
            ("head.*=classifier.3.*", "head.weight", Some("classifier.3.weight")),
            ("*.norm.*=*.1.*", "features.0.norm.weight", Some("features.0.1.weight")),
            (
                "layers.*.dw.*=features.*.block.1.0.*",
                "layers.12.dw.weight",
                Some("features.12.block.1.0.weight"),
            ),
            ("*=net.*", "conv.weight", Some("net.conv.weight")),
            ("net.*=*", "net.conv.weight", Some("conv.weight")),
            ("*.*=*/*", "a.b.c", Some("a/b.c")),
            ("a*a=b*b", "a", None),
            ("a*a=b*b", "aa", Some("bb")),
            ("*ä*=*ö*", "xäy", Some("xöy")),
        ] {
            assert_eq!(renamed(rule, name).as_deref(), new, "{rule} of {name}");
        }
    }

    #[test]
    fn what_is_no_rule_says_how_to_write_one() {
        let told = |text: &str| text.parse::<Rename>().unwrap_err();
        assert_eq!(told("head"), RenameError::Sides);
        assert_eq!(told("a=b=c"), RenameError::Sides);
        assert_eq!(told("a.*="), RenameError::Empty);
        assert_eq!(told("=a"), RenameError::Empty);
        assert_eq!(told("*.norm.*=*.1"), RenameError::Stars { from: 2, to: 1 });
        assert_eq!(told("a=b*"), RenameError::Stars { from: 0, to: 1 });
    }
}
