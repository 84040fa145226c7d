//! Random durations.

use std::ops::Range;

use fastrand::Rng;
use mael::time::Duration;

/// Draws a duration uniformly from a range.
pub(in crate::engine) fn draw_within(range: &Range<Duration>, random: &mut Rng) -> Duration {
    let nanos = |bound: Duration| u64::try_from(bound.as_nanos()).unwrap_or(u64::MAX);
    Duration::from_nanos(random.u64(nanos(range.start)..nanos(range.end)))
}
