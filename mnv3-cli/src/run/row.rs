//! What is said of one picture: a line of JSON, and what other formats are made of.

use crate::picture::PictureError;
use serde::{Deserialize, Serialize};

/// The answer of a network, whatever it does, or an error.
#[derive(Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct RunRow {
    pub(crate) image: String,
    #[serde(flatten)]
    pub(crate) said: Said,
}

#[derive(Debug, Deserialize, PartialEq, Serialize)]
#[serde(untagged)]
pub(crate) enum Said {
    Classes { classes: Vec<ClassRow> },
    Boxes { boxes: Vec<BoxRow> },
    Shares { shares: Vec<ShareRow> },
    Embedding { embedding: Vec<f32> },
    Problem { error: String, help: String },
}

/// One of the likeliest classes.
#[derive(Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct ClassRow {
    pub(crate) index: usize,
    pub(crate) probability: f32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) label: Option<String>,
}

/// What was found, and where, in pixels.
#[derive(Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct BoxRow {
    pub(crate) class: usize,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) label: Option<String>,
    pub(crate) score: f32,
    pub(crate) left: f32,
    pub(crate) top: f32,
    pub(crate) right: f32,
    pub(crate) bottom: f32,
}

/// Which share of the pixels shows a class.
#[derive(Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct ShareRow {
    pub(crate) class: usize,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) label: Option<String>,
    pub(crate) share: f64,
}

impl RunRow {
    pub(crate) fn new(image: String, said: Result<Said, PictureError>) -> Self {
        let said = said.unwrap_or_else(|problem| Said::Problem {
            error: problem.to_string(),
            help: problem.help(),
        });
        Self { image, said }
    }

    /// What was wrong with the picture, if anything.
    pub(crate) fn error(&self) -> Option<&str> {
        match &self.said {
            Said::Problem { error, .. } => Some(error),
            Said::Classes { .. } | Said::Boxes { .. } | Said::Shares { .. } | Said::Embedding { .. } => None,
        }
    }
}
