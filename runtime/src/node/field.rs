//! Metadata of a node's fields.

use std::time::Duration;

/// Metadata of a node's field, passed to [`FromInit`](crate::FromInit).
///
/// ```
/// use mael::Field;
/// use mael::time::Duration;
///
/// // The metadata of the field `#[key("log")] #[lease(ms = 500)] entries: ...`
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
    /// Metadata of the field with this name, which is the index in a tuple struct.
    pub const fn new(name: &'static str) -> Self {
        Self {
            name,
            key: None,
            lease: None,
        }
    }

    /// Sets the key, as `#[key("...")]` does.
    #[must_use]
    pub const fn with_key(mut self, key: &'static str) -> Self {
        self.key = Some(key);
        self
    }

    /// Sets the lease, as `#[lease(...)]` does.
    #[must_use]
    pub const fn with_lease(mut self, lease: Duration) -> Self {
        self.lease = Some(lease);
        self
    }

    /// Returns the name under which the field's value is stored: its key, or else its name.
    pub fn key(&self) -> &'static str {
        self.key.unwrap_or(self.name)
    }

    /// Returns the lease, if it is set.
    pub fn lease(&self) -> Option<Duration> {
        self.lease
    }
}
