//! What a comparison found.

use mnv3_ir::Visible;
use mnv3_weights::Problem;
use serde::ser::{Serialize, SerializeStruct, Serializer};
use std::fmt;

/// Problems that the text lists.
const SHOWN: usize = 20;
/// The same where the file is of another dialect, and every tensor is a problem.
const SHOWN_OF_OTHER_DIALECT: usize = 3;
/// Names that the text lists.
const NAMED: usize = 5;

/// A tensor of the file that the network does not use.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct UnusedTensor {
    /// Its name.
    pub name: String,
    /// Its shape.
    pub shape: Vec<usize>,
}

/// How a file compares with a spec. Its text is for people; serialised, every problem has its kind.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// The network's name.
    pub network: String,
    /// The spec's dialect.
    pub dialect: String,
    /// Tensors that the network wants.
    pub wanted: usize,
    /// Tensors of the file.
    pub found: usize,
    /// Built-in dialects that the file's names belong to: none, one, or several that name alike.
    pub file_dialects: Vec<&'static str>,
    /// What keeps the network from loading the file, in the order of the structure.
    pub problems: Vec<Problem>,
    /// What the network does not use.
    pub extra: Vec<UnusedTensor>,
    /// What to write in the spec instead.
    pub hint: Option<String>,
}

impl Report {
    /// Whether the network can load the file.
    #[must_use]
    pub fn fits(&self) -> bool {
        self.problems.is_empty()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            network,
            dialect,
            wanted,
            found,
            problems,
            ..
        } = self;
        if problems.is_empty() {
            write!(
                f,
                "the file fits {network}: all {wanted} tensors are there, of the right shape, and finite"
            )?;
        } else {
            let n = problems.len();
            write!(
                f,
                "the file does not fit {network}: {n} problem{}",
                if n == 1 { "" } else { "s" }
            )?;
        }
        let names = match &self.file_dialects[..] {
            [] => "no dialect that is known".to_owned(),
            // The names cannot tell them apart, and it matters which it is.
            ["timm", "timm-tf"] => {
                "timm or timm-tf (timm-tf for tf_mobilenetv3_*: other padding and batch norm)".to_owned()
            }
            dialects => dialects.join(" or "),
        };
        write!(f, "\n  the file: {found} tensors, named as in {names}")?;
        write!(f, "\n  the spec: {wanted} tensors, dialect {dialect}")?;
        if let Some(hint) = &self.hint {
            write!(f, "\n  hint: {}", Visible(hint))?;
        }
        let foreign = !self.file_dialects.is_empty() && !self.file_dialects.contains(&dialect.as_str());
        let shown = if foreign { SHOWN_OF_OTHER_DIALECT } else { SHOWN };
        for problem in problems.iter().take(shown) {
            write!(f, "\n  {}", Visible(&problem.to_string()))?;
        }
        if problems.len() > shown {
            write!(f, "\n  and {} more", problems.len() - shown)?;
        }
        if !self.extra.is_empty() && !foreign {
            let names: Vec<_> = self
                .extra
                .iter()
                .take(NAMED)
                .map(|extra| Visible(&extra.name).to_string())
                .collect();
            let more = self.extra.len().saturating_sub(NAMED);
            write!(f, "\n  not used: {}", names.join(", "))?;
            if more > 0 {
                write!(f, " and {more} more")?;
            }
        }
        Ok(())
    }
}

impl Serialize for Report {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut s = serializer.serialize_struct("Report", 9)?;
        s.serialize_field("fits", &self.fits())?;
        s.serialize_field("network", &self.network)?;
        s.serialize_field("dialect", &self.dialect)?;
        s.serialize_field("wanted", &self.wanted)?;
        s.serialize_field("found", &self.found)?;
        s.serialize_field("file_dialects", &self.file_dialects)?;
        s.serialize_field("problems", &self.problems.iter().map(Told::of).collect::<Vec<_>>())?;
        s.serialize_field("extra", &self.extra)?;
        s.serialize_field("hint", &self.hint)?;
        s.end()
    }
}

/// A problem as JSON has it.
#[derive(serde::Serialize)]
struct Told {
    kind: &'static str,
    /// The tensor, or the kind of tensors that are too many or too few.
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    want: Option<Vec<usize>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    found: Option<Vec<usize>>,
    message: String,
}

impl Told {
    fn of(problem: &Problem) -> Self {
        let (name, want, found) = match problem {
            Problem::Missing { name, shape, .. } => (Some(name), Some(shape.clone()), None),
            Problem::Count { kind, want, found } => (Some(kind), Some(vec![*want]), Some(vec![*found])),
            Problem::Shape { name, want, found, .. } => (Some(name), Some(want.clone()), Some(found.clone())),
            Problem::NotFinite { name, .. }
            | Problem::Variance { name, .. }
            | Problem::Dtype { name, .. }
            | Problem::Overflow { name, .. }
            | Problem::BeyondHalf { name, .. }
            | Problem::Steps { name, .. }
            | Problem::Duplicate { name } => (Some(name), None, None),
            _ => (None, None, None),
        };
        Self {
            kind: problem.kind(),
            name: name.cloned(),
            want,
            found,
            message: problem.to_string(),
        }
    }
}
