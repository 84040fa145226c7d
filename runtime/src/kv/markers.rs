//! Keys and values with a meaning of their own in requests to services, for the clients that write
//! them and for tools that show recorded messages.

/// The `from` of a compare-and-set that creates a key: a value that is never stored.
pub const ABSENT: &str = "mael: this key does not exist";

/// The start of the key that a node writes to be up to date; the node's name follows.
pub const FRESH: &str = "mael/fresh/";
