//! Lines of Python that get the tensors out of a file that is not read here. `tests/make.py` runs them.

/// How a state dict is saved so that it can be read, from where it lies in a PyTorch file.
pub(crate) fn anew(wrappers: &[String], module: bool) -> String {
    let keys: String = wrappers.iter().map(|key| format!("[{}]", quoted(key))).collect();
    let state = if module { ".state_dict()" } else { "" };
    format!(
        "    import torch\n    file = torch.load(\"IN.pth\", map_location=\"cpu\", weights_only=False)\n    \
        state = file{keys}{state}\n    \
        state = {{name: t.to_dense() for name, t in state.items() if torch.is_tensor(t)}}\n    \
        torch.save(state, \"OUT.pth\")"
    )
}

/// A text as Python writes it: a key of a hostile file cannot end the quotes.
fn quoted(key: &str) -> String {
    let mut quoted = String::from("\"");
    for c in key.chars().take(100) {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            ' '..='~' => quoted.push(c),
            c => quoted += &format!("\\U{:08x}", u32::from(c)),
        }
    }
    quoted.push('"');
    quoted
}
