//! The Gossip Glomers challenges, each a compact module that declares its algorithm.
//!
//! | module | system | binary |
//! |---|---|---|
//! | [`echo`] | echo | `echo` |
//! | [`unique_ids`] | unique ids | `unique-ids` |

pub mod echo;
pub mod unique_ids;

pub use echo::Echo;
pub use unique_ids::UniqueIds;
