//! The options of checks of recorded histories.

use mael_sim::options::Fields;

/// The flags that `mael check` and `mael analyze` share.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CheckFlags;

impl Fields for CheckFlags {
    fn include(flag: &str) -> bool {
        [
            "consistency-models",
            "wfr-keys",
            "sequential-keys",
            "linearizable-keys",
            "sub-via",
            "strict",
            "checker-memory",
        ]
        .contains(&flag)
    }
}
