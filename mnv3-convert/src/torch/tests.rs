//! Modules and wrappers that no training makes.

use super::state::find;
use crate::error::ConvertError;
use crate::pickle;

fn text(text: &str) -> Vec<u8> {
    [&b"X"[..], &(text.len() as u32).to_le_bytes(), text.as_bytes()].concat()
}

/// An object whose modules are those that the memo has in some slots, under some names.
fn module(modules: &[(&str, u8)]) -> Vec<u8> {
    let mut pickle = [&b"}"[..], &text("_parameters"), b"}s", &text("_modules"), b"}"].concat();
    for (name, slot) in modules {
        pickle.extend([&text(name)[..], &[b'h', *slot, b's']].concat());
    }
    pickle.push(b's');
    pickle
}

fn error(pickle: &[u8]) -> ConvertError {
    let read = pickle::read(pickle).unwrap();
    find(&read.heap, read.root, None).err().unwrap()
}

#[test]
fn a_module_that_holds_itself_ends_in_an_error() {
    let pickle = [&b"ca\nM\n)\x81q\x00"[..], &module(&[("inner", 0)]), b"b."].concat();
    assert!(matches!(error(&pickle), ConvertError::Modules));
}

#[test]
fn modules_that_hold_each_other_twice_end_in_an_error() {
    let mut pickle = Vec::new();
    for level in 0..40u8 {
        let inner = level.saturating_sub(1);
        let modules: &[_] = if level == 0 { &[] } else { &[("a", inner), ("b", inner)] };
        pickle.extend([&b"ca\nM\n)\x81q"[..], &[level], &module(modules), b"b"].concat());
    }
    pickle.push(b'.');
    assert!(matches!(error(&pickle), ConvertError::Modules));
}

#[test]
fn names_that_grow_with_every_module_end_in_an_error() {
    let long = "a".repeat(60_000);
    let pickle = [&b"ca\nM\n)\x81q\x00"[..], &module(&[(&long, 0)]), b"b."].concat();
    assert!(matches!(error(&pickle), ConvertError::Modules));
}

#[test]
fn a_dict_under_a_hundred_thousand_names_is_looked_into_once() {
    let mut pickle = b"}q\x00".to_vec();
    for i in 0..100_000u32 {
        pickle.extend([&text(&i.to_string())[..], b"h\x00s"].concat());
    }
    pickle.push(b'.');
    assert!(matches!(error(&pickle), ConvertError::NoTensors { .. }));
}
