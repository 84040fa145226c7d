//! Integers of any size.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Add;
use std::str::FromStr;

use num_bigint::BigInt;
use num_traits::{Num, ToPrimitive};
use serde::de::{Deserialize, Deserializer, Error as _};
use serde::ser::{Serialize, Serializer};
use serde_json::value::RawValue;

/// An exact integer of any size.
///
/// Integers of up to 128 bits are stored inline; only larger ones allocate.
///
/// ```
/// use mael_history::Integer;
///
/// let large: Integer = "340282366920938463463374607431768211456".parse().unwrap();
/// assert!(large > Integer::from(u128::MAX));
/// assert_eq!(large, &Integer::from(u128::MAX) + &Integer::from(1));
/// assert_eq!(large.to::<u64>(), None);
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Integer(Repr);

/// Each integer has one representation, so that equality is structural.
#[derive(Clone, PartialEq, Eq)]
enum Repr {
    Small(i128),
    /// Only integers that don't fit the small form.
    Big(Box<BigInt>),
}

impl Integer {
    /// The maximum number of digits of an integer that is parsed.
    ///
    /// Parsing a decimal number takes quadratic time: a few milliseconds for this many digits, and
    /// minutes for millions.
    pub const MAX_DIGITS: usize = 100_000;

    /// Parses an integer with an optional sign in a radix of up to 36.
    pub fn from_radix(text: &str, radix: u32) -> Result<Self, ParseIntegerError> {
        if let Ok(small) = i128::from_str_radix(text, radix) {
            return Ok(small.into());
        }
        let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
        if digits.len() > Self::MAX_DIGITS {
            return Err(ParseIntegerError::TooLong(digits.len()));
        }
        // `num-bigint` also accepts underscores.
        if !digits.chars().all(|digit| digit.is_digit(radix)) {
            return Err(ParseIntegerError::Invalid);
        }
        let parsed = BigInt::from_str_radix(text, radix);
        parsed
            .map(Self::from)
            .map_err(|_| ParseIntegerError::Invalid)
    }

    /// Converts to a primitive type; `None` if the value does not fit.
    pub fn to<T: TryFrom<i128>>(&self) -> Option<T> {
        match &self.0 {
            Repr::Small(small) => T::try_from(*small).ok(),
            Repr::Big(_) => None,
        }
    }

    /// Returns the nearest float, which is infinite for an integer beyond the range of floats.
    pub fn to_f64(&self) -> f64 {
        match &self.0 {
            Repr::Small(small) => *small as f64,
            Repr::Big(big) => big.to_f64().unwrap_or(f64::NAN),
        }
    }

    /// Returns whether the integer is less than 0.
    pub fn is_negative(&self) -> bool {
        match &self.0 {
            Repr::Small(small) => *small < 0,
            Repr::Big(big) => big.sign() == num_bigint::Sign::Minus,
        }
    }

    /// Returns the size in bytes, heap included.
    pub fn bytes(&self) -> usize {
        let allocated = match &self.0 {
            Repr::Small(_) => 0,
            Repr::Big(big) => size_of::<BigInt>() + big.bits().div_ceil(8) as usize,
        };
        size_of::<Self>() + allocated
    }

    /// Returns the value of Java's `BigInteger.hashCode`.
    pub fn java_hash(&self) -> u32 {
        let big = self.to_big();
        let words = big.magnitude().iter_u32_digits().rev();
        let hash = words.fold(0_u32, |hash, word| hash.wrapping_mul(31).wrapping_add(word));
        if self.is_negative() {
            hash.wrapping_neg()
        } else {
            hash
        }
    }

    /// Returns the absolute value.
    #[must_use]
    pub fn abs(&self) -> Self {
        match &self.0 {
            Repr::Small(small) => Self::from(small.unsigned_abs()),
            Repr::Big(big) => Self::from(BigInt::from(big.magnitude().clone())),
        }
    }

    fn to_big(&self) -> Cow<'_, BigInt> {
        match &self.0 {
            Repr::Small(small) => Cow::Owned(BigInt::from(*small)),
            Repr::Big(big) => Cow::Borrowed(big),
        }
    }
}

