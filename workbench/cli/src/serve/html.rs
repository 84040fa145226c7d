//! The layout that all pages share.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// The characters of a path that need no escaping.
const PLAIN: AsciiSet = NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'-')
    .remove(b'.')
    .remove(b'_');

/// Returns a page with a heading.
pub(super) fn document(heading: &str, content: &str) -> String {
    let heading = escape(heading);
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{heading}</title>\n\
         <style>\n\
         body {{ font-family: sans-serif; margin: 2em; }}\n\
         table {{ border-collapse: collapse; }}\n\
         th, td {{ text-align: left; padding: 0.3em 0.6em; white-space: nowrap; }}\n\
         </style></head>\n<body><h1>{heading}</h1>\n{content}\n</body></html>\n"
    )
}

/// Returns a link to a path on this server.
pub(super) fn link(path: &str, text: &str) -> String {
    let path = utf8_percent_encode(path, &PLAIN);
    format!("<a href=\"{path}\">{}</a>", escape(text))
}

/// Escapes text for HTML.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_escaped() {
        assert_eq!(
            link("/files/a b/<x>", "<x> & \"y\""),
            "<a href=\"/files/a%20b/%3Cx%3E\">&lt;x&gt; &amp; &quot;y&quot;</a>"
        );
    }
}
