//! Texts for tests that keep them, each under a line with the number of its format.

use crate::{Look, groups};
use mnv3_codegen::{Plan, WeightsFile};
use mnv3_ir::Visible;
use mnv3_spec::Network;

/// The number of the texts' format: under one number, a network gives the same text on every platform and in every patch
/// release.
pub const FORMAT: u32 = 1;

/// The Rust that a network compiles to, with its weights if they are to be part of the program.
#[must_use]
pub fn expansion(network: &Network, weights: Option<&WeightsFile>) -> String {
    headed("expansion", network, &mnv3_codegen::snapshot(network, weights))
}

/// Layers, shapes and costs.
#[must_use]
pub fn summary(network: &Network) -> String {
    let graph = network.graph();
    let text = crate::summary(network, &groups(&graph), Look::Snapshot);
    headed("summary", network, &text)
}

/// Where everything lies in memory.
#[must_use]
pub fn plan(network: &Network) -> String {
    let graph = network.graph();
    let text = crate::plan(&Plan::new(network), &groups(&graph), Look::Snapshot);
    headed("plan", network, &text)
}

fn headed(what: &str, network: &Network, text: &str) -> String {
    let file = Visible(&network.file);
    format!("// mnv3 {what} of {file}, format {FORMAT}\n\n{text}")
}
