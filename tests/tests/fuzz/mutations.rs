//! Mutates valid texts.

use fastrand::Rng;

/// Tokens that are likely to expose bugs in readers.
const TOKENS: [&str; 34] = [
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    "#{",
    "\"",
    "\\",
    ":",
    ",",
    ";",
    "#_",
    "^",
    "##NaN",
    "nil",
    "null",
    "true",
    "-",
    "0",
    "1e999",
    "-0.0",
    "18446744073709551616",
    "-170141183460469231731687303715884105729",
    "1/0",
    "0x",
    "\\u",
    "\u{0}",
    "é",
    "\u{10ffff}",
    "\n",
    ":process",
    "\"msg_id\"",
    "--",
];

/// Returns a text with a few changes: parts are removed, repeated, moved, or replaced.
pub(crate) fn mutated(random: &mut Rng, text: &str) -> String {
    let mut text = text.to_owned();
    for _ in 0..random.usize(1..6) {
        let from = boundary(random, &text);
        let to = boundary(random, &text);
        let part = from.min(to)..from.max(to).min(from.min(to) + 64);
        let part = part.start..floor(&text, part.end);
        match random.u8(..6) {
            0 => text.replace_range(part, ""),
            1 => {
                let part = text[part].to_owned();
                text.insert_str(from, &part);
            }
            2 => text.truncate(from),
            3 => text.insert_str(
                from,
                &TOKENS[random.usize(..TOKENS.len())].repeat(repetitions(random)),
            ),
            4 => text.replace_range(part, TOKENS[random.usize(..TOKENS.len())]),
            _ => {
                text = text.replacen(
                    |it: char| it.is_ascii_digit(),
                    &random.i64(..).to_string(),
                    random.usize(1..4),
                );
            }
        }
    }
    text
}

/// Returns how often to repeat a token: usually once, rarely enough to exhaust the stack of a
/// recursive reader.
fn repetitions(random: &mut Rng) -> usize {
    if random.u16(..1000) == 0 { 100_000 } else { 1 }
}

/// Returns a random char boundary.
fn boundary(random: &mut Rng, text: &str) -> usize {
    floor(text, random.usize(..=text.len()))
}

fn floor(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}
