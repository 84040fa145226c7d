//! Formats the state of a specification.

use std::fmt::Debug;

/// Returns the debug output of a state, without the `Cell`s and `RefCell`s around its fields.
pub(super) fn shown(state: &impl Debug) -> String {
    let mut text = format!("{state:?}");
    for (open, close) in [("RefCell { value: ", " }"), ("Cell { value: ", " }")] {
        while let Some(start) = text.find(open) {
            let Some(end) = closing(&text, start + open.len(), close) else {
                break;
            };
            let inner = text[start + open.len()..end].to_owned();
            text.replace_range(start..end + close.len(), &inner);
        }
    }
    text
}

/// Returns the position of the closing brace for the brace before `start`.
fn closing(text: &str, start: usize, close: &str) -> Option<usize> {
    let mut depth = 0;
    let mut quoted = false;
    let mut escaped = false;
    for (place, letter) in text[start..].char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '{' if !quoted => depth += 1,
            '}' if !quoted && depth == 0 => {
                let end = (start + place + 1).checked_sub(close.len())?;
                return text[end..].starts_with(close).then_some(end);
            }
            '}' if !quoted => depth -= 1,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};
    use std::collections::BTreeMap;

    use super::*;

    #[derive(Debug)]
    #[expect(dead_code, reason = "they are shown")]
    struct Node {
        items: RefCell<Vec<i64>>,
        count: Cell<u8>,
        names: RefCell<BTreeMap<String, RefCell<Option<i64>>>>,
    }

    #[test]
    fn cells_are_not_shown() {
        let node = Node {
            items: RefCell::new(vec![1, 2]),
            count: Cell::new(3),
            names: RefCell::new([("} \" {".to_owned(), RefCell::new(Some(4)))].into()),
        };
        assert_eq!(
            shown(&node),
            r#"Node { items: [1, 2], count: 3, names: {"} \" {": Some(4)} }"#
        );
    }
}
