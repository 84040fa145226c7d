//! The schedule that repeats the operations and faults of a recorded run.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use mael_history::{History, Kind, Operation, Process, Value};

use crate::Options;
use crate::engine::{Invocation, NemesisAction, Schedule, ScheduledAction, ScheduledOp};
use crate::options::KillAt;

/// Returns the operations and faults of the main phase of a run, each at its time after the first
/// operation. A node that was killed at a step is killed at the same time.
///
/// Kills in other phases, which only a simulation has, are left out.
pub fn schedule(options: &Options, history: &History) -> Schedule {
    // The first operation is invoked as soon as the main phase begins.
    let first = history.invocations().next().or(history.0.first());
    let begin = first.map_or(0, |first| first.time);
    let end = Duration::from_nanos(begin).saturating_add(options.time_limit);
    let is_main = |entry: &&Operation| Duration::from_nanos(entry.time) < end;
    let since_begin = |time: u64| Duration::from_nanos(time.saturating_sub(begin));

    let invocations = history.invocations().filter(is_main);
    let operations = invocations.filter(|it| !it.is_final).filter_map(|entry| {
        let Process::Client(process) = entry.process else {
            return None;
        };
        Some(ScheduledOp {
            time: since_begin(entry.time),
            thread: process % options.clients(),
            invocation: invocation(entry),
        })
    });

    let mut actions = Vec::new();
    // Each action has two entries: the first when it begins, the second with its targets.
    let mut begun = BTreeMap::<&str, &Operation>::new();
    let entries = history.0.iter().filter(is_main);
    for entry in entries.filter(|it| it.process == Process::Nemesis && it.kind == Kind::Info) {
        let Some(first) = begun.remove(&*entry.f) else {
            begun.insert(&entry.f, entry);
            continue;
        };
        let is_before_main = first.f != "start-partition" && first.time < begin;
        if is_before_main {
            continue;
        }
        let is_at_step = options.kill_at == KillAt::Step && first.f == "kill";
        let time = since_begin(if is_at_step { entry.time } else { first.time });
        let timed = |action| ScheduledAction { time, action };
        actions.extend(actions_of(first, entry, options).into_iter().map(timed));
    }
    actions.sort_by_key(|timed| timed.time);

    Schedule {
        length: options.time_limit,
        operations: operations.collect(),
        actions,
        ..Schedule::default()
    }
}

fn invocation(entry: &Operation) -> Invocation {
    let extra = entry.extra.iter().filter_map(|(key, value)| {
        let key = Cow::from(key.name()?.to_owned());
        Some((key, value.clone()))
    });
    Invocation {
        f: entry.f.clone(),
        value: entry.value.clone(),
        is_final: false,
        extra: extra.collect(),
    }
}

/// Returns the actions that two entries of the nemesis record.
fn actions_of(first: &Operation, second: &Operation, options: &Options) -> Vec<NemesisAction> {
    let name = |value: &Value| value.name().unwrap_or_default().to_owned();
    let drawn = || Cow::from(name(&first.value));
    match (&*first.f, &second.value) {
        ("start-partition", Value::List(isolated)) => {
            let Some(Value::Map(unheard)) = isolated.last() else {
                return Vec::new();
            };
            let unheard = unheard
                .iter()
                .map(|(node, unheard)| (name(node), unheard.items().map(name).collect()));
            vec![NemesisAction::Partition {
                kind: drawn(),
                unheard: unheard.collect(),
            }]
        }
        ("stop-partition", _) => vec![NemesisAction::Heal],
        ("resume", _) => vec![NemesisAction::Resume],
        (f, Value::Map(done)) => {
            let of = |what: &str| {
                let nodes = done.iter().filter(|(_, done)| done.name() == Some(what));
                nodes.map(|(node, _)| name(node)).collect::<Vec<_>>()
            };
            let (killed, paused) = (of("killed"), of("paused"));
            let kill = |nodes: Vec<String>| NemesisAction::Kill {
                targets: drawn(),
                nodes,
            };
            let restart = |node: &String| NemesisAction::Restart {
                node: node.clone(),
                downtime: Duration::ZERO,
                kill: None,
            };
            match f {
                // A node that did not take its steps in time is not killed.
                "kill" if of("not-killed").is_empty() => vec![kill(killed)],
                "pause" => vec![NemesisAction::Pause {
                    targets: drawn(),
                    nodes: paused,
                }],
                "start" if done.len() == options.nodes.len() => vec![NemesisAction::Start],
                // A single node is started after it was killed at a step. It can be killed again
                // before it answers.
                "start" if killed.is_empty() => of("started").iter().map(restart).collect(),
                "start" => killed
                    .iter()
                    .map(restart)
                    .chain([kill(killed.clone())])
                    .collect(),
                _ => Vec::new(),
            }
        }
        _ => Vec::new(),
    }
}
