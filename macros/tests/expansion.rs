//! Tests the generated code of a small node, of a specification, of a workload, and of all forms
//! that these do not use.
//!
//! Each file in `expansion/` is a module of this test, so that the compiler and clippy check it.
//! Its source is also expanded by the macros' own code, formatted, and compared with
//! `.expanded.rs`. To update the expected code, run `EXPANSION=overwrite cargo test -p mael-macros
//! --test expansion`.

use std::path::PathBuf;
use std::{env, fs};

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Attribute, Item, Meta};

#[path = "../src/driver.rs"]
#[expect(
    dead_code,
    reason = "attributes outside of `#[handlers]` have no expansion"
)]
mod driver;
#[path = "../src/errors.rs"]
mod errors;
#[path = "../src/expand/mod.rs"]
mod expand;
#[path = "../src/model/mod.rs"]
mod model;
#[path = "../src/parse/mod.rs"]
mod parse;
#[path = "../src/types.rs"]
mod types;
#[path = "../src/validate/mod.rs"]
mod validate;

/// The nodes, with all warnings as errors.
#[deny(warnings, missing_docs, clippy::pedantic)]
#[path = "expansion"]
pub mod nodes {
    pub mod bank;
    pub mod forms;
    pub mod g_counter;
    pub mod queue;
    pub mod registers;
}

#[test]
fn g_counter_expands_to_the_expected_code() {
    compare("g_counter");
}

#[test]
fn all_forms_expand_to_the_expected_code() {
    compare("forms");
}

#[test]
fn a_specification_expands_to_the_expected_code() {
    compare("queue");
}

#[test]
fn a_workload_expands_to_the_expected_code() {
    compare("bank");
}

#[test]
fn a_workload_with_its_own_generator_expands_to_the_expected_code() {
    compare("registers");
}

#[test]
fn g_counter_expands_to_less_than_150_lines() {
    let lines = expanded("g_counter").lines().count();
    assert!(lines < 150, "the macros generated {lines} lines");
}

/// The guide shows the complete code generated for the g-counter, in order.
#[test]
fn the_guide_shows_the_generated_code_of_the_g_counter() {
    let page = package().join("../docs/guide/src/expansion.md");
    let page = fs::read_to_string(page).expect("the guide contains the page");
    let blocks = page.split("```rust\n").skip(1);
    let code = blocks.map(|block| block.split_once("```").expect("every block is closed").0);
    let shown: String = code.collect();
    assert_eq!(shown, expanded("g_counter"));
}

/// Generated names have the spans of the tokens they are derived from, so that editors can jump
/// there.
#[test]
fn generated_names_have_the_spans_of_their_sources() {
    let idents = idents(generated("g_counter").to_token_stream());
    for (name, written) in [
        ("GCounterRequest", "GCounter"),
        ("GCounterReply", "GCounter"),
        ("GCounterClient", "GCounter"),
        ("Add", "\"add\""),
        ("AddOk", "\"add\""),
        ("Merge", "merge"),
        ("merge", "merge"),
        ("delta", "delta"),
        ("ReadOk", "\"read\""),
        ("gossip", "gossip"),
        ("slots", "slots"),
        ("gossip_ms", "gossip_ms"),
    ] {
        let texts: Vec<String> = idents
            .iter()
            .filter(|ident| *ident == name)
            .map(|ident| ident.span().source_text().unwrap_or_default())
            .collect();
        assert!(!texts.is_empty(), "no identifier is named `{name}`");
        assert!(
            texts.iter().all(|text| text == written),
            "`{name}` has the span of {texts:?}, not of `{written}`"
        );
    }
}

/// Compares the generated code of a node with the expected code.
fn compare(node: &str) {
    let expanded = expanded(node);
    let path = folder().join(format!("{node}.expanded.rs"));
    if env::var_os("EXPANSION").is_some_and(|value| value == "overwrite") {
        fs::write(&path, &expanded).expect("the file can be written");
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        expanded == written,
        "the generated code differs from {}:\n{expanded}\nto update it, run `EXPANSION=overwrite \
         cargo test -p mael-macros --test expansion`",
        path.display()
    );
}

fn expanded(node: &str) -> String {
    prettyplease::unparse(&generated(node))
}

/// Returns the code that the macros add to a node's file.
fn generated(node: &str) -> syn::File {
    let path = folder().join(format!("{node}.rs"));
    let source = fs::read_to_string(&path).expect("each node has a file");
    let mut file = syn::parse_file(&source).expect("a node's file is valid Rust");
    file.shebang = None;
    file.attrs.clear();
    file.items = file.items.into_iter().flat_map(expand_item).collect();
    file
}

/// Expands an item, and returns the generated items without the item itself.
fn expand_item(mut item: Item) -> Vec<Item> {
    let attributes = match &mut item {
        Item::Enum(item) => &mut item.attrs,
        Item::Impl(item) => &mut item.attrs,
        Item::Struct(item) => &mut item.attrs,
        _ => return Vec::new(),
    };
    let is_ours = |attribute: &mut Attribute| macro_name(attribute).is_some();
    let Some(ours) = attributes.extract_if(.., is_ours).next() else {
        return Vec::new();
    };
    let arguments = match &ours.meta {
        Meta::List(list) => list.tokens.clone(),
        _ => TokenStream::new(),
    };
    let item = item.into_token_stream();
    let (expanded, own_items) = match macro_name(&ours) {
        Some("node") => (driver::node(arguments, item), 1),
        Some("handlers") => (driver::handlers(arguments, item), 1),
        Some("specification") => (driver::specification(arguments, item), 1),
        Some("workload") => (driver::workload(arguments, item), 1),
        Some("operations") => (driver::operations(arguments, item), 1),
        // It only adds derives to the item.
        _ => (driver::message(arguments, item), 0),
    };
    let file: syn::File = syn::parse2(expanded).expect("the expansion is valid Rust");
    file.items.into_iter().skip(own_items).collect()
}

/// Returns the name of the macro that an attribute calls.
fn macro_name(attribute: &Attribute) -> Option<&'static str> {
    let last = &attribute.path().segments.last()?.ident;
    const NAMES: [&str; 6] = [
        "node",
        "handlers",
        "message",
        "specification",
        "workload",
        "operations",
    ];
    NAMES.into_iter().find(|name| last == name)
}

fn idents(tokens: TokenStream) -> Vec<Ident> {
    let mut found = Vec::new();
    for token in tokens {
        match token {
            TokenTree::Ident(ident) => found.push(ident),
            TokenTree::Group(group) => found.extend(idents(group.stream())),
            _ => {}
        }
    }
    found
}

fn folder() -> PathBuf {
    package().join("tests/expansion")
}

fn package() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}
