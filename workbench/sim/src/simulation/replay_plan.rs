//! A run that is wholly laid down.

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::Options;
use crate::engine::Schedule;

/// A run of which everything is laid down: what is done to the nodes by the schedule, and all else
/// by the test and its seed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReplayPlan {
    /// The options. What they say of operations and of the nemesis does not count, nor does the
    /// time limit.
    pub options: Options,
    /// What is done to the nodes.
    pub schedule: Schedule,
}

impl ReplayPlan {
    /// This plan as JSON: the options, and the schedule. The arguments of the node are not part of
    /// it.
    ///
    /// # Panics
    /// Never: every plan has a form in JSON.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("a plan has a form in JSON")
    }

    /// Reads the plan in a file.
    ///
    /// # Errors
    /// When it can't be read or is no plan; says why, but not which file it is.
    pub(crate) fn read(path: &Path) -> Result<Self, String> {
        let text = fs::read_to_string(path).map_err(|error| error.to_string())?;
        Self::from_json(&text)
    }

    /// Reads what [`to_json`](Self::to_json) wrote. Options that it does not have are as by
    /// default.
    ///
    /// # Errors
    /// When the text is none; says where and why.
    pub fn from_json(json: &str) -> Result<Self, String> {
        let plan = serde_json::from_str::<Self>(json).map_err(|error| error.to_string());
        let checked = plan.and_then(|plan| plan.options.validate().map(|()| plan));
        checked.map_err(|reason| format!("this is no plan: {reason}"))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::engine::{NemesisAction, ScheduledAction};
    use crate::{Concurrency, Fault};

    #[test]
    fn a_plan_is_read_as_it_was_written() {
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
    fn what_is_no_plan_is_refused() {
        let refused = |json: &str| ReplayPlan::from_json(json).expect_err("it is no plan");
        assert_eq!(
            refused("{}"),
            "this is no plan: missing field `options` at line 1 column 2"
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
