//! What specs say and what is wrong with them: messages word for word, facts of published networks, hostile input.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod any_spec;
mod conventions;
mod detect;
mod extends;
mod files;
mod fixes;
mod flat;
mod hostile;
mod indentation;
mod labels;
mod layout_of_messages;
mod memory;
mod patches;
mod precision;
mod preprocess;
mod published;
mod published_names;
mod reference;
mod rows;
mod schema;
mod scores;
mod segment;
mod templates;
mod tiny;
mod unknown_keys;
mod whole_network;
mod yaml;
