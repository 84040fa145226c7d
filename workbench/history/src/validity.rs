//! Validity: true, false or unknown.

use crate::Value;

/// Whether a history is valid. `max` of several is the worst.
///
/// ```
/// use mael_history::Validity;
///
/// assert_eq!(Validity::Unknown.max(Validity::True), Validity::Unknown);
/// assert_eq!(Validity::Unknown.max(Validity::False), Validity::False);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Validity {
    /// Valid.
    #[default]
    True,
    /// Neither can be shown.
    Unknown,
    /// Invalid.
    False,
}

impl From<bool> for Validity {
    fn from(valid: bool) -> Self {
        if valid { Self::True } else { Self::False }
    }
}

impl From<Validity> for Value {
    fn from(valid: Validity) -> Self {
        match valid {
            Validity::True => Self::Bool(true),
            Validity::Unknown => Self::keyword("unknown"),
            Validity::False => Self::Bool(false),
        }
    }
}
