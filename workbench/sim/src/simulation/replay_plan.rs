//! A complete description of a run.

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::Options;
use crate::engine::Schedule;

/// A complete description of a run. The schedule determines operations and faults; the options,
/// including the seed, determine everything else.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReplayPlan {
    /// The options. Those for operations, for the nemesis and for the time limit are ignored.
    pub options: Options,
    /// The operations and faults.
    pub schedule: Schedule,
}

impl ReplayPlan {
    /// Serializes the plan as JSON, with its options and schedule. The arguments of the node are
    /// not part of it.
    ///
    /// # Panics
    /// Never, since every plan can be serialized.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("a plan can be serialized")
    }

    /// Reads a plan from a file.
    ///
    /// # Errors
    /// Returns the reason if the file can't be read or does not contain a plan. It does not include
    /// the path.
    pub(crate) fn read(path: &Path) -> Result<Self, String> {
        let text = fs::read_to_string(path).map_err(|error| error.to_string())?;
        Self::from_json(&text)
    }

    /// Deserializes a plan that [`to_json`](Self::to_json) returned. Missing options have their
    /// defaults.
    ///
    /// # Errors
    /// Returns the position and the reason if the text is not a plan.
    pub fn from_json(json: &str) -> Result<Self, String> {
        let plan = serde_json::from_str::<Self>(json).map_err(|error| error.to_string());
        let checked = plan.and_then(|plan| plan.options.validate().map(|()| plan));
        checked.map_err(|reason| format!("not a replay plan: {reason}"))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::engine::{NemesisAction, ScheduledAction};
    use crate::{Concurrency, Fault};

    #[test]
    fn a_plan_round_trips_through_json() {
        let options = Options {
            nodes: vec!["n0".to_owned(), "n4".to_owned()],
            concurrency: Concurrency::Clients(3),
            nemesis: [Fault::Kill].into(),
            recovery: Duration::from_nanos(312_500_001),
            loss: 0.1 + 0.2,
            seed: u64::MAX,
            ..Options::default()
        };
        let (time, action) = (Duration::from_millis(3), NemesisAction::Start);
        let schedule = Schedule {
            length: Duration::from_millis(17),
            actions: vec![ScheduledAction { time, action }],
            ..Schedule::default()
        };
        let plan = ReplayPlan { options, schedule };
        assert_eq!(ReplayPlan::from_json(&plan.to_json()), Ok(plan));
    }

    #[test]
    fn an_invalid_plan_is_rejected() {
        let refused = |json: &str| ReplayPlan::from_json(json).expect_err("it is not a plan");
        assert_eq!(
            refused("{}"),
            "not a replay plan: missing field `options` at line 1 column 2"
        );
        let plan = ReplayPlan {
            options: Options::default(),
            schedule: Schedule::default(),
        };
        let json = plan.to_json();
        for (written, instead, reason) in [
            ("\"loss\"", "\"lost\"", "unknown field `lost`"),
            (
                "\"loss\": 0.0",
                "\"loss\": 1.5",
                "invalid value 1.5 for --loss: must be a number from 0 to 1",
            ),
            ("\"n1\"", "\"lin-kv\"", "is the name of a service"),
            (
                "strict-serializable",
                "strict",
                "unknown consistency model \"strict\"",
            ),
        ] {
            let reasons = refused(&json.replacen(written, instead, 1));
            assert!(reasons.contains(reason), "{reasons}");
        }
    }
}
