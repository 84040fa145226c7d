//! A node that serves seats, which are in the store lin-kv.

pub mod workload;

use mael::prelude::*;

/// A node that keeps nothing itself, so that it can be killed.
#[node]
pub struct Node {
    kv: LinKv,
}

#[handlers]
impl Node {
    /// Reserves a seat if it is free.
    #[handler(type = "reserve")]
    async fn reserve(&self, seat: u64, guest: u64) -> mael::Result<()> {
        if self.kv.cas_or_create(seat, &None, &Some(guest)).await? {
            return Ok(());
        }
        Err(Error::precondition_failed("the seat is taken"))
    }

    /// Makes a seat free.
    #[handler(type = "cancel")]
    async fn cancel(&self, seat: u64) -> mael::Result<()> {
        self.kv.write(seat, &None::<u64>).await
    }

    /// Returns the guest of a seat, or null if it is free.
    #[handler(type = "guest", reply = "guest")]
    async fn guest(&self, seat: u64) -> mael::Result<Option<u64>> {
        Ok(self.kv.read(seat).await?.flatten())
    }
}

#[cfg(test)]
mod tests {
    use mael_sim::declared::specified_by;
    use mael_sim::simulation::secs;
    use mael_sim::{Fault, simulate};

    use super::Node;
    use super::workload::Seats;

    #[test]
    fn no_seat_is_sold_twice() {
        simulate::<Node>(specified_by::<Seats>())
            .nodes(3)
            .rate(50.0)
            .time_limit(secs(5))
            .nemesis([Fault::Partition, Fault::Kill])
            .seeds(0..10)
            .check();
    }
}
