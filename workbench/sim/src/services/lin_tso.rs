//! `lin-tso`: timestamps 0, 1, 2, and so on, each of which is returned once.
//!
//! A later request gets a larger timestamp. Source: page "Services", section 6.

use fastrand::Rng;
use mael::NodeId;
use mael_history::Value;

use super::{Reply, Request, Service};

/// The linearizable timestamp oracle.
#[derive(Debug, Default)]
pub struct LinTso {
    next: u64,
}

impl Service for LinTso {
    fn handle(&mut self, _: &NodeId, request: &Request, _: &mut Rng) -> Option<Reply> {
        let Request::Timestamp = request else {
            return None;
        };
        let reply = Reply::Timestamp(self.next);
        self.next += 1;
        Some(reply)
    }

    fn newest(&self, _: &Value) -> Option<&Value> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Caller, read};
    use super::*;

    #[test]
    fn timestamps_count_up_from_zero_for_all_callers() {
        let mut tso = Caller::of(LinTso::default());
        for (caller, timestamp) in [("n0", 0), ("n1", 1), ("n0", 2)] {
            assert_eq!(
                tso.ask(caller, &Request::Timestamp),
                Reply::Timestamp(timestamp)
            );
        }
    }

    #[test]
    fn key_requests_are_unknown() {
        let mut random = Rng::with_seed(0);
        let reply = LinTso::default().handle(&"n0".into(), &read("x"), &mut random);
        assert_eq!(reply, None);
    }
}
