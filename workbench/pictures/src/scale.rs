//! Scales of axes, from values to pixels, and their ticks.

/// A scale from values to pixels.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scale {
    kind: Kind,
    /// The first and the last value.
    values: [f64; 2],
    /// The pixels of these values.
    pixels: [f64; 2],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Linear,
    Logarithmic,
}

impl Scale {
    /// Creates a linear scale.
    pub(crate) fn linear(values: [f64; 2], pixels: [f64; 2]) -> Self {
        Self {
            kind: Kind::Linear,
            values,
            pixels,
        }
    }

    /// Creates a logarithmic scale of whole decades around these positive values.
    pub(crate) fn logarithmic([low, high]: [f64; 2], pixels: [f64; 2]) -> Self {
        let low = low.log10().floor();
        let high = high.log10().ceil().max(low + 1.0);
        Self {
            kind: Kind::Logarithmic,
            values: [low, high].map(|power| 10f64.powf(power)),
            pixels,
        }
    }

    /// Returns the pixel of a value.
    pub(crate) fn at(&self, value: f64) -> f64 {
        let [from, to] = self.values;
        let part = match self.kind {
            Kind::Linear => (value - from) / (to - from),
            Kind::Logarithmic => (value / from).log10() / (to / from).log10(),
        };
        let [first, last] = self.pixels;
        first + part * (last - first)
    }

    /// Returns the last value.
    pub(crate) fn end(&self) -> f64 {
        self.values[1]
    }

    /// Returns round values on the scale: about `count` of them, or each decade, with values
    /// between them if there are only one or two.
    pub(crate) fn ticks(&self, count: usize) -> Vec<f64> {
        let [from, to] = self.values;
        if self.kind == Kind::Logarithmic {
            let decades = (to / from).log10().round() as i32;
            let factors: &[f64] = if decades > 2 {
                &[1.0]
            } else {
                &[1.0, 2.0, 5.0]
            };
            let ticks = (0..decades)
                .flat_map(|power| factors.iter().map(move |it| it * from * 10f64.powi(power)));
            return ticks.chain([to]).collect();
        }
        let step = round_step((to - from) / count as f64);
        let first = (from / step).ceil() as i64;
        let last = (to / step).floor() as i64;
        (first..=last).map(|number| number as f64 * step).collect()
    }
}

/// Returns the least of 1, 2 and 5 times a power of ten that is at least as large as this step.
pub(crate) fn round_step(step: f64) -> f64 {
    let power = 10f64.powf(step.log10().floor());
    let factors = [1.0, 2.0, 5.0, 10.0].into_iter();
    let mut steps = factors.map(|factor| factor * power);
    // Rounding must not skip a step that is exact.
    steps.find(|it| *it >= step * 0.999_999).unwrap_or(step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_placed_in_proportion() {
        let seconds = Scale::linear([0.0, 10.0], [100.0, 200.0]);
        assert_eq!(seconds.at(2.5), 125.0);
        let millis = Scale::logarithmic([0.3, 40.0], [300.0, 0.0]);
        assert!((millis.at(0.1) - 300.0).abs() < 1e-9);
        assert!((millis.at(1.0) - 200.0).abs() < 1e-9);
        assert!(millis.at(100.0).abs() < 1e-9);
    }

    #[test]
    fn ticks_are_round() {
        let ticks = Scale::linear([0.0, 9.3], [0.0, 1.0]).ticks(8);
        assert_eq!(ticks, [0.0, 2.0, 4.0, 6.0, 8.0]);
        let ticks = Scale::logarithmic([0.3, 40.0], [0.0, 1.0]).ticks(8);
        assert_eq!(ticks.len(), 4);
        let ticks = Scale::logarithmic([1.0, 10.0], [0.0, 1.0]).ticks(8);
        assert_eq!(ticks, [1.0, 2.0, 5.0, 10.0]);
        assert_eq!(round_step(0.2), 0.2);
        assert_eq!(round_step(0.3), 0.5);
    }
}
