//! Draws the start delays of nodes.
//!
//! Maelstrom starts all nodes in parallel, each on its own thread, and yet they come up one after
//! the other. A node's timers count from its start, so timers of different nodes that fire together
//! when all nodes start at the same time do not do so otherwise.

use std::cell::Cell;
use std::rc::Rc;

use mael::NodeId;
use mael::time::Duration;

use crate::Options;

/// The maximum spread that is drawn from a seed, in milliseconds.
const LONGEST_DRAWN: u64 = 500;

/// Draws the spread from the seed of a test, in milliseconds. Returns `None` if there is only one
/// node.
pub(crate) fn drawn(options: &Options) -> Option<u64> {
    let several = options.nodes.len() > 1;
    several.then(|| options.random("start spread").u64(0..=LONGEST_DRAWN))
}

/// Draws the start delays of nodes.
pub(super) struct Starts {
    options: Rc<Options>,
    /// How many times nodes were started, so that the draws differ each time.
    times: Cell<u64>,
}

impl Starts {
    pub(super) fn new(options: &Rc<Options>) -> Self {
        Self {
            options: Rc::clone(options),
            times: Cell::default(),
        }
    }

    /// Returns the start delay of each of these nodes, which are started together: uniform up to
    /// [`Options::start_spread`]. A single node starts immediately.
    pub(super) fn delays(&self, ids: &[NodeId]) -> Vec<Duration> {
        let time = self.times.replace(self.times.get() + 1);
        let spread = Duration::from_millis(self.options.start_spread.unwrap_or_default());
        if ids.len() == 1 || spread.is_zero() {
            return vec![Duration::ZERO; ids.len()];
        }
        // Each node is drawn independently, so that leaving out a node does not change the delays
        // of others.
        let delay = |id: &NodeId| {
            let mut random = self.options.random(&format!("start {time} of {id}"));
            spread.mul_f64(random.f64())
        };
        ids.iter().map(delay).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(names: &[&str]) -> Vec<NodeId> {
        names.iter().map(|name| NodeId::from(*name)).collect()
    }

    fn starts(spread: Option<u64>) -> Starts {
        Starts::new(&Rc::new(Options {
            start_spread: spread,
            ..Options::default()
        }))
    }

    #[test]
    fn delays_are_uniform_up_to_the_spread() {
        let starts = starts(Some(500));
        let nodes = ids(&["n0", "n1", "n2", "n3"]);
        let mut delays: Vec<u128> = (0..1000)
            .flat_map(|_| starts.delays(&nodes))
            .map(|delay| delay.as_millis())
            .collect();
        delays.sort_unstable();
        assert!(delays[0] < 5 && (495..500).contains(&delays[3999]));
        assert!((235..265).contains(&delays[2000]), "{}", delays[2000]);
    }

    #[test]
    fn leaving_out_a_node_does_not_change_the_delays_of_others() {
        let all = starts(Some(100)).delays(&ids(&["n0", "n1", "n2"]));
        let some = starts(Some(100)).delays(&ids(&["n0", "n2"]));
        assert_eq!(some, [all[0], all[2]]);
    }

    #[test]
    fn without_a_spread_or_other_nodes_a_node_starts_immediately() {
        assert_eq!(starts(Some(100)).delays(&ids(&["n7"])), [Duration::ZERO]);
        for spread in [None, Some(0)] {
            let delays = starts(spread).delays(&ids(&["n0", "n1"]));
            assert_eq!(delays, [Duration::ZERO; 2]);
        }
    }
}
