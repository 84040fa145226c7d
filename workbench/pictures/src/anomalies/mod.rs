//! Anomalies: the operations that they concern, and their pictures.

mod concerned;
mod cycle;
mod linearizability;
mod log;
mod spread;

use mael_history::Value;

use crate::{Messages, Run};

pub(crate) use concerned::concerned;
pub use spread::lost_element;

/// The picture of a case of an anomaly.
#[derive(Clone, Debug)]
pub struct AnomalyPicture {
    /// The beginning of the explanation that the picture belongs to, up to a colon: the name of an
    /// anomaly, or a key. Empty if it belongs to the whole run.
    pub name: String,
    /// The picture, as an SVG.
    pub svg: String,
}

/// The maximum number of pictures of one kind.
const MOST: usize = 4;

/// Draws a case of each anomaly in the results of a run that has a picture: the cycles of
/// transactions, the operations around one that can't be linearized, the log of a key, and the
/// spread of a broadcast message. If possible, it is the case that is explained.
///
/// `explanations` are those of the results, with the names of checkers. `spread` has
/// the messages in the journal that carry [lost_element].
pub fn anomaly_pictures(
    run: &Run<'_>,
    explanations: &[(&'static str, String)],
    spread: &Messages,
) -> Vec<AnomalyPicture> {
    let mut pictures = cycle::pictures(run);
    pictures.extend(linearizability::pictures(run));
    pictures.extend(log::pictures(run, explanations));
    pictures.extend(spread::pictures(run, spread));
    pictures
}

/// Returns the cases of each anomaly that the results of a workload name, as Elle's and kafka's do.
fn cases(workload: &Value) -> impl Iterator<Item = (&str, Vec<&Value>)> {
    let elle = workload.get("anomalies").into_iter().flat_map(entries);
    let kafka = entries(workload).filter_map(|(name, result)| Some((name, result.get("errs")?)));
    elle.chain(kafka).filter_map(|(name, cases)| {
        let cases = cases.items().collect();
        Some((name.name()?, cases))
    })
}

fn entries(map: &Value) -> impl Iterator<Item = (&Value, &Value)> {
    let entries = match map {
        Value::Map(entries) => Some(entries),
        _ => None,
    };
    entries.into_iter().flatten()
}
