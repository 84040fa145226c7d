//! An echo node with faults in its own code that its messages do not show: panics, busy loops,
//! blocking waits and sources of nondeterminism. Its flag `--trouble` selects one.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use mael::clap::{self, ValueEnum};
use mael::prelude::*;
use mael::time::sleep;

/// The node.
#[node]
pub struct Troubled {
    peers: Peers<Troubled>,
    flags: Flags<Options>,
    echoes: Cell<u64>,
}

/// The flags of the node.
#[derive(clap::Parser)]
pub struct Options {
    /// The fault to trigger.
    #[arg(long, value_enum)]
    trouble: Option<Trouble>,
}

/// A fault in the node's own code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Trouble {
    /// The handler panics on every tenth request, each time with a different message.
    Panics,
    /// A task panics after every tenth request.
    TaskPanics,
    /// A timer panics repeatedly.
    TimerPanics,
    /// A thread that the runtime does not manage panics once.
    ThreadPanics,
    /// The handler never returns.
    Spins,
    /// The handler blocks its thread forever.
    Blocks,
    /// It sends the wall-clock time in its messages.
    Dated,
}

#[handlers]
impl Troubled {
    #[handler(reply = "echo")]
    async fn echo(&self, echo: String) -> String {
        let echoes = self.echoes.get() + 1;
        self.echoes.set(echoes);
        match self.flags.trouble {
            Some(Trouble::Panics) if echoes.is_multiple_of(10) => {
                sleep(Duration::from_millis(1)).await;
                panic!("number {echoes}");
            }
            Some(Trouble::TaskPanics) if echoes.is_multiple_of(10) => {
                drop(mael::spawn(async move { panic!("number {echoes}") }));
            }
            Some(Trouble::ThreadPanics) if echoes == 1 => {
                let panics = || panic!("in a thread of the node");
                drop(std::thread::spawn(panics).join());
            }
            Some(Trouble::Spins) => loop {
                std::hint::spin_loop();
            },
            Some(Trouble::Blocks) => loop {
                std::thread::park();
            },
            Some(Trouble::Dated) => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH);
                let since = since.unwrap_or_default();
                for peer in &self.peers {
                    peer.receive(since.as_nanos()).send();
                }
            }
            _ => {}
        }
        echo
    }

    #[handler(oneway)]
    fn receive(&self, time: u128) {
        let _ = time;
    }

    #[every(ms = 100)]
    fn tick(&self) {
        let echoes = self.echoes.get();
        if self.flags.trouble == Some(Trouble::TimerPanics) && echoes > 10 {
            let before = self.echoes.get().checked_sub(u64::MAX);
            self.echoes
                .set(before.expect("the subtraction does not overflow"));
        }
    }
}
