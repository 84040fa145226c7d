//! Tests the hazards that the guide describes in its page on simulation: their effects, and the
//! reports of failing tests.

/// Declares a node with its own `echo` handler, which can send texts to its peers, so that the
/// journal contains them.
macro_rules! node {
    ($Name:ident, $($echo:tt)*) => {
        #[node]
        pub(crate) struct $Name {
            peers: Peers<$Name>,
            flags: Flags<$crate::hazards::Options>,
            received: RefCell<std::collections::HashSet<String>>,
        }

        #[handlers]
        impl $Name {
            $($echo)*

            #[handler(oneway)]
            fn receive(&self, text: String) {
                self.received.borrow_mut().insert(text);
            }
        }

        #[allow(dead_code, reason = "not every node uses both")]
        impl $Name {
            fn send_to_peers(&self, text: impl ToString) {
                for peer in &self.peers {
                    peer.receive(text.to_string()).send();
                }
            }

            /// Returns the text, or another one if the flag `fails` is set.
            fn answer(&self, echo: String) -> String {
                if self.flags.fails { "something else".to_owned() } else { echo }
            }
        }
    };
}

mod divergence;
mod logs;
mod nodes;
mod outcomes;
mod panics;
mod standstill;

use mael::clap;
use mael::node::Handlers;
use mael_sim::simulation::{Simulation, secs};
use mael_sim::{simulate, workloads};

/// The flags of the nodes.
#[derive(clap::Parser)]
struct Options {
    /// Reply to each echo with another text
    #[arg(long)]
    fails: bool,
}

fn simulation<N: Handlers>() -> Simulation<N> {
    let simulation = simulate::<N>(workloads::Echo);
    simulation.nodes(2).rate(10.0).time_limit(secs(3))
}
