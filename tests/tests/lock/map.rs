//! Compares the map under a lock with the expected contents, in virtual time.

use mael::lock::{Entries, Map};
use mael::prelude::*;
use mael_sim::simulation::secs;
use mael_sim::{Fault, simulate, workloads};

/// The number of keys, a prime.
const KEYS: u64 = 2_003;

/// The number of pairs that each request inserts.
const EACH: u64 = 40;

/// A map whose insertions are a function of their number.
#[mael::message]
#[derive(Clone, Default)]
struct Numbered {
    count: u64,
    map: Map<u64, u64>,
}

/// The key of an insertion. Visits all keys in a scrambled order.
fn key(number: u64) -> u64 {
    number * 991 % KEYS
}

impl Numbered {
    /// The expected contents: for each key the number of the last insertion.
    fn expected(&self) -> BTreeMap<u64, u64> {
        (0..self.count)
            .map(|number| (key(number), number))
            .collect()
    }

    /// Compares random keys and ranges.
    async fn check(&self, entries: &impl AsRef<Entries>) -> mael::Result<()> {
        let expected = self.expected();
        for _ in 0..10 {
            let from = mael::random::range(0..KEYS + 10);
            let found = self.map.get(entries, &from).await?;
            assert_eq!(found.as_ref(), expected.get(&from), "key {from}");
            let limit = mael::random::range(0..200) as usize;
            let range = self.map.range(entries, &from, limit).await?;
            let pairs = expected.range(from..).map(|(key, value)| (*key, *value));
            assert_eq!(range, pairs.take(limit).collect::<Vec<_>>(), "from {from}");
        }
        Ok(())
    }
}

#[node]
struct Mapped {
    map: Lock<Numbered>,
}

#[handlers]
impl Mapped {
    #[handler(reply = "echo")]
    async fn echo(&self, echo: String) -> mael::Result<String> {
        self.map.peek().await?.check(&self.map).await?;
        let insert = async |numbered: &mut Numbered, tx: &mael::lock::Transaction| {
            numbered.check(tx).await?;
            for number in numbered.count..numbered.count + EACH {
                numbered.map.insert(tx, key(number), number).await?;
            }
            numbered.count += EACH;
            numbered.check(tx).await
        };
        self.map.update(insert).await?;
        Ok(echo)
    }
}

#[test]
fn a_map_holds_what_was_inserted_last() {
    let simulation = simulate::<Mapped>(workloads::Echo).nodes(2).rate(12.0);
    let simulation = simulation.time_limit(secs(5)).availability(1.0);
    simulation.seeds(0..2).check();
}

#[test]
fn a_restarted_node_reads_the_whole_map() {
    let simulation = simulate::<Mapped>(workloads::Echo).nodes(3).rate(12.0);
    let simulation = simulation.time_limit(secs(5)).nemesis([Fault::Kill]);
    for run in simulation.nemesis_interval(secs(1)).seeds(0..2).run() {
        let completions = run.record.history.completions();
        let errors = completions.filter_map(|operation| operation.error.as_ref());
        let crash = errors
            .map(ToString::to_string)
            .find(|error| error.contains("crash"));
        assert_eq!((crash, run.passed()), (None, true));
    }
}

/// The value is sent with each change of the lock, so it must not grow with the map.
#[test]
fn the_value_of_the_lock_stays_small() {
    let simulation = simulate::<Mapped>(workloads::Echo)
        .rate(12.0)
        .time_limit(secs(5));
    let run = simulation.nodes(1).journal().run_seed(0);
    let journal = std::str::from_utf8(&run.journal).expect("the journal is text");
    let swaps = journal
        .lines()
        .filter(|line| line.contains(r#""type":"cas""#));
    let longest = swaps.map(str::len).max();
    assert!(run.passed() && longest < Some(4_000), "{longest:?}");
}
