//! A run that is wholly laid down.

use serde::{Deserialize, Serialize};

use crate::Test;
use crate::command::{TestArgs, short_flags};
use crate::engine::Script;

/// A run of which everything is laid down: what is done to the nodes by the script, and all else by
/// the test and its seed.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The options. What they say of operations and of the nemesis does not count, nor does the
    /// time limit.
    pub test: Test,
    /// What is done to the nodes.
    pub script: Script,
}

/// A plan as it stands in a file.
#[derive(Serialize, Deserialize)]
struct Written {
    seed: u64,
    flags: Vec<String>,
    script: Script,
}

impl Plan {
    /// The flags of the options that count.
    pub(crate) fn flags(&self) -> Vec<String> {
        // The script takes the place of these.
        let Test {
            rate,
            time_limit,
            nemesis_interval,
            ..
        } = Test::default();
        short_flags(&Test {
            rate,
            time_limit,
            nemesis_interval,
            ..self.test.clone()
        })
    }

    /// This plan as JSON: the seed, the options that count as flags of `mael test`, and the script.
    /// The arguments of the node are not part of it.
    ///
    /// # Panics
    /// Never: every plan has a form in JSON.
    pub fn to_json(&self) -> String {
        let written = Written {
            seed: self.test.seed,
            flags: self.flags(),
            script: self.script.clone(),
        };
        serde_json::to_string_pretty(&written).expect("a plan has a form in JSON")
    }

    /// Reads what [`to_json`](Self::to_json) wrote.
    ///
    /// # Errors
    /// When the text is none; says where and why.
    pub fn from_json(json: &str) -> Result<Self, String> {
        let written = serde_json::from_str(json);
        let Written {
            seed,
            flags,
            script,
        } = written.map_err(|error| format!("this is no plan: {error}"))?;
        let flags = TestArgs::of_words(flags.iter().map(String::as_str));
        let test = flags.map_err(anyhow::Error::from);
        let test = test.and_then(|flags| flags.to_test(seed));
        let test = test.map_err(|error| format!("this is no plan: {error}"))?;
        Ok(Self { test, script })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::Fault;
    use crate::engine::{Act, TimedAct};

    #[test]
    fn a_plan_is_read_as_it_was_written() {
        let test = Test {
            nodes: vec!["n0".to_owned(), "n4".to_owned()],
            concurrency: 3,
            nemesis: [Fault::Kill].into(),
            recovery: Duration::from_nanos(312_500_001),
            loss: 0.1 + 0.2,
            seed: u64::MAX,
            ..Test::default()
        };
        let (time, act) = (Duration::from_millis(3), Act::Start);
        let script = Script {
            length: Duration::from_millis(17),
            acts: vec![TimedAct { time, act }],
            ..Script::default()
        };
        let plan = Plan { test, script };
        assert_eq!(Plan::from_json(&plan.to_json()), Ok(plan));
    }

    #[test]
    fn what_is_no_plan_is_refused() {
        let refused = |json: &str| Plan::from_json(json).expect_err("it is no plan");
        assert_eq!(
            refused("{}"),
            "this is no plan: missing field `seed` at line 1 column 2"
        );
        let unknown = Plan {
            test: Test::default(),
            script: Script::default(),
        };
        let unknown = unknown
            .to_json()
            .replace("\"flags\": []", "\"flags\": [\"--x\"]");
        assert!(refused(&unknown).contains("unexpected argument '--x'"));
    }
}
