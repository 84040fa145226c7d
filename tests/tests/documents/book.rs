//! Tests the guide as a book: its list of pages, and the code that it quotes.
//!
//! A comment `<!-- source: FILE -->` names the file that the blocks of Rust below it quote, up to
//! the next such comment. In a block, a line `// ...` stands for lines that are left out.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use mael_tests::workspace;

/// Returns the folder of the guide's pages.
pub(crate) fn folder() -> PathBuf {
    workspace().join("docs/guide/src")
}

/// Returns the names of all pages, without the list of them.
pub(crate) fn pages() -> BTreeSet<String> {
    let names = fs::read_dir(folder()).unwrap().map(|entry| {
        let name = entry.unwrap().file_name();
        name.into_string().expect("the name of a page is UTF-8")
    });
    let is_page = |name: &String| name.ends_with(".md") && name != "SUMMARY.md";
    names.filter(is_page).collect()
}

#[test]
fn the_summary_lists_each_page_once() {
    let summary = fs::read_to_string(folder().join("SUMMARY.md")).unwrap();
    let links = summary.lines().filter_map(|line| {
        let link = line.split_once("](")?.1.strip_suffix(')');
        Some(link.expect("a link ends its line").to_owned())
    });
    let mut listed: Vec<String> = links.collect();
    listed.sort();
    assert_eq!(listed, pages().into_iter().collect::<Vec<_>>());
}

#[test]
fn each_page_has_one_title() {
    for name in pages() {
        let page = fs::read_to_string(folder().join(&name)).unwrap();
        let is_title = |line: &&str| line.starts_with("# ");
        assert_eq!(page.lines().filter(is_title).count(), 1, "{name}");
        assert!(page.starts_with("# "), "{name}");
    }
}

#[test]
fn the_guide_quotes_code_as_it_is() {
    let mut changed = Vec::new();
    for name in pages() {
        let page = fs::read_to_string(folder().join(&name)).unwrap();
        let mut source = None;
        let mut lines = page.lines();
        while let Some(line) = lines.next() {
            if let Some(comment) = line.strip_prefix("<!-- source: ") {
                let path = comment.strip_suffix(" -->").expect("a comment ends");
                source = Some(fs::read_to_string(workspace().join(path)).expect(path));
            }
            if !line.starts_with("```rust") {
                continue;
            }
            assert_eq!(line, "```rust", "{name}");
            let quote: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            let source = source.as_deref();
            let source = source.unwrap_or_else(|| panic!("{name} names the source of {quote:?}"));
            if !is_quoted(&quote, source) {
                changed.push(format!("{name}:\n{}", quote.join("\n")));
            }
        }
    }
    assert!(changed.is_empty(), "not as in the source: {changed:#?}");
}

/// Whether the source has all parts of a quote, in this order, each with any indentation. No part
/// is empty.
fn is_quoted(quote: &[&str], source: &str) -> bool {
    let source: Vec<&str> = source.lines().collect();
    let mut rest = &source[..];
    quote.split(|line| line.trim() == "// ...").all(|part| {
        let part = without_indentation(trimmed(part));
        let same = |window: &[&str]| without_indentation(window) == part;
        match rest.windows(part.len().max(1)).position(same) {
            Some(at) => {
                rest = &rest[at + part.len()..];
                true
            }
            None => false,
        }
    })
}

/// Returns the lines without empty ones at the start and the end.
fn trimmed<'a, 'b>(lines: &'b [&'a str]) -> &'b [&'a str] {
    let has_text = |line: &&str| !line.is_empty();
    let start = lines.iter().position(has_text).unwrap_or(lines.len());
    let end = lines.iter().rposition(has_text).map_or(start, |it| it + 1);
    &lines[start..end]
}

fn without_indentation<'a>(lines: &[&'a str]) -> Vec<&'a str> {
    let indentation = |line: &&str| line.len() - line.trim_start().len();
    let texts = lines.iter().filter(|line| !line.is_empty());
    let common = texts.map(indentation).min().unwrap_or(0);
    let cut = |line: &&'a str| line.get(common..).unwrap_or("");
    lines.iter().map(cut).collect()
}

#[test]
fn a_quote_has_the_lines_of_its_source_in_order() {
    let source = "fn a() {\n    b();\n\n    c();\n}\nfn d() {}";
    for quote in [
        &["b();", "", "c();"][..],
        &["fn a() {", "    // ...", "    c();", "}"],
        &["fn a() {", "// ...", "", "fn d() {}"],
    ] {
        assert!(is_quoted(quote, source), "{quote:?}");
    }
    for quote in [
        &["b();", "c();"][..],
        &["fn d() {}", "// ...", "fn a() {"],
        &["fn a() {", "b();"],
        &["c()"],
    ] {
        assert!(!is_quoted(quote, source), "{quote:?}");
    }
}