impl From<BigInt> for Integer {
    fn from(big: BigInt) -> Self {
        match i128::try_from(&big) {
            Ok(small) => Self(Repr::Small(small)),
            Err(_) => Self(Repr::Big(Box::new(big))),
        }
    }
}

/// 0.
impl Default for Integer {
    fn default() -> Self {
        Self(Repr::Small(0))
    }
}

macro_rules! from_primitive {
    ($($Primitive:ty),*) => {
        $(impl From<$Primitive> for Integer {
            #[inline]
            fn from(value: $Primitive) -> Self {
                Self(Repr::Small(value as i128))
            }
        })*
    };
}

from_primitive!(i32, i64, i128, u32, u64, usize);

impl From<u128> for Integer {
    fn from(value: u128) -> Self {
        match i128::try_from(value) {
            Ok(small) => small.into(),
            Err(_) => Self(Repr::Big(Box::new(value.into()))),
        }
    }
}

/// The error for a text that can't be parsed as an integer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParseIntegerError {
    /// The text is not an optional sign followed by digits.
    Invalid,
    /// The text has this many digits, more than [`Integer::MAX_DIGITS`].
    TooLong(usize),
}

impl fmt::Display for ParseIntegerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid => f.write_str("is not an integer"),
            Self::TooLong(digits) => {
                let most = Integer::MAX_DIGITS;
                write!(f, "has {digits} digits; at most {most} can be read")
            }
        }
    }
}

impl std::error::Error for ParseIntegerError {}

impl FromStr for Integer {
    type Err = ParseIntegerError;

    /// Parses decimal digits with an optional sign.
    fn from_str(text: &str) -> Result<Self, ParseIntegerError> {
        Self::from_radix(text, 10)
    }
}

impl Ord for Integer {
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        match (&self.0, &other.0) {
            (Repr::Small(a), Repr::Small(b)) => a.cmp(b),
            _ => self.to_big().cmp(&other.to_big()),
        }
    }
}

impl PartialOrd for Integer {
    #[inline]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Hash for Integer {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        match &self.0 {
            Repr::Small(small) => small.hash(state),
            Repr::Big(big) => big.hash(state),
        }
    }
}

impl Add for &Integer {
    type Output = Integer;

    fn add(self, other: Self) -> Integer {
        if let (Repr::Small(a), Repr::Small(b)) = (&self.0, &other.0)
            && let Some(sum) = a.checked_add(*b)
        {
            return sum.into();
        }
        Integer::from(&*self.to_big() + &*other.to_big())
    }
}

impl fmt::Display for Integer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Repr::Small(small) => small.fmt(f),
            Repr::Big(big) => big.fmt(f),
        }
    }
}

impl fmt::Debug for Integer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Serializes as a number. Integers of more than 128 bits can be serialized as JSON only.
impl Serialize for Integer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Repr::Small(small) => serializer.serialize_i128(*small),
            Repr::Big(big) => {
                let digits = RawValue::from_string(big.to_string());
                digits
                    .map_err(serde::ser::Error::custom)?
                    .serialize(serializer)
            }
        }
    }
}

