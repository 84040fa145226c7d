//! How the messages between servers of a recorded run were delivered.

use std::io::{self, BufRead};
use std::time::Duration;

use mael::NodeId;
use mael_history::net::Event;
use mael_history::{History, Process};
use rustc_hash::FxHashMap;
use serde::de::IgnoredAny;

use super::{Cut, Faults, Line, Lines};
use crate::Options;
use crate::engine::{RecordedDeliveries, delay_bounds};

/// How late real time may deliver a message.
const LATE: Duration = Duration::from_millis(50);

/// Reads how the messages between servers were delivered from the journal of a run: after which
/// delays, or not at all. A message that a partition or the end of the run has stopped is left out.
///
/// # Errors
/// Returns an error if the journal can't be read.
pub fn deliveries(
    options: &Options,
    origin: Duration,
    history: &History,
    journal: impl BufRead,
) -> io::Result<RecordedDeliveries> {
    let mut faults = Faults::default();
    for entry in history.0.iter().filter(|it| it.process == Process::Nemesis) {
        faults.apply(origin.as_nanos() as u64 + entry.time, entry);
    }
    let [least, most] = delay_bounds(options);
    let bounds = [least, most.saturating_add(LATE)].map(|delay| delay.as_nanos() as u64);

    let mut deliveries = RecordedDeliveries::default();
    // The messages that have not arrived, and the positions and times of those that have.
    let mut pending = FxHashMap::default();
    let mut last = 0;
    let mut lines = Lines::new(journal);
    while let Some(line) = lines.next::<IgnoredAny>()? {
        let Line {
            time,
            r#type,
            message,
        } = line;
        last = time;
        if message.is_of_client() {
            continue;
        }
        match r#type {
            Event::Send => {
                let [src, dest] = [&message.src, &message.dest].map(|it| NodeId::from(it.as_str()));
                let position = deliveries.add(src, dest);
                pending.insert(message.id, (time, position, message));
            }
            Event::Recv => {
                if let Some((sent, position, _)) = pending.get(&message.id) {
                    let delay = Duration::from_nanos(time - sent);
                    let is_first = deliveries.arrive(*position, delay);
                    // A message is delivered twice at most.
                    if !is_first || options.duplicate == 0.0 {
                        pending.remove(&message.id);
                    }
                }
            }
        }
    }
    for (sent, position, message) in pending.into_values() {
        let [earliest, latest] = bounds.map(|delay| sent.saturating_add(delay));
        let is_lost = latest <= last && faults.cut(&message, earliest, latest) == Cut::Never;
        if is_lost {
            deliveries.lose(position);
        }
    }
    Ok(deliveries)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns a line of a journal at a time in milliseconds.
    fn line(time: u64, event: &str, id: u64, route: &str) -> String {
        let nanos = time * 1_000_000;
        let (src, dest) = route.split_once(' ').unwrap();
        format!(
            r#"{{"id":0,"time":{nanos},"type":"{event}","message":{{"id":{id},"src":"{src}","dest":"{dest}","body":{{}}}}}}"#
        ) + "\n"
    }

    #[test]
    fn messages_between_servers_arrive_or_are_lost_unless_a_partition_explains_it() {
        let entry = r#"{:time 0, :type :info, :process :nemesis, :f :start-partition, :value [:isolated {"n2" #{"n1"}}]}"#;
        let history = History::from_edn(entry).unwrap();
        let journal = [
            line(0, "send", 0, "c0 n1"),
            line(1, "recv", 0, "c0 n1"),
            line(10, "send", 1, "n1 n3"),
            line(11, "send", 2, "n1 n3"),
            line(15, "recv", 1, "n1 n3"),
            line(20, "send", 3, "n1 n2"),
            line(30, "send", 4, "n2 lin-kv"),
            line(31, "recv", 4, "n2 lin-kv"),
            line(32, "recv", 4, "n2 lin-kv"),
            line(1000, "send", 5, "n1 n3"),
        ];
        let options = Options {
            duplicate: 0.1,
            ..Options::default()
        };
        let read = deliveries(
            &options,
            Duration::ZERO,
            &history,
            journal.concat().as_bytes(),
        );
        let mut expected = RecordedDeliveries::default();
        let mut add = |src, dest| expected.add(NodeId::from(src), NodeId::from(dest));
        let arrived = add("n1", "n3");
        let lost = add("n1", "n3");
        // The link is cut.
        add("n1", "n2");
        let twice = add("n2", "lin-kv");
        // The run ends before it is due.
        add("n1", "n3");
        expected.arrive(arrived, Duration::from_millis(5));
        expected.lose(lost);
        expected.arrive(twice, Duration::from_millis(1));
        expected.arrive(twice, Duration::from_millis(2));
        assert_eq!(read.unwrap(), expected);
    }
}
