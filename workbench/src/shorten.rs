//! Long texts, cut.

use std::borrow::Cow;

/// The first characters of a text, at most this many; an ellipsis stands for what is left out.
pub(crate) fn shorten(text: &str, most: usize) -> Cow<'_, str> {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]).into(),
        None => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::shorten;

    #[test]
    fn only_a_text_that_is_too_long_is_cut() {
        assert_eq!(shorten("äbc", 3), "äbc");
        assert_eq!(shorten("äbcd", 3), "äbc…");
    }
}
