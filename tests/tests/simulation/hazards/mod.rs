//! What `mael::guide::simulation` says to avoid: what happens, and what a failing test then
//! reports.

/// A node that answers `echo` in its own way, and may tell the other node something, so that the
/// journal shows it.
macro_rules! node {
    ($Name:ident, $($echo:tt)*) => {
        #[node]
        pub(crate) struct $Name {
            peers: Peers<$Name>,
            flags: Flags<$crate::hazards::Options>,
            heard: RefCell<std::collections::HashSet<String>>,
        }

        #[handlers]
        impl $Name {
            $($echo)*

            #[handler(oneway)]
            fn hear(&self, text: String) {
                self.heard.borrow_mut().insert(text);
            }
        }

        #[allow(dead_code, reason = "not every node does both")]
        impl $Name {
            fn tell(&self, text: impl ToString) {
                for peer in &self.peers {
                    peer.hear(text.to_string()).send();
                }
            }

            /// The text, unless the node is to fail.
            fn answer(&self, echo: String) -> String {
                match self.flags.fails {
                    true => "something else".to_owned(),
                    false => echo,
                }
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
    /// Answer each echo with another text.
    #[arg(long)]
    fails: bool,
}

fn simulation<N: Handlers>() -> Simulation<N> {
    let simulation = simulate::<N>(workloads::Echo);
    simulation.nodes(2).rate(10.0).time_limit(secs(3))
}