/// Deserializes an integer, from JSON only.
impl<'de> Deserialize<'de> for Integer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = <&RawValue>::deserialize(deserializer)?.get();
        json.parse().map_err(|error| match error {
            ParseIntegerError::Invalid => D::Error::custom("expected an integer"),
            too_long => D::Error::custom(format_args!("the integer {too_long}")),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::hash::BuildHasher;

    use rustc_hash::FxBuildHasher;

    use super::*;
    use crate::Value;

    fn integer(text: &str) -> Integer {
        text.parse().unwrap()
    }

    /// Returns a number of 1,000 digits that ends with these.
    fn long(end: &str) -> String {
        format!("{}{end}", "7".repeat(1000 - end.len()))
    }

    #[test]
    fn integers_of_any_size_are_exact() {
        for text in [
            "0",
            "-9223372036854775809",
            "170141183460469231731687303715884105727",
            "170141183460469231731687303715884105728",
            "-170141183460469231731687303715884105728",
            "-170141183460469231731687303715884105729",
            "340282366920938463463374607431768211455",
            &long("1"),
            &format!("-{}", long("1")),
        ] {
            let read = integer(text);
            assert_eq!(read.to_string(), text);
            assert_eq!(serde_json::to_string(&read).unwrap(), text);
            assert_eq!(serde_json::from_str::<Integer>(text).unwrap(), read);
            assert_eq!(read.is_negative(), text.starts_with('-'));
            assert_eq!(read.abs().to_string(), text.trim_start_matches('-'));
        }
    }

    #[test]
    fn each_integer_has_one_representation() {
        let least = integer("-170141183460469231731687303715884105728");
        let beyond = &least + &Integer::from(-1);
        let back = &beyond + &Integer::from(1);
        assert_eq!(back, least);
        assert_eq!(back.to(), Some(i128::MIN));
        assert_eq!(beyond.to::<i128>(), None);
        let hash = |number: &Integer| FxBuildHasher.hash_one(number);
        assert_eq!(hash(&back), hash(&least));
        assert_eq!(integer("+007"), Integer::from(7));
        let most = integer(&u128::MAX.to_string());
        assert_eq!(most, Integer::from(u128::MAX));
        assert_eq!(hash(&most), hash(&Integer::from(u128::MAX)));
    }

    #[test]
    fn integers_sort_by_value() {
        let mut sorted = [
            &format!("-{}", long("2")),
            &format!("-{}", long("1")),
            "-170141183460469231731687303715884105729",
            "-1",
            "0",
            "170141183460469231731687303715884105727",
            "170141183460469231731687303715884105728",
            &long("1"),
            &long("2"),
        ]
        .map(integer);
        let expected = sorted.clone();
        sorted.reverse();
        sorted.sort();
        assert_eq!(sorted, expected);
        assert!(expected.windows(2).all(|pair| pair[0] != pair[1]));
        assert!(expected.map(|it| it.to_f64()).is_sorted());
    }

    #[test]
    fn sums_do_not_wrap() {
        let most = integer("170141183460469231731687303715884105727");
        let twice = &most + &most;
        assert_eq!(twice.to_string(), "340282366920938463463374607431768211454");
        let sum = &integer(&long("1")) + &integer(&format!("-{}", long("3")));
        assert_eq!(sum, Integer::from(-2));
    }

    #[test]
    fn other_texts_and_json_values_are_rejected() {
        for text in [
            "",
            "-",
            "+-1",
            "1_0",
            "1.0",
            "ä",
            &format!("{}_1", long("1")),
        ] {
            assert_eq!(
                text.parse::<Integer>(),
                Err(ParseIntegerError::Invalid),
                "{text}"
            );
        }
        for json in ["1.0", "null", "\"1\"", "[1]", "true"] {
            let error = serde_json::from_str::<Integer>(json).unwrap_err();
            assert!(
                error.to_string().starts_with("expected an integer"),
                "{error}"
            );
        }
    }

    #[test]
    fn the_number_of_digits_is_bounded() {
        let longest = "9".repeat(Integer::MAX_DIGITS);
        assert_eq!(integer(&longest).to_string(), longest);
        for digits in [Integer::MAX_DIGITS + 1, 1_000_000] {
            let error = "9".repeat(digits).parse::<Integer>().unwrap_err();
            assert_eq!(error, ParseIntegerError::TooLong(digits));
        }
        let error = serde_json::from_str::<Integer>(&(longest + "9")).unwrap_err();
        let expected = "the integer has 100001 digits; at most 100000 can be read";
        assert!(error.to_string().starts_with(expected), "{error}");
    }

    #[test]
    fn a_value_is_no_larger_than_its_largest_variant() {
        assert_eq!(size_of::<Integer>(), 32);
        assert_eq!(size_of::<Value>(), 32);
        assert_eq!(size_of::<Option<Value>>(), 32);
    }
}
