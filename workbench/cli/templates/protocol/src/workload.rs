//! The workload: what clients request, and which replies are right.

use mael::prelude::*;
use mael_sim::specification;

/// Seats on a single machine. The distributed node must give the same replies.
#[node]
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seats {
    guests: RefCell<BTreeMap<u64, u64>>,
}

/// Guests reserve seats. A seat has at most one guest.
#[specification]
#[handlers]
impl Seats {
    /// Reserves a seat. Error 22 if it is taken.
    #[handler(type = "reserve")]
    fn reserve(
        &self,
        #[key]
        #[draw(0..5)]
        seat: u64,
        #[draw(unique)] guest: u64,
    ) -> mael::Result<()> {
        if self.guests.borrow().contains_key(&seat) {
            return Err(Error::precondition_failed("the seat is taken"));
        }
        self.guests.borrow_mut().insert(seat, guest);
        Ok(())
    }

    /// Makes a seat free.
    #[handler(type = "cancel", overwrites)]
    fn cancel(
        &self,
        #[key]
        #[draw(0..5)]
        seat: u64,
    ) {
        self.guests.borrow_mut().remove(&seat);
    }

    /// Requests the guest of a seat, or null if it is free.
    #[handler(type = "guest", reply = "guest", read_only)]
    fn guest(
        &self,
        #[key]
        #[draw(0..5)]
        seat: u64,
    ) -> Option<u64> {
        self.guests.borrow().get(&seat).copied()
    }
}
