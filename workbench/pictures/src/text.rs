//! Texts of a run, which may be anything that a node wrote.

use std::fmt::{self, Display, Write};

/// Returns the first `max_chars` characters of a value's text, with an ellipsis if there are more.
/// Formatting stops there, so a long value costs no more than a short one.
pub(crate) fn brief(value: impl Display, max_chars: usize) -> String {
    let mut limited = Limited {
        text: String::new(),
        left: max_chars,
    };
    // The only error is that the limit is reached.
    if write!(limited, "{value}").is_err() {
        limited.text.push('…');
    }
    limited.text
}

/// Accepts a number of characters, and then fails.
struct Limited {
    text: String,
    left: usize,
}

impl fmt::Write for Limited {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for letter in text.chars() {
            if self.left == 0 {
                return Err(fmt::Error);
            }
            self.left -= 1;
            self.text.push(letter);
        }
        Ok(())
    }
}

/// Replaces the characters that XML does not allow. Source: XML 1.0, section 2.2.
pub fn to_xml(text: String) -> String {
    let is_allowed =
        |letter: char| matches!(letter, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..);
    if text.chars().all(is_allowed) {
        return text;
    }
    text.replace(|letter| !is_allowed(letter), "\u{fffd}")
}

/// A coordinate or a length in pixels, printed with at most one decimal.
#[derive(Clone, Copy)]
pub(crate) struct Px(pub(crate) f64);

impl Display for Px {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tenths = (self.0 * 10.0).round() as i64;
        if tenths < 0 {
            f.write_char('-')?;
        }
        let tenths = tenths.unsigned_abs();
        match tenths % 10 {
            0 => write!(f, "{}", tenths / 10),
            tenth => write!(f, "{}.{tenth}", tenths / 10),
        }
    }
}

/// Seconds, printed without trailing zeros.
pub(crate) fn seconds(seconds: f64) -> String {
    let text = format!("{seconds:.6}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Returns the approximate width of a text at the font size of 12 pixels.
pub(crate) fn width(text: &str) -> f64 {
    let width = |letter| match letter {
        'm' | 'w' | 'M' | 'W' => 11.8,
        'f' | 'i' | 'j' | 'l' | 'r' | 't' | 'I' | ' ' | '.' | ',' | ':' | '(' | ')' | '[' | ']' => {
            5.0
        }
        _ => 7.7,
    };
    text.chars().map(width).sum()
}

/// Returns the approximate width of a text at the font size of 10 pixels.
pub(crate) fn small_width(text: &str) -> f64 {
    width(text) * 10.0 / 12.0
}

/// Divides a text into lines of at most this width, at the font size of 12 pixels. A longer word
/// has a line of its own.
pub(crate) fn wrapped(text: &str, most: f64) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let last = lines.len() - 1;
        let longer = format!("{} {word}", lines[last]);
        if lines[last].is_empty() {
            lines[last].push_str(word);
        } else if width(&longer) > most {
            lines.push(word.to_owned());
        } else {
            lines[last] = longer;
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Prints digits until it fails.
    struct Endless;

    impl Display for Endless {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            loop {
                f.write_str("0123456789")?;
            }
        }
    }

    #[test]
    fn formatting_stops_at_the_limit() {
        assert_eq!(brief(Endless, 12), "012345678901…");
        assert_eq!(brief("äbc", 3), "äbc");
    }

    #[test]
    fn characters_that_xml_does_not_allow_are_replaced() {
        let text = to_xml("a\0\u{1b}[1m\u{ffff}\n".to_owned());
        assert_eq!(text, "a\u{fffd}\u{fffd}[1m\u{fffd}\n");
    }

    #[test]
    fn pixels_have_at_most_one_decimal() {
        let texts = [0.0, 12.04, -0.26, 3.96].map(|px| Px(px).to_string());
        assert_eq!(texts, ["0", "12", "-0.3", "4"]);
    }
}
