//! The vertical axis of a Lamport diagram, on which time does not pass evenly: events that are
//! close in time must not overlap, and long times without an event must not make a diagram long.

/// The pixels between two events at the typical distance in time.
const TYPICAL: f64 = 11.0;

/// The minimum and the maximum number of pixels between two events at different times. With few
/// events, each has space for a label.
const NEAREST: f64 = 7.0;
const NEAREST_OF_FEW: f64 = 13.0;
const FARTHEST: f64 = 44.0;

/// The maximum number of few events.
const FEW: usize = 200;

/// The number of pixels between two events at the same time.
const SAME: f64 = 3.0;

/// The minimum number of pixels between two labels.
const LABELS: f64 = 30.0;

/// The distance at which events are interrupted by a heading, and the pixels that it takes.
const HEADINGS: f64 = 800.0;
const HEADING: f64 = 40.0;

/// A monotone mapping from seconds to pixels.
pub(super) struct TimeAxis {
    /// The times of events and their positions, in ascending order.
    points: Vec<(f64, f64)>,
    /// The positions of the headings between events.
    headings: Vec<f64>,
}

impl TimeAxis {
    /// Creates an axis that starts at `top` and has a point for each of these times.
    pub(super) fn new(mut times: Vec<f64>, top: f64) -> Self {
        times.sort_by(f64::total_cmp);
        let distances = times.windows(2).map(|pair| pair[1] - pair[0]);
        let mut distances: Vec<f64> = distances.filter(|distance| *distance > 0.0).collect();
        distances.sort_by(f64::total_cmp);
        let typical = distances.get(distances.len() / 2).copied().unwrap_or(1.0);
        let nearest = if times.len() > FEW {
            NEAREST
        } else {
            NEAREST_OF_FEW
        };
        let mut points = Vec::<(f64, f64)>::with_capacity(times.len());
        let mut headings = Vec::new();
        let mut next_heading = top + HEADINGS;
        for time in times {
            let mut y = match points.last() {
                None => top,
                Some((before, y)) if time > *before => {
                    let distance = (time - before) / typical * TYPICAL;
                    y + distance.clamp(nearest, FARTHEST)
                }
                Some((_, y)) => y + SAME,
            };
            if y >= next_heading {
                headings.push(y + HEADING / 2.0);
                y += HEADING;
                next_heading = y + HEADINGS;
            }
            points.push((time, y));
        }
        Self { points, headings }
    }

    /// Returns the position of a time: of the first event at it, or between two events. Times
    /// before the first and after the last event have their positions.
    pub(super) fn y(&self, time: f64) -> f64 {
        let after = self.points.partition_point(|(it, _)| *it < time);
        let point = |number: usize| self.points.get(number).copied();
        match (after.checked_sub(1).and_then(point), point(after)) {
            (Some((begin, low)), Some((end, high))) => {
                low + (time - begin) / (end - begin) * (high - low)
            }
            (Some((_, y)), None) | (None, Some((_, y))) => y,
            (None, None) => 0.0,
        }
    }

    /// Returns the times to label and their positions.
    pub(super) fn labels(&self) -> Vec<(f64, f64)> {
        let mut labels = Vec::<(f64, f64)>::new();
        for (time, y) in &self.points {
            if labels.last().is_none_or(|(_, last)| y - last >= LABELS) {
                labels.push((*time, *y));
            }
        }
        labels
    }

    /// Returns the positions of the headings between events.
    pub(super) fn headings(&self) -> &[f64] {
        &self.headings
    }

    /// Returns the first and the last time.
    pub(super) fn range(&self) -> [f64; 2] {
        let time = |point: Option<&(f64, f64)>| point.map_or(0.0, |(time, _)| *time);
        [time(self.points.first()), time(self.points.last())]
    }

    /// Returns the position of the last event.
    pub(super) fn bottom(&self) -> f64 {
        self.points.last().map_or(0.0, |(_, y)| *y)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_ascend_with_time_and_distances_are_bounded() {
        let axis = TimeAxis::new(vec![0.0, 0.001, 0.001, 0.002, 0.003, 9.0], 10.0);
        let ys: Vec<f64> = axis.points.iter().map(|(_, y)| *y).collect();
        assert!(ys.is_sorted());
        assert_eq!(ys[0], 10.0);
        assert_eq!(ys[5] - ys[4], FARTHEST);
        assert_eq!(axis.y(0.001), ys[1]);
        assert_eq!(axis.y(-1.0), ys[0]);
        assert_eq!(axis.y(10.0), ys[5]);
        assert_eq!(axis.range(), [0.0, 9.0]);
    }
}
