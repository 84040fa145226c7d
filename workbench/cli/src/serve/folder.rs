//! The page of a folder.

use std::fs;
use std::path::Path;

use anyhow::Context;

use super::html::{document, link};

/// Returns a page of links to the entries of a folder that is served at `path`.
///
/// # Errors
/// Returns an error if the folder can't be read.
pub(super) fn page(path: &str, folder: &Path) -> anyhow::Result<String> {
    let inside = || format!("can't read the folder {}", folder.display());
    let path = path.trim_end_matches('/');
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).with_context(inside)? {
        let entry = entry.with_context(inside)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        names.push(if entry.path().is_dir() {
            name + "/"
        } else {
            name
        });
    }
    names.sort_unstable();
    let items = names.iter().map(|name| {
        let target = format!("{path}/{}", name.trim_end_matches('/'));
        format!("<li>{}</li>\n", link(&target, name))
    });
    let content = format!(
        "<p>{} {}</p>\n<ul>\n{}</ul>",
        link("/", "All runs"),
        link(&format!("{path}.zip"), "zip"),
        items.collect::<String>()
    );
    let heading = path.trim_start_matches("/files").trim_start_matches('/');
    Ok(document(
        if heading.is_empty() { "store" } else { heading },
        &content,
    ))
}
