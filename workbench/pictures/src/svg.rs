//! The document around a picture, and its colours.
//!
//! Colours are those of Okabe and Ito, "Color universal design" (2008), which people with any kind
//! of colour vision can distinguish.

use maud::{Markup, PreEscaped, html};

use crate::text::{Px, to_xml};

/// The styles of all pictures.
const STYLE: &str = include_str!("style.css");

/// The colours that differ where people prefer dark ones.
pub(crate) const DARK: &str = include_str!("dark.css");

/// The number of colours for functions; those beyond share the last one.
const COLORS: usize = 7;

/// Returns the class with the colour of a number.
pub(crate) fn color(number: usize) -> String {
    format!("c{}", number.min(COLORS - 1))
}

/// Returns an SVG document of this size in pixels.
pub(crate) fn document(width: f64, height: f64, title: &str, content: &Markup) -> String {
    let (width, height) = (Px(width), Px(height));
    let document = html! {
        svg xmlns="http://www.w3.org/2000/svg" width=(width) height=(height)
            viewBox=(format!("0 0 {width} {height}")) role="img" {
            title { (title) }
            style { (PreEscaped(STYLE)) (PreEscaped(DARK)) }
            rect class="bg" width="100%" height="100%" {}
            (content)
        }
    };
    to_xml(document.into_string())
}
