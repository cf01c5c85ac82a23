//! Files of a crate do not need each other in circles: each can be read after those that it needs.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on may stop")]

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use syn::{Item, UseTree};

/// Where something is: the modules from the root of a crate on, and perhaps a name in the last.
type Place = Vec<String>;

/// A file of a crate: what it names, and what it calls by a name of its own.
#[derive(Default)]
struct Module {
    file: String,
    needs: BTreeSet<Place>,
    names: BTreeMap<String, Place>,
}

/// The files below a folder by their modules.
fn modules(folder: &Path, module: &[String], found: &mut BTreeMap<Place, Module>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let place = match name.as_str() {
            "lib" | "main" | "mod" => module.to_vec(),
            _ => [module, std::slice::from_ref(&name)].concat(),
        };
        if path.is_dir() && name != "tests" && name != "bin" {
            modules(&path, &place, found);
        } else if path.extension().is_some_and(|e| e == "rs") && name != "tests" {
            let module = found.entry(place.clone()).or_default();
            module.file = path.to_string_lossy().into_owned();
            let file = syn::parse_file(&fs::read_to_string(&path).unwrap()).unwrap();
            file.items.iter().for_each(|item| read(item, &place, module));
        }
    }
}

/// What an item names. Tests are not what a reader needs first.
fn read(item: &Item, place: &[String], module: &mut Module) {
    let attributes = match item {
        Item::Mod(item) => {
            if item.content.is_none() {
                let name = item.ident.to_string();
                module.names.insert(name.clone(), [place, &[name]].concat());
            }
            &item.attrs
        }
        Item::Use(item) => {
            uses(&item.tree, Vec::new(), place, module);
            return;
        }
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        _ => &Vec::new(),
    };
    let for_tests = |attribute: &syn::Attribute| {
        attribute.path().is_ident("cfg") && attribute.to_token_stream().to_string().contains("test")
    };
    if !attributes.iter().any(for_tests) {
        paths(item.to_token_stream(), place, module);
    }
}

/// The place that a path means which is written in a module; `None` of other crates.
fn absolute(path: &[String], place: &[String], module: &Module) -> Option<Place> {
    let mut at = place.to_vec();
    let mut rest = path;
    match path.first()?.as_str() {
        "crate" => {
            at.clear();
            rest = &path[1..];
        }
        "self" => rest = &path[1..],
        "super" => {
            while let Some(("super", after)) = rest.split_first().map(|(first, after)| (first.as_str(), after)) {
                at.pop();
                rest = after;
            }
        }
        first => {
            return module
                .names
                .get(first)
                .map(|named| [named.as_slice(), &path[1..]].concat());
        }
    }
    at.extend_from_slice(rest);
    Some(at)
}

fn uses(tree: &UseTree, before: Vec<String>, place: &[String], module: &mut Module) {
    let with = |ident: &syn::Ident| before.iter().cloned().chain([ident.to_string()]).collect::<Place>();
    let (path, name) = match tree {
        UseTree::Path(path) => return uses(&path.tree, with(&path.ident), place, module),
        UseTree::Group(group) => {
            group
                .items
                .iter()
                .for_each(|tree| uses(tree, before.clone(), place, module));
            return;
        }
        UseTree::Glob(_) => (before, None),
        UseTree::Name(name) if name.ident == "self" => {
            let last = before.last().cloned();
            (before, last)
        }
        UseTree::Name(name) => (with(&name.ident), Some(name.ident.to_string())),
        UseTree::Rename(rename) => (with(&rename.ident), Some(rename.rename.to_string())),
    };
    // `use child::Name` says no `self`: children are not known yet, and what is no child is dropped later.
    let anchored = ["crate", "self", "super"].contains(&path[0].as_str());
    let path = if anchored {
        path
    } else {
        [&["self".to_owned()], path.as_slice()].concat()
    };
    if let Some(of) = absolute(&path, place, module) {
        if let Some(name) = name {
            module.names.insert(name, of.clone());
        }
        module.needs.insert(of);
    }
}

/// Paths in code that begin with `crate`, `self`, `super`, or a name of the module.
fn paths(tokens: TokenStream, place: &[String], module: &mut Module) {
    let mut path: Vec<String> = Vec::new();
    let mut colons = 0;
    let end = |path: &mut Vec<String>, module: &mut Module| {
        if let Some(of) = (path.len() > 1).then(|| absolute(path, place, module)).flatten() {
            module.needs.insert(of);
        }
        path.clear();
    };
    for token in tokens {
        match token {
            TokenTree::Ident(ident) => {
                if colons != 2 {
                    end(&mut path, module);
                }
                path.push(ident.to_string());
                colons = 0;
            }
            TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
            TokenTree::Group(group) => {
                end(&mut path, module);
                colons = 0;
                paths(group.stream(), place, module);
            }
            _ => {
                end(&mut path, module);
                colons = 0;
            }
        }
    }
    end(&mut path, module);
}

/// The module that defines what is at a place, re-exports followed.
fn defining(place: &Place, modules: &BTreeMap<Place, Module>, depth: usize) -> Option<Place> {
    let known = (0..=place.len()).rev().find(|n| modules.contains_key(&place[..*n]))?;
    let (module, rest) = place.split_at(known);
    match rest.first().and_then(|name| modules[module].names.get(name)) {
        Some(named) if depth > 0 && named != place => {
            defining(&[named.as_slice(), &rest[1..]].concat(), modules, depth - 1)
        }
        _ => Some(module.to_vec()),
    }
}

/// All modules that can be reached from one.
fn reached(from: &Place, needs: &BTreeMap<&Place, BTreeMap<Place, Vec<&str>>>) -> BTreeSet<Place> {
    let (mut all, mut next) = (BTreeSet::new(), vec![from.clone()]);
    while let Some(place) = next.pop() {
        for needed in needs.get(&place).into_iter().flat_map(BTreeMap::keys) {
            if all.insert(needed.clone()) {
                next.push(needed.clone());
            }
        }
    }
    all
}

#[test]
fn no_file_needs_one_that_needs_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sources = vec![root.join("src")];
    for entry in fs::read_dir(root).unwrap() {
        let source = entry.unwrap().path().join("src");
        if source.is_dir() {
            sources.push(source);
        }
    }
    assert!(sources.len() > 15, "{sources:?}");
    let mut circles = BTreeSet::new();
    for source in sources {
        let mut modules_of_crate = BTreeMap::new();
        modules(&source, &[], &mut modules_of_crate);
        let needs: BTreeMap<&Place, BTreeMap<Place, Vec<&str>>> = modules_of_crate
            .iter()
            .map(|(place, module)| {
                let mut needed: BTreeMap<Place, Vec<&str>> = BTreeMap::new();
                for name in &module.needs {
                    if let Some(of) = defining(name, &modules_of_crate, 8) {
                        needed.entry(of).or_default().extend(name.last().map(String::as_str));
                    }
                }
                // The root of a crate only says what it has.
                needed.retain(|needed, _| needed != place && !needed.is_empty() && !place.is_empty());
                (place, needed)
            })
            .collect();
        for (place, needed) in &needs {
            for (other, names) in needed {
                if reached(other, &needs).contains(*place) {
                    let file = |place: &Place| {
                        let file = &modules_of_crate[place].file;
                        Path::new(file).strip_prefix(root).unwrap().display().to_string()
                    };
                    circles.insert(format!("{} needs {} of {}", file(place), names.join(", "), file(other)));
                }
            }
        }
    }
    assert!(circles.is_empty(), "move what both need: {circles:#?}");
}
