//! What is known of a node's field as it is filled in.

use std::time::Duration;

/// A field of a node, as the one who fills it in sees it.
///
/// ```
/// use mael::Field;
/// use mael::time::Duration;
///
/// // What a `FromInit` is given for `#[key("log")] #[lease(ms = 500)] entries: ...`
/// let field = Field::new("entries").with_key("log").with_lease(Duration::from_millis(500));
/// assert_eq!((field.key(), field.lease()), ("log", Some(Duration::from_millis(500))));
/// assert_eq!(Field::new("entries").key(), "entries");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    name: &'static str,
    key: Option<&'static str>,
    lease: Option<Duration>,
}

impl Field {
    /// The field of this name; the index in a tuple struct.
    pub const fn new(name: &'static str) -> Self {
        Self {
            name,
            key: None,
            lease: None,
        }
    }

    /// With the key of its `#[key("...")]`.
    #[must_use]
    pub const fn with_key(mut self, key: &'static str) -> Self {
        self.key = Some(key);
        self
    }

    /// With the lease of its `#[lease(...)]`.
    #[must_use]
    pub const fn with_lease(mut self, lease: Duration) -> Self {
        self.lease = Some(lease);
        self
    }

    /// The name under which the field's value is kept in a store: its key, or else its name.
    pub fn key(&self) -> &'static str {
        self.key.unwrap_or(self.name)
    }

    /// The lease that was set for it.
    pub fn lease(&self) -> Option<Duration> {
        self.lease
    }
}
