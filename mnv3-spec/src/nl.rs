//! Non-linearities as they are written.

use crate::error::Errors;
use crate::network::Act;
use crate::read::{Fields, described};
use crate::tree::{Node, Value};

/// The column `nl`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Nl {
    Re,
    Hs,
}

/// Reads the column `nl`.
pub(crate) fn nl(fields: &Fields<'_>, errors: &mut Errors) -> Option<Nl> {
    let node = fields.required("nl", "RE", errors)?;
    nl_at(node, &fields.label("nl"), errors)
}

/// Reads a non-linearity.
pub(crate) fn nl_at(node: &Node, label: &str, errors: &mut Errors) -> Option<Nl> {
    match &node.value {
        Value::Text(text) if text == "RE" => Some(Nl::Re),
        Value::Text(text) if text == "HS" => Some(Nl::Hs),
        _ => {
            let message = format!("{label} is {}", described(node, errors));
            errors.push(node.span, message, "write RE (relu) or HS (hard-swish)");
            None
        }
    }
}

/// What is called a relu.
pub(crate) const RELUS: &[(&str, Act)] = &[("relu", Act::Relu), ("relu6", Act::Relu6)];
