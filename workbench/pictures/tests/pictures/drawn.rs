//! Reads pictures: elements by class, and their coordinates.

use mael_history::History;
use roxmltree::{Document, Node};

/// Returns the elements that have a class.
pub(crate) fn with_class<'a>(picture: &'a Document<'_>, class: &str) -> Vec<Node<'a, 'a>> {
    let has_class = |node: &Node<'_, '_>| {
        let classes = node.attribute("class").unwrap_or_default();
        classes.split(' ').any(|it| it == class)
    };
    picture.descendants().filter(has_class).collect()
}

/// Returns a numeric attribute.
pub(crate) fn number(node: Node<'_, '_>, name: &str) -> f64 {
    let text = node.attribute(name).unwrap();
    text.parse().unwrap()
}

/// Returns the first point of a path.
pub(crate) fn start(path: Node<'_, '_>) -> [f64; 2] {
    points(path.attribute("d").unwrap())[0]
}

/// Returns the points to which a path moves or draws a line, given absolutely.
pub(crate) fn points(path: &str) -> Vec<[f64; 2]> {
    let parts = path.split(['M', 'L']).filter(|part| !part.is_empty());
    let point = |part: &str| {
        let number = |letter: char| letter.is_ascii_digit() || "-.,".contains(letter);
        let end = part.find(|letter| !number(letter)).unwrap_or(part.len());
        let (x, y) = part[..end].split_once(',').unwrap();
        [x, y].map(|px| px.parse().unwrap())
    };
    parts.map(point).collect()
}

/// Returns whether two positions are the same, up to the rounding of coordinates.
pub(crate) fn near(a: f64, b: f64) -> bool {
    (a - b).abs() < 0.2
}

/// Returns the position of the tick with this label.
pub(crate) fn tick(picture: &Document<'_>, label: &str) -> f64 {
    let ticks = with_class(picture, "tick");
    let tick = ticks.iter().find(|tick| tick.text() == Some(label));
    number(*tick.unwrap(), "x")
}

/// Reads a history in which times are given in milliseconds.
pub(crate) fn history(lines: &[&str]) -> History {
    let mut history = History::from_edn(&lines.join("\n")).unwrap();
    for operation in &mut history.0 {
        operation.time *= 1_000_000;
    }
    history
}
