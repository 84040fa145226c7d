//! Strategies, which draw the arguments of operations.

use std::ops::{Range, RangeInclusive};

use fastrand::Rng;

use crate::Options;

/// A generator's random numbers, and its counter of unique values.
///
/// ```
/// use mael_sim::declared::{Draws, Source};
///
/// let mut draws = Draws::default();
/// let mut random = fastrand::Rng::with_seed(7);
/// let mut source = Source::new(&mut random, &mut draws);
/// assert!((1..=5).contains(&source.draw(&(1..=5))));
/// assert_eq!([source.unique(), source.unique()], [0, 1]);
/// ```
pub struct Source<'a> {
    random: &'a mut Rng,
    draws: &'a mut Draws,
}

/// The state of a generator between draws, and the options of the test.
#[derive(Clone, Debug, Default)]
pub struct Draws {
    next: u64,
    options: Options,
}

impl Draws {
    /// Returns the state of a generator that has not drawn anything.
    pub fn new(options: &Options) -> Self {
        Self {
            next: 0,
            options: options.clone(),
        }
    }
}

impl<'a> Source<'a> {
    /// Returns a source with this random number generator. Its unique values continue those of
    /// `draws`.
    pub fn new(random: &'a mut Rng, draws: &'a mut Draws) -> Self {
        Self { random, draws }
    }

    /// Draws a value.
    pub fn draw<T>(&mut self, strategy: &impl Strategy<T>) -> T {
        strategy.draw(self)
    }

    /// Returns a number that this generator has not returned before: 0, 1, 2, and so on.
    pub fn unique(&mut self) -> u64 {
        let next = self.draws.next;
        self.draws.next += 1;
        next
    }

    /// Returns one of these names, in proportion to their weights. Draws nothing if there is only
    /// one.
    ///
    /// # Panics
    /// Panics if all weights are 0.
    pub fn weighted<'n>(
        &mut self,
        weights: impl Iterator<Item = (&'n str, u32)> + Clone,
    ) -> &'n str {
        let total: u64 = weights.clone().map(|(_, weight)| u64::from(weight)).sum();
        assert!(total > 0, "all weights are 0, so no operation can be drawn");
        let mut possible = weights.clone().filter(|(_, weight)| *weight > 0);
        if let (Some((only, _)), None) = (possible.next(), possible.next()) {
            return only;
        }
        // The sum of 32-bit weights is so small that all remainders are equally likely.
        let mut drawn = self.random.u64(..) % total;
        for (name, weight) in weights {
            match drawn.checked_sub(u64::from(weight)) {
                Some(rest) => drawn = rest,
                None => return name,
            }
        }
        unreachable!("a number below the sum of the weights is within one of them")
    }

    /// Returns the options of the test.
    pub fn options(&self) -> &Options {
        &self.draws.options
    }

    /// Returns the random number generator.
    pub fn random(&mut self) -> &mut Rng {
        self.random
    }
}

/// Draws values of type `T`: the argument of `#[draw(...)]`.
///
/// These are strategies:
///
/// - a range of integers, such as `0..5` or `1..=5`, drawn uniformly;
/// - an array, such as `[1, 10, 100]` or `["a", "b"]`, of which one element is drawn;
/// - [`Unique`], written as `unique`: a value that the generator has not drawn before;
/// - [`option`] and [`list`] of another strategy;
/// - a function or closure that takes a `&mut Source` and returns a value.
///
/// ```
/// use mael_sim::declared::{Draws, Source, Strategy, Unique, list};
///
/// fn even(source: &mut Source<'_>) -> u64 {
///     2 * source.draw(&(0..50))
/// }
///
/// let (mut draws, mut random) = (Draws::default(), fastrand::Rng::with_seed(1));
/// let mut source = Source::new(&mut random, &mut draws);
/// assert!(source.draw(&even) % 2 == 0);
/// let text: String = source.draw(&["a", "b"]);
/// assert!(text == "a" || text == "b");
/// let many: Vec<i64> = source.draw(&list(Unique, 2..=2));
/// assert_eq!(many, [0, 1]);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not draw values of type `{T}`",
    label = "not a strategy for `{T}`",
    note = "write a range such as `0..5`, an array of values, `unique`, or a function that takes \
            `&mut Source<'_>` and returns `{T}`"
)]
pub trait Strategy<T> {
    /// Draws a value.
    fn draw(&self, source: &mut Source<'_>) -> T;
}

impl<T, F: Fn(&mut Source<'_>) -> T> Strategy<T> for F {
    fn draw(&self, source: &mut Source<'_>) -> T {
        self(source)
    }
}

impl<T: Clone, const N: usize> Strategy<T> for [T; N] {
    fn draw(&self, source: &mut Source<'_>) -> T {
        self[source.random.usize(..N)].clone()
    }
}

impl<const N: usize> Strategy<String> for [&str; N] {
    fn draw(&self, source: &mut Source<'_>) -> String {
        self[source.random.usize(..N)].to_owned()
    }
}

/// An integer type whose ranges are strategies.
pub trait Uniform: Copy {
    /// Draws an integer from `start` to `end`, inclusive.
    fn between(random: &mut Rng, start: Self, end: Self) -> Self;

    /// Returns the integer before this one.
    fn before(self) -> Self;
}

macro_rules! uniform {
    ($($integer:ident),*) => {$(
        impl Uniform for $integer {
            fn between(random: &mut Rng, start: Self, end: Self) -> Self {
                random.$integer(start..=end)
            }

            fn before(self) -> Self {
                self.checked_sub(1).expect("can't draw from an empty range")
            }
        }
    )*};
}

uniform!(
    i8, i16, i32, i64, i128, isize, u8, u16, u32, u64, u128, usize
);

impl<T: Uniform> Strategy<T> for Range<T> {
    /// # Panics
    /// Panics if the range is empty.
    fn draw(&self, source: &mut Source<'_>) -> T {
        T::between(source.random, self.start, self.end.before())
    }
}

impl<T: Uniform> Strategy<T> for RangeInclusive<T> {
    /// # Panics
    /// Panics if the range is empty.
    fn draw(&self, source: &mut Source<'_>) -> T {
        T::between(source.random, *self.start(), *self.end())
    }
}

/// Draws a value that the generator has not drawn before: `#[draw(unique)]`.
#[derive(Clone, Copy, Debug)]
pub struct Unique;

macro_rules! unique {
    ($($integer:ident),*) => {$(
        impl Strategy<$integer> for Unique {
            fn draw(&self, source: &mut Source<'_>) -> $integer {
                $integer::try_from(source.unique()).unwrap_or_else(|_| {
                    panic!("{} has no further unique values: use a wider type", stringify!($integer))
                })
            }
        }
    )*};
}

unique!(
    i8, i16, i32, i64, i128, isize, u8, u16, u32, u64, u128, usize
);

impl Strategy<String> for Unique {
    fn draw(&self, source: &mut Source<'_>) -> String {
        format!("v{}", source.unique())
    }
}

/// Returns a strategy that draws `None` with probability 1/2, and otherwise draws from `some`.
pub fn option<T>(some: impl Strategy<T>) -> impl Strategy<Option<T>> {
    move |source: &mut Source<'_>| source.random.bool().then(|| source.draw(&some))
}

/// Returns a strategy that draws lists of elements, with a length drawn from `length`.
pub fn list<T>(element: impl Strategy<T>, length: impl Strategy<usize>) -> impl Strategy<Vec<T>> {
    move |source: &mut Source<'_>| {
        let length = source.draw(&length);
        (0..length).map(|_| source.draw(&element)).collect()
    }
}
