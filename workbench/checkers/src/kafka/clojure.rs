//! The iteration order of Clojure's hash sets and hash maps.
//!
//! Where several choices are equivalent, Jepsen takes the first element of such a set or map: the
//! message that represents an offset with several, and the key that is reported if polls lag
//! equally in several. The choice affects which jumps are counted around an inconsistent offset, so
//! it is reproduced here to make results comparable.

use mael_history::Value;

/// The maximum size of a map that Clojure keeps in insertion order instead.
pub(super) const LARGEST_IN_ORDER: usize = 8;

/// Returns the sort key of a value. Integers and strings have Clojure's order; other values follow
/// in their own order.
///
/// Hash sets and maps are tries that branch by five bits of the hash at a time, the lowest first.
/// Source: Bagwell, "Ideal Hash Trees", 2001.
pub(super) fn rank(value: &Value) -> (bool, Option<[u32; 7]>, &Value) {
    let path = path(value);
    (path.is_none(), path, value)
}

/// Returns the trie branches that lead to a value.
fn path(value: &Value) -> Option<[u32; 7]> {
    let hash = match value {
        Value::Int(integer) => match integer.to() {
            Some(long) => hash_of_long(long),
            None => integer.java_hash(),
        },
        Value::Str(text) => hash_of_string(text),
        _ => return None,
    };
    Some([0, 5, 10, 15, 20, 25, 30].map(|shift| (hash >> shift) & 31))
}

fn hash_of_long(long: i64) -> u32 {
    match long {
        0 => 0,
        _ => murmur3(&[long as u32, (long >> 32) as u32]),
    }
}

/// Returns Clojure's hash of a string: the Murmur3 hash of Java's hash.
fn hash_of_string(text: &str) -> u32 {
    let java = text.encode_utf16().fold(0_u32, |hash, unit| {
        hash.wrapping_mul(31).wrapping_add(unit.into())
    });
    match java {
        0 => 0,
        _ => murmur3(&[java]),
    }
}

/// Source: Appleby, MurmurHash3, the variant x86_32 without seed, over whole words.
fn murmur3(words: &[u32]) -> u32 {
    let mixed = words.iter().fold(0_u32, |hash, word| {
        let word = word.wrapping_mul(0xcc9e_2d51).rotate_left(15);
        let hash = hash ^ word.wrapping_mul(0x1b87_3593);
        hash.rotate_left(13)
            .wrapping_mul(5)
            .wrapping_add(0xe654_6b64)
    });
    let hash = mixed ^ (4 * words.len() as u32);
    let hash = (hash ^ (hash >> 16)).wrapping_mul(0x85eb_ca6b);
    let hash = (hash ^ (hash >> 13)).wrapping_mul(0xc2b2_ae35);
    hash ^ (hash >> 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_listed_as_in_clojure() {
        // The value of `(seq (set (range 10)))` in Clojure.
        let mut values: Vec<Value> = (0..10).map(Value::from).collect();
        values.sort_by(|a, b| rank(a).cmp(&rank(b)));
        assert_eq!(values, [0, 7, 1, 4, 6, 3, 2, 9, 5, 8].map(Value::from));
    }

    #[test]
    fn integers_beyond_64_bits_have_the_hash_of_java() {
        // The values of `(hash 9223372036854775808N)` and so on in Clojure.
        for (integer, hash) in [
            ("9223372036854775808", 0x8000_0000_u32),
            ("-9223372036854775809", 0x7fff_ffff),
            ("18446744073709551616", 961),
            ("340282366920938463463374607431768211456", 923_521),
        ] {
            let integer: mael_history::Integer = integer.parse().unwrap();
            let expected = [0, 5, 10, 15, 20, 25, 30].map(|shift| (hash >> shift) & 31);
            assert_eq!(path(&integer.into()), Some(expected));
        }
    }

    #[test]
    fn nil_and_booleans_come_last() {
        let mut values = [Value::Bool(true), Value::Nil, 1.into(), "a".into()];
        values.sort_by(|a, b| rank(a).cmp(&rank(b)));
        assert_eq!(values[2..], [Value::Nil, Value::Bool(true)]);
    }
}
