//! The registry of planted bugs: what a checker and a simulation are measured by.
//!
//! A bug is planted in one of two ways. A reference node has it as an option, so that it is in each
//! build: `cargo sim reference-lin-kv -- --bug compares-first` ([`nodes`]). Or a patch in
//! `tests/planted/` puts it into the sources of the runtime or of a challenge, where it takes a build
//! of its own ([`patches`]). Either way the registry has the simulation that finds it, with its
//! faults, the anomaly that the first failing run shows, and how many seeds it took: a change to how
//! runs are searched is compared with these numbers.
//!
//! ```sh
//! cargo test --release -p mael-tests --test checkers planted:: -- --ignored --nocapture
//! ```
//!
//! searches for all of them, and prints the seeds it took before and now. It takes half an hour, most
//! of it to build the patched sources; `MAEL_PLANTED=raft,log` searches only for the patches whose
//! names begin with one of these. It fails if a bug is not found within 1,000 seeds, and lists the
//! patches that no longer apply to the sources. Other tests do not read the patches, so that a
//! change to the sources never has to change a bug.
//!
//! Small bugs, such as a wrong comparison or a missing call, are not planted: `cargo mutants` makes
//! them, in all places, and `tests/MUTANTS.md` has what it found.

pub mod nodes;
pub mod patches;
