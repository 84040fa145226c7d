//! Renders SVG as PNG.

use std::sync::Arc;

use png::{BitDepth, ColorType, Compression, Encoder};
use resvg::tiny_skia::{Color, Pixmap, Transform};
use resvg::usvg::fontdb::Database;
use resvg::usvg::{Options, Tree};

use crate::svg::DARK;

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
    // A PNG has no dark colours, and resvg would warn of a query that it does not know.
    let svg = svg.replace(DARK, "");
    let tree = Tree::from_str(&svg, &options).map_err(|error| error.to_string())?;
    let [width, height] = [tree.size().width(), tree.size().height()];
    let [width, height] = [width, height].map(|length| (length * ZOOM).ceil() as u32);
    let mut pixels = Pixmap::new(width, height).ok_or("the picture is too large")?;
    // The last row and column may be part of the picture only in part.
    pixels.fill(Color::WHITE);
    let zoom = Transform::from_scale(ZOOM, ZOOM);
    resvg::render(&tree, zoom, &mut pixels.as_mut());
    encode(&pixels).map_err(|error| error.to_string())
}

/// Encodes a picture. Its background is opaque, so that there is no alpha.
fn encode(pixels: &Pixmap) -> Result<Vec<u8>, png::EncodingError> {
    let mut colors = Vec::with_capacity(pixels.data().len() / 4 * 3);
    for pixel in pixels.data().chunks_exact(4) {
        colors.extend_from_slice(&pixel[..3]);
    }
    let mut encoded = Vec::new();
    let mut encoder = Encoder::new(&mut encoded, pixels.width(), pixels.height());
    encoder.set_color(ColorType::Rgb);
    encoder.set_depth(BitDepth::Eight);
    // The best compression takes longer than everything else that is drawn.
    encoder.set_compression(Compression::Fast);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&colors)?;
    writer.finish()?;
    Ok(encoded)
}
