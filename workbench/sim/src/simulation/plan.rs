//! A run that is wholly laid down.

use serde::{Deserialize, Serialize};

use crate::Options;
use crate::engine::Script;
use crate::options::flags::flags;

/// A run of which everything is laid down: what is done to the nodes by the script, and all else by
/// the test and its seed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// The options. What they say of operations and of the nemesis does not count, nor does the
    /// time limit.
    pub options: Options,
    /// What is done to the nodes.
    pub script: Script,
}

impl Plan {
    /// The flags of the options that count.
    pub(crate) fn flags(&self) -> Vec<String> {
        // The script takes the place of these.
        let Options {
            rate,
            time_limit,
            nemesis_interval,
            ..
        } = Options::default();
        flags(&Options {
            rate,
            time_limit,
            nemesis_interval,
            ..self.options.clone()
        })
    }

    /// This plan as JSON: the options, and the script. The arguments of the node are not part of it.
    ///
    /// # Panics
    /// Never: every plan has a form in JSON.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("a plan has a form in JSON")
    }

    /// Reads what [`to_json`](Self::to_json) wrote. Options that it does not have are as by default.
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
    use crate::engine::{Act, TimedAct};
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
        let (time, act) = (Duration::from_millis(3), Act::Start);
        let script = Script {
            length: Duration::from_millis(17),
            acts: vec![TimedAct { time, act }],
            ..Script::default()
        };
        let plan = Plan { options, script };
        assert_eq!(Plan::from_json(&plan.to_json()), Ok(plan));
    }

    #[test]
    fn what_is_no_plan_is_refused() {
        let refused = |json: &str| Plan::from_json(json).expect_err("it is no plan");
        assert_eq!(
            refused("{}"),
            "this is no plan: missing field `options` at line 1 column 2"
        );
        let plan = Plan {
            options: Options::default(),
            script: Script::default(),
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
