//! Renders SVG as PNG.

use std::sync::Arc;

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::fontdb::Database;
use resvg::usvg::{Options, Tree};

/// The font of all text, so that pictures look the same on every machine.
const FONT: &[u8] = include_bytes!("../fonts/DejaVuSans.ttf");

/// Pixels of the PNG per pixel of the SVG.
const ZOOM: f32 = 1.5;

/// Renders an SVG of this crate as a PNG, in its light colours. Characters other than Latin, Greek
/// and Cyrillic ones are missing.
///
/// # Errors
/// Returns an error if the text is not an SVG, or the picture is too large.
pub fn png(svg: &str) -> Result<Vec<u8>, String> {
    let mut fonts = Database::new();
    fonts.load_font_data(FONT.to_vec());
    let options = Options {
        fontdb: Arc::new(fonts),
        font_family: "DejaVu Sans".to_owned(),
        ..Options::default()
    };
    let tree = Tree::from_str(svg, &options).map_err(|error| error.to_string())?;
    let [width, height] = [tree.size().width(), tree.size().height()];
    let [width, height] = [width, height].map(|length| (length * ZOOM).ceil() as u32);
    let mut pixels = Pixmap::new(width, height).ok_or("the picture is too large")?;
    let zoom = Transform::from_scale(ZOOM, ZOOM);
    resvg::render(&tree, zoom, &mut pixels.as_mut());
    pixels.encode_png().map_err(|error| error.to_string())
}
