//! What users of the crate may name, as a snapshot: a change of it is seen in review.
//!
//! Read from the sources: `src/lib.rs` re-exports one by one, modules are public where it says so, and functions, constants
//! and fields are those that say `pub`. What is re-exported from another crate is listed by its name.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests stop like tests")]

use quote::ToTokens;
use std::fs;
use std::path::Path;
use syn::{Attribute, Fields, ImplItem, Item, TraitItem, UseTree, Visibility};

/// Tokens as one line, spaced like code that people write.
fn line(tokens: impl ToTokens) -> String {
    let text = tokens.to_token_stream().to_string();
    let tight = [
        (" ::", "::"),
        (":: ", "::"),
        (" <", "<"),
        ("< ", "<"),
        (" >", ">"),
        ("& ", "&"),
        (" (", "("),
        ("( ", "("),
        (" )", ")"),
        (" ,", ","),
        (" :", ":"),
        ("[ ", "["),
        (" ]", "]"),
        (" ;", ";"),
        ("> (", ">("),
        (" =<", " = <"),
        (",)", ")"),
        ("' ", "'"),
    ];
    let text = tight.iter().fold(text, |text, (from, to)| text.replace(from, to));
    // These were not to be moved together.
    text.replace("->", " -> ").replace("- >", " -> ").replace("  ", " ")
}

fn hidden(attributes: &[Attribute]) -> bool {
    let is = |a: &Attribute, text: &str| line(&a.meta) == text;
    attributes.iter().any(|a| is(a, "doc(hidden)") || is(a, "cfg(test)"))
}

/// The feature that an item needs, as a note behind it.
fn feature(attributes: &[Attribute]) -> String {
    let cfg = attributes.iter().find(|a| a.path().is_ident("cfg"));
    cfg.map_or_else(String::new, |cfg| format!("   {}", line(&cfg.meta)))
}

/// The names at the ends of a `use`.
fn leaves(tree: &UseTree, path: &str, note: &str, found: &mut Vec<String>) {
    match tree {
        UseTree::Path(of) => leaves(&of.tree, &format!("{path}{}::", of.ident), note, found),
        UseTree::Group(group) => group.items.iter().for_each(|tree| leaves(tree, path, note, found)),
        UseTree::Name(name) => found.push(format!("use {path}{}{note}", name.ident)),
        UseTree::Rename(rename) => found.push(format!("use {path}{} as {}{note}", rename.ident, rename.rename)),
        UseTree::Glob(_) => panic!("{path}* is no explicit list"),
    }
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

/// A file's public items; `module` is its path in the crate.
fn items(module: &str, items: &[Item], found: &mut Vec<String>) {
    for item in items {
        match item {
            Item::Use(item) if is_public(&item.vis) => {
                let of = module.trim_end_matches("::");
                let place = if of.is_empty() {
                    String::new()
                } else {
                    format!("   in {of}")
                };
                leaves(&item.tree, "", &(place + &feature(&item.attrs)), found);
            }
            Item::Mod(item) if hidden(&item.attrs) => {}
            Item::Mod(item) => {
                let inner = format!("{module}{}::", item.ident);
                if is_public(&item.vis) {
                    found.push(format!("mod {module}{}{}", item.ident, feature(&item.attrs)));
                }
                match &item.content {
                    Some((_, content)) => self::items(&inner, content, found),
                    None => file(&inner, found),
                }
            }
            Item::Fn(item) if is_public(&item.vis) => found.push(format!("{module}{}", line(&item.sig))),
            Item::Struct(item) if is_public(&item.vis) => {
                found.push(format!("struct {module}{}{}", item.ident, line(&item.generics)));
                if let Fields::Named(fields) = &item.fields {
                    let fields = fields.named.iter().filter(|field| is_public(&field.vis));
                    found.extend(fields.map(|field| format!("    {}: {}", line(&field.ident), line(&field.ty))));
                }
            }
            Item::Enum(item) if is_public(&item.vis) => {
                found.push(format!("enum {module}{}{}", item.ident, line(&item.generics)));
                found.extend(item.variants.iter().map(|variant| format!("    {}", variant.ident)));
            }
            Item::Trait(item) if is_public(&item.vis) && !hidden(&item.attrs) => {
                found.push(format!("trait {module}{}{}", item.ident, line(&item.generics)));
                for of in &item.items {
                    match of {
                        TraitItem::Fn(f) if !hidden(&f.attrs) => found.push(format!("    {}", line(&f.sig))),
                        TraitItem::Const(c) if !hidden(&c.attrs) => {
                            found.push(format!("    const {}: {}", c.ident, line(&c.ty)));
                        }
                        TraitItem::Type(t) if !hidden(&t.attrs) => found.push(format!("    type {}", t.ident)),
                        _ => {}
                    }
                }
            }
            Item::Type(item) if is_public(&item.vis) => found.push(format!("type {module}{}", item.ident)),
            Item::Const(item) if is_public(&item.vis) => {
                found.push(format!("const {module}{}: {}", item.ident, line(&item.ty)));
            }
            Item::Impl(item) if item.trait_.is_none() => {
                let whose = line(&item.self_ty);
                for of in &item.items {
                    match of {
                        ImplItem::Fn(f) if is_public(&f.vis) && !hidden(&f.attrs) => {
                            found.push(format!("{whose}: {}{}", line(&f.sig), feature(&f.attrs)));
                        }
                        ImplItem::Const(c) if is_public(&c.vis) && !hidden(&c.attrs) => {
                            found.push(format!("{whose}: const {}: {}", c.ident, line(&c.ty)));
                        }
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
}

/// The file of a module: `a::` is `src/a.rs`.
fn file(module: &str, found: &mut Vec<String>) {
    let name = match module {
        "" => "lib".to_owned(),
        module => module.trim_end_matches("::").replace("::", "/"),
    };
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("src/{name}.rs"));
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    items(module, &syn::parse_file(&text).unwrap().items, found);
}

#[test]
fn what_is_public_is_what_was_reviewed() {
    let mut found = Vec::new();
    file("", &mut found);
    assert!(found.len() > 50, "{}", found.len());
    insta::assert_snapshot!(found.join("\n"));
}
