//! How numbers of things and long texts are put in words.

use std::borrow::Cow;

/// So many of a thing that takes an s in the plural: `1 seed`, `2 seeds`.
pub fn counted(count: u64, thing: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {thing}{plural}")
}

/// The first characters of a text, at most this many; an ellipsis stands for what is left out.
pub fn shorten(text: &str, most: usize) -> Cow<'_, str> {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]).into(),
        None => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_is_not_many() {
        let told = [0, 1, 2].map(|count| counted(count, "seed"));
        assert_eq!(told, ["0 seeds", "1 seed", "2 seeds"]);
    }

    #[test]
    fn only_a_text_that_is_too_long_is_cut() {
        assert_eq!(shorten("äbc", 3), "äbc");
        assert_eq!(shorten("äbcd", 3), "äbc…");
    }
}
