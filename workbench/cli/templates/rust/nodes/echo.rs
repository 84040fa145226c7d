//! A node that replies with the text of each request.

use mael::prelude::*;

/// A node without state.
#[node]
pub struct Node;

#[handlers]
impl Node {
    /// Returns the text.
    #[handler(type = "echo", reply = "echo")]
    fn echo(&self, echo: String) -> String {
        echo
    }
}

#[cfg(test)]
mod tests {
    use mael_sim::simulation::secs;
    use mael_sim::{Fault, simulate, workloads};

    use super::Node;

    #[test]
    fn every_reply_has_the_text_of_its_request() {
        simulate::<Node>(workloads::Echo)
            .nodes(3)
            .rate(20.0)
            .time_limit(secs(5))
            .nemesis([Fault::Pause])
            .seeds(0..10)
            .check();
    }
}
