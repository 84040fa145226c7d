//! Fuzzes every reader and every checker with random input: they may return errors, but must not
//! panic, and memory stays bounded. A few cases run with the other tests; the long run is
//!
//! ```sh
//! cargo test --release -p mael-tests --test fuzz -- --ignored --nocapture
//! cargo test --release -p mael-sim --lib a_million_random_flags -- --ignored
//! ```
//!
//! `MAEL_FUZZ_CASES` sets the number of cases for each reader, by default a million, and
//! `MAEL_FUZZ_SEED` the seed.

mod histories;
mod mutations;
mod readers;

use std::fs;

/// Reads a number from an environment variable.
fn setting(name: &str, default: u64) -> u64 {
    let value = std::env::var(name).ok();
    value.map_or(default, |text| text.parse().expect("a number"))
}

/// Asserts that the peak memory of this process is below one gigabyte.
fn assert_memory_was_bounded() {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak = peak.and_then(|peak| peak.trim().strip_suffix(" kB"));
    if let Some(peak) = peak {
        let kilobytes: u64 = peak.parse().expect("a number");
        println!("peak memory: {} MB", kilobytes / 1024);
        assert!(kilobytes < 1024 * 1024, "{kilobytes} kB");
    }
}
