//! Tests the links of the documents: each leads to a file, and to a heading of it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use mael_tests::workspace;
use regex::Regex;

use crate::book;

static LINK: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\]\(([^)\s]+)\)").expect("the pattern is valid"));

static CODE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new("`[^`]*`").expect("the pattern is valid"));

/// Returns the Markdown files at the root of the workspace and below `docs/`.
fn documents() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![workspace().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && path.starts_with(workspace().join("docs")) {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "md") {
                found.push(path);
            }
        }
    }
    found
}

/// Returns the lines of a document that are not in a block of code.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut in_block = false;
    text.lines().filter(move |line| {
        let is_fence = line.starts_with("```");
        in_block ^= is_fence;
        !in_block && !is_fence
    })
}

fn links(text: &str) -> Vec<String> {
    let mut links = Vec::new();
    for line in lines(text) {
        let line = CODE.replace_all(line, "");
        links.extend(LINK.captures_iter(&line).map(|link| link[1].to_owned()));
    }
    links.retain(|link| !link.contains("://"));
    links
}

/// Returns the anchors of all headings, as GitHub and mdBook name them.
fn anchors(text: &str) -> Vec<String> {
    let mut counts = BTreeMap::<String, usize>::new();
    let headings = lines(text).filter(|line| line.starts_with('#'));
    let anchor = |heading: &str| {
        let heading = heading.trim_start_matches('#').trim().to_lowercase();
        let kept = heading.replace(' ', "-");
        let kept = kept
            .chars()
            .filter(|it| it.is_alphanumeric() || "-_".contains(*it));
        let anchor: String = kept.collect();
        let count = counts.entry(anchor.clone()).or_default();
        *count += 1;
        match *count {
            1 => anchor,
            more => format!("{anchor}-{}", more - 1),
        }
    };
    headings.map(anchor).collect()
}

/// Returns what is wrong with a link of a document, if anything is.
fn error(document: &Path, link: &str) -> Option<&'static str> {
    let (path, anchor) = match link.split_once('#') {
        Some((path, anchor)) => (path, Some(anchor)),
        None => (link, None),
    };
    let mut target = document.to_owned();
    if !path.is_empty() {
        target.pop();
        target.push(path);
    }
    let Ok(target) = target.canonicalize() else {
        return Some("there is no such file");
    };
    let book = book::folder().canonicalize().unwrap();
    if document.starts_with(book::folder()) && !target.starts_with(book) {
        return Some("the book does not contain this file");
    }
    let anchor = anchor?;
    let has_anchor = anchors(&fs::read_to_string(target).unwrap())
        .iter()
        .any(|it| it == anchor);
    (!has_anchor).then_some("there is no such heading")
}

#[test]
fn each_link_leads_to_a_file_and_a_heading() {
    let mut wrong = Vec::new();
    for document in documents() {
        let text = fs::read_to_string(&document).unwrap();
        for link in links(&text) {
            let error = error(&document, &link);
            wrong.extend(error.map(|error| format!("{}: {link}: {error}", document.display())));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn wrong_links_are_found() {
    let readme = workspace().join("README.md");
    let page = book::folder().join("README.md");
    for (document, link, expected) in [
        (&readme, "docs/running.md", None),
        (&readme, "docs/walking.md", Some("there is no such file")),
        (
            &readme,
            "docs/running.md#your-own",
            Some("there is no such heading"),
        ),
        (&page, "echo.md#run-it", None),
        (
            &page,
            "../../running.md",
            Some("the book does not contain this file"),
        ),
    ] {
        assert_eq!(error(document, link), expected, "{link}");
    }
    let text = "[`a`](b.md#c), `[d](e)`\n```\n[f](g)\n```\n[h](https://i)";
    assert_eq!(links(text), ["b.md#c"]);
    assert_eq!(
        anchors("# `a`, B\n# C_d-e\n## C_d-e\n"),
        ["a-b", "c_d-e", "c_d-e-1"]
    );
}
