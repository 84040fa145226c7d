//! The HTML document around a page. A page contains everything that it needs.

use maud::{DOCTYPE, Markup, PreEscaped, html};
use serde::Serialize;

/// Returns a page with these styles, in addition to those of all pages.
pub(crate) fn page(title: &str, style: &str, body: &Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                // Without it, browsers request an icon.
                link rel="icon" href="data:,";
                style { (PreEscaped(include_str!("page.css"))) (PreEscaped(style)) }
            }
            body { (body) }
        }
    };
    page.into_string()
}

/// Returns an element that holds data for a script. No text in it can end the element.
///
/// # Panics
/// Never, since the data of pages can be serialized.
pub(crate) fn data(id: &str, data: &impl Serialize) -> Markup {
    let json = serde_json::to_string(data).expect("the data of a page can be serialized");
    let json = json.replace('<', "\\u003c");
    html! { script id=(id) type="application/json" { (PreEscaped(json)) } }
}
