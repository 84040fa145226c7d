//! Switches in a source file: in place of what a bug changes, a choice between right and wrong.

use std::cmp::Reverse;
use std::fs;
use std::ops::Range;
use std::path::Path;

use super::bugs::{Bug, File};

/// The environment variable that names the bug to be switched on.
pub(super) const VARIABLE: &str = "MAEL_PLANTED";

/// What the runtime gets in addition: the function that all switches ask.
pub(super) fn question() -> String {
    format!(
        r#"
/// Whether the bug of this name is switched on.
#[doc(hidden)]
pub fn planted(name: &str) -> bool {{
    static PLANTED: std::sync::LazyLock<Option<String>> =
        std::sync::LazyLock::new(|| std::env::var("{VARIABLE}").ok());
    PLANTED.as_deref() == Some(name)
}}
"#
    )
}

/// A text of a file that a bug makes another.
struct Edit {
    bug: &'static str,
    span: Range<usize>,
    wrong: &'static str,
}

/// The text of a file with a switch for each edit of its bugs.
///
/// # Panics
/// When the file can't be read, or an edit does not fit it exactly once.
pub(super) fn with_switches(workspace: &Path, file: &File) -> String {
    let path = file.path;
    let text = fs::read_to_string(workspace.join(path));
    let text = text.unwrap_or_else(|error| panic!("{path} can't be read: {error}"));
    let mut edits: Vec<Edit> = file
        .bugs
        .iter()
        .flat_map(|bug| edits(&text, path, bug))
        .collect();
    edits.sort_by_key(|edit| (edit.span.start, Reverse(edit.span.end)));
    render(&text, 0..text.len(), &edits, function(path))
}

/// Where a bug changes what.
fn edits(text: &str, path: &str, bug: &Bug) -> Vec<Edit> {
    let edit = |(right, wrong): &(&str, &'static str)| {
        let (before, right, after) = marked(right);
        let context = [before, right, after].concat();
        let places: Vec<usize> = text.match_indices(&context).map(|(at, _)| at).collect();
        let [place] = *places else {
            let (bug, count) = (bug.name, places.len());
            panic!("the bug `{bug}` does not fit: {context:?} is in {path} {count} times");
        };
        let start = place + before.len();
        Edit {
            bug: bug.name,
            span: start..start + right.len(),
            wrong,
        }
    };
    bug.edits.iter().map(edit).collect()
}

/// The part of a text that is marked, and what stands before it and after it; all of the text if no
/// part is.
fn marked(text: &str) -> (&str, &str, &str) {
    let parts = text.split_once('«').and_then(|(before, rest)| {
        let (right, after) = rest.split_once('»')?;
        Some((before, right, after))
    });
    parts.unwrap_or(("", text, ""))
}

/// By which name code in this file calls the function that is asked.
fn function(path: &str) -> &'static str {
    match path.split('/').next() {
        Some("runtime") => "crate::planted",
        _ => "::mael::planted",
    }
}

/// A part of the text with a switch for each edit in it. The edits are in the order in which they
/// begin, and those of a longer text come first. One may lie within another.
fn render(text: &str, part: Range<usize>, mut edits: &[Edit], planted: &str) -> String {
    let (mut out, mut from) = (String::new(), part.start);
    while let Some(Edit { bug, span, wrong }) = edits.first() {
        let within = edits.iter().take_while(|edit| edit.span.end <= span.end);
        let within = within.count();
        if let Some(next) = edits.get(within).filter(|next| next.span.start < span.end) {
            panic!("the bugs `{bug}` and `{}` overlap in part", next.bug);
        }
        let right = render(text, span.clone(), &edits[1..within], planted);
        let switch = format!("if {planted}({bug:?}) {{ {wrong} }} else {{ {right} }}");
        out.push_str(&text[from..span.start]);
        out.push_str(&match right.ends_with([';', '}']) {
            true => switch,
            false => format!("({switch})"),
        });
        from = span.end;
        edits = &edits[within..];
    }
    out + &text[from..part.end]
}
