//! Texts for people: counts, shortened texts, and errors for unknown names.

use std::borrow::Cow;

/// Returns a count with its noun, whose plural ends in s: `1 seed`, `2 seeds`.
pub fn counted(count: u64, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}

/// Truncates a text to at most `max_chars` characters, followed by an ellipsis.
pub fn shorten(text: &str, max_chars: usize) -> Cow<'_, str> {
    match text.char_indices().nth(max_chars) {
        Some((end, _)) => format!("{}…", &text[..end]).into(),
        None => text.into(),
    }
}

/// Escapes the control characters of a text, so that it stays on one line and can't control a
/// terminal.
pub fn escape_controls(text: &str) -> Cow<'_, str> {
    if !text.contains(char::is_control) {
        return text.into();
    }
    let mut escaped = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        if character.is_control() {
            escaped.extend(character.escape_debug());
        } else {
            escaped.push(character);
        }
    }
    escaped.into()
}

/// Returns the error for an unknown name: it suggests a similar name, and lists the known ones.
///
/// ```
/// use mael_history::text::unknown;
///
/// let text = unknown("workload", "brodcast", &["broadcast", "echo"]);
/// assert!(text.starts_with("unknown workload \"brodcast\"; did you mean broadcast?"));
/// ```
pub fn unknown(what: &str, name: &str, known: &[&str]) -> String {
    /// The minimum Jaro-Winkler similarity, from 0 to 1, of a suggested name.
    const SIMILAR: f64 = 0.75;
    let scored = known
        .iter()
        .map(|known| (strsim::jaro_winkler(name, known), *known));
    let best = scored.max_by(|a, b| a.0.total_cmp(&b.0));
    let suggestion = match best {
        Some((similarity, best)) if similarity >= SIMILAR => format!(" did you mean {best}?"),
        _ => String::new(),
    };
    let known = known.join(", ");
    format!("unknown {what} {name:?};{suggestion} known: {known}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pluralizes_all_counts_but_one() {
        let texts = [0, 1, 2].map(|count| counted(count, "seed"));
        assert_eq!(texts, ["0 seeds", "1 seed", "2 seeds"]);
    }

    #[test]
    fn suggests_only_names_that_are_similar() {
        assert!(unknown("model", "serialisable", &["serializable"]).contains("did you mean"));
        assert!(!unknown("model", "x", &["serializable"]).contains("did you mean"));
        assert_eq!(unknown("model", "x", &[]), "unknown model \"x\"; known: ");
    }

    #[test]
    fn escapes_control_characters_and_nothing_else() {
        assert_eq!(escape_controls("ä \"b\" \\"), "ä \"b\" \\");
        assert_eq!(
            escape_controls("a\n\u{1b}[2Jb\u{9b}"),
            "a\\n\\u{1b}[2Jb\\u{9b}"
        );
    }

    #[test]
    fn shortens_only_texts_that_are_too_long() {
        assert_eq!(shorten("äbc", 3), "äbc");
        assert_eq!(shorten("äbcd", 3), "äbc…");
    }
}
