//! The registry of planted bugs, which measure how well checkers and simulations find bugs.
//!
//! A bug is planted in one of two ways. It is an option of a reference node, so every build
//! contains it: `cargo sim reference-lin-kv -- --bug cas-not-atomic` ([`nodes`]). Or a patch in
//! `tests/planted/` adds it to the sources of the runtime or of a challenge, which requires a
//! separate build ([`patches`]). For each bug the registry lists the simulation that finds it, with
//! its faults, the anomaly reported by the first failing run, and the number of seeds it took.
//! Changes to the search are compared with these numbers.
//!
//! ```sh
//! cargo test --release -p mael-tests --test checkers planted:: -- --ignored --nocapture
//! ```
//!
//! searches for all of them and prints the recorded and the current number of seeds. It takes half
//! an hour, mostly to build the patched sources; `MAEL_PLANTED=raft,log` selects the patches whose
//! names start with one of these prefixes. It fails if a bug is not found within 1,000 seeds, and
//! lists the patches that no longer apply to the sources. No other test reads the patches, so a
//! change to the sources does not have to update them.
//!
//! Small bugs, such as a wrong comparison or a missing call, are not planted: `cargo mutants`
//! generates them everywhere, and `tests/MUTANTS.md` lists its results.

pub mod nodes;
pub mod patches;
