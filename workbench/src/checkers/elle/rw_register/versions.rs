//! Which version of a key comes before which.
//!
//! Sources: Kingsbury and Alvaro, "Elle" (2020), section 5.2 (registers); page "Checkers",
//! section 11.

use rustc_hash::FxHashMap;

use super::super::anomalies::{Anomalies, Case};
use super::super::components::components;
use super::super::graph::{Builder, Dependencies, Dependency};
use super::super::key::Key;
use super::super::view::View;
use super::touch::Touch;
use crate::Value;

/// The versions of a key that come directly after another: whoever read the one wrote the other.
/// That the initial state comes before every version goes without saying. Nothing is known if
/// they go in a circle, which is an anomaly.
pub(crate) fn successions<'h>(
    key: &Key<'_, 'h>,
    touches: &[Touch<'h>],
    anomalies: &mut Anomalies,
) -> Vec<(&'h Value, &'h Value)> {
    let updates: Vec<_> = touches.iter().filter_map(Touch::update).collect();
    if updates.len() < 2 {
        return updates;
    }
    let mut numbers = FxHashMap::default();
    let mut values: Vec<&Value> = Vec::new();
    let mut number = |value: &'h Value| -> u32 {
        *numbers.entry(value).or_insert_with(|| {
            values.push(value);
            values.len() as u32 - 1
        })
    };
    let edges: Vec<(u32, u32)> = updates
        .iter()
        .map(|(before, after)| (number(before), number(after)))
        .collect();
    let mut versions = Builder::new(values.len());
    for (before, after) in edges {
        versions.link(before, after, Dependency::Ww);
    }
    let view = View {
        graph: &versions.build(),
        dependencies: Dependencies::of(&[Dependency::Ww]),
        nonadjacent: false,
    };
    let cyclic = components(&view).cyclic();
    for component in &cyclic {
        let values: Vec<&Value> = component.iter().map(|it| values[*it as usize]).collect();
        anomalies.add("cyclic-versions", case(key, touches, values));
    }
    if cyclic.is_empty() {
        updates
    } else {
        Vec::new()
    }
}

fn case(key: &Key<'_, '_>, touches: &[Touch<'_>], mut values: Vec<&Value>) -> Case {
    values.sort_unstable();
    let mut updates = touches.iter().filter_map(|touch| {
        let (before, after) = touch.update()?;
        let within = values.contains(&before) && values.contains(&after);
        within.then_some((touch.transaction, before, after))
    });
    let first = updates.next();
    let read_and_wrote = first
        .into_iter()
        .chain(updates)
        .map(|(transaction, before, after)| {
            let label = key.label(transaction);
            format!("{label} read {before} and wrote {after}")
        });
    let read_and_wrote: Vec<String> = read_and_wrote.collect();
    let scc = values.into_iter().cloned().collect();
    let sources = ["initial-state", "wfr-keys"].map(Value::keyword);
    Case {
        index: first.map_or(0, |(transaction, ..)| {
            key.transactions.operation(transaction).index
        }),
        text: format!(
            "the versions of key {} follow each other in a circle: {}",
            key.key,
            read_and_wrote.join("; ")
        ),
        value: Value::map([
            ("key", key.key.clone()),
            ("scc", Value::Set(scc)),
            ("sources", Value::List(sources.to_vec())),
        ]),
    }
}
