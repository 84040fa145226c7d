//! Validates schedules, which can be written by hand.

use super::phase::Phase;
use super::schedule::{NemesisAction, PhaseCrash, Schedule};
use super::workload::Workload;
use crate::Options;
use crate::services;

impl Schedule {
    /// Validates the schedule for these options and this workload.
    ///
    /// # Errors
    /// Returns an error if the schedule can't be replayed. The message is one sentence with the
    /// reason.
    pub fn validate(&self, options: &Options, workload: &dyn Workload) -> Result<(), String> {
        for (position, operation) in self.operations.iter().enumerate() {
            let refused =
                |what: String| format!("operation {} of the schedule {what}", position + 1);
            let (thread, clients) = (operation.thread, options.clients());
            if thread >= clients {
                return Err(refused(format!(
                    "is for client thread {thread}, but there are {clients}, counted from 0"
                )));
            }
            if !workload.supports(&operation.invocation) {
                let (f, value, name) = (
                    &operation.invocation.f,
                    &operation.invocation.value,
                    workload.name(),
                );
                return Err(refused(format!(
                    "is {f:?} of {value}, which clients of {name} can't do"
                )));
            }
        }
        for (position, timed) in self.actions.iter().enumerate() {
            let valid = timed.action.validate(options);
            valid.map_err(|why| format!("action {} of the schedule {why}", position + 1))?;
        }
        for (position, fault) in self.links.iter().enumerate() {
            for end in [&fault.src, &fault.dest] {
                if !services::NAMES.contains(&&**end) {
                    let known = is_node(end, options);
                    known.map_err(|why| format!("link {} of the schedule {why}", position + 1))?;
                }
            }
        }
        let valid = self
            .phase_crash
            .as_ref()
            .map(|phase_crash| phase_crash.validate(options));
        valid
            .unwrap_or(Ok(()))
            .map_err(|why| format!("the phase crash of the schedule {why}"))
    }
}

impl PhaseCrash {
    fn validate(&self, options: &Options) -> Result<(), String> {
        if self.phase == Phase::Main {
            return Err("is in the main phase, where it must be an action".to_owned());
        }
        is_node(&self.node, options)
    }
}

impl NemesisAction {
    fn validate(&self, options: &Options) -> Result<(), String> {
        let fault = self.fault();
        // Only faults that the options select are ended before the final operations.
        if !options.nemesis.contains(&fault) {
            return Err(format!(
                "is part of the fault {fault}, which --nemesis must name"
            ));
        }
        self.nodes()
            .into_iter()
            .try_for_each(|node| is_node(node, options))
    }

    /// Returns all nodes that the action names.
    fn nodes(&self) -> Vec<&str> {
        match self {
            Self::Partition { unheard, .. } => unheard
                .iter()
                .flat_map(|(node, others)| std::iter::once(node).chain(others))
                .map(String::as_str)
                .collect(),
            Self::Kill { nodes, .. } | Self::Pause { nodes, .. } => {
                nodes.iter().map(String::as_str).collect()
            }
            Self::KillAtStep { node, .. } | Self::Restart { node, .. } => vec![node],
            Self::Heal | Self::Start | Self::Resume => Vec::new(),
        }
    }
}

fn is_node(name: &str, options: &Options) -> Result<(), String> {
    if options.nodes.iter().any(|node| node == name) {
        Ok(())
    } else {
        Err(format!(
            "names {name:?}, but the nodes are {}",
            options.nodes.join(", ")
        ))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::engine::{DeliveryFault, Invocation, LinkFault, ScheduledAction, ScheduledOp};
    use crate::options::Fault;
    use crate::workloads::Echo;

    fn refused(schedule: Schedule) -> String {
        let options = Options {
            nemesis: [Fault::Partition, Fault::Kill].into(),
            ..Options::default()
        };
        schedule
            .validate(&options, &Echo)
            .expect_err("it can't be replayed")
    }

    fn with_operation(thread: usize, invocation: Invocation) -> Schedule {
        let time = Duration::ZERO;
        Schedule {
            operations: vec![ScheduledOp {
                time,
                thread,
                invocation,
            }],
            ..Schedule::default()
        }
    }

    fn with_action(action: NemesisAction) -> Schedule {
        let time = Duration::ZERO;
        Schedule {
            actions: vec![ScheduledAction { time, action }],
            ..Schedule::default()
        }
    }

    #[test]
    fn an_operation_must_be_supported_and_its_thread_must_exist() {
        let echo = || Invocation::new("echo", "x");
        let schedule = with_operation(4, echo());
        assert_eq!(schedule.validate(&Options::default(), &Echo), Ok(()));
        assert_eq!(
            refused(with_operation(5, echo())),
            "operation 1 of the schedule is for client thread 5, but there are 5, counted from 0"
        );
        assert_eq!(
            refused(with_operation(0, Invocation::new("read", 3))),
            "operation 1 of the schedule is \"read\" of 3, which clients of echo can't do"
        );
    }

    #[test]
    fn the_fault_of_an_action_must_be_selected_and_its_nodes_must_exist() {
        assert_eq!(
            refused(with_action(NemesisAction::Resume)),
            "action 1 of the schedule is part of the fault pause, which --nemesis must name"
        );
        let nodes = || vec!["n9".to_owned()];
        let unknown = "action 1 of the schedule names \"n9\", but the nodes are n1, n2, n3, n4, n5";
        let kill = NemesisAction::Kill {
            targets: "one".into(),
            nodes: nodes(),
        };
        assert_eq!(refused(with_action(kill)), unknown);
        let partition = NemesisAction::Partition {
            kind: "one".into(),
            unheard: [("n1".to_owned(), nodes().into_iter().collect())].into(),
        };
        assert_eq!(refused(with_action(partition)), unknown);
    }

    #[test]
    fn a_phase_crash_must_be_outside_the_main_phase_and_its_node_must_exist() {
        let with_phase_crash = |node: &str, phase| Schedule {
            phase_crash: Some(PhaseCrash {
                node: node.to_owned(),
                phase,
                steps: 0,
                downtime: Duration::ZERO,
            }),
            ..Schedule::default()
        };
        let valid = with_phase_crash("n1", Phase::Final).validate(&Options::default(), &Echo);
        assert_eq!(valid, Ok(()));
        assert_eq!(
            refused(with_phase_crash("n1", Phase::Main)),
            "the phase crash of the schedule is in the main phase, where it must be an action"
        );
        assert_eq!(
            refused(with_phase_crash("n9", Phase::Recovery)),
            "the phase crash of the schedule names \"n9\", but the nodes are n1, n2, n3, n4, n5"
        );
    }

    #[test]
    fn a_link_fault_must_be_between_nodes_and_services() {
        let with_link = |src: &str| Schedule {
            links: vec![LinkFault {
                src: src.to_owned(),
                dest: "n1".to_owned(),
                number: 0,
                fault: DeliveryFault::Drop,
            }],
            ..Schedule::default()
        };
        assert_eq!(
            with_link("lin-kv").validate(&Options::default(), &Echo),
            Ok(())
        );
        assert_eq!(
            refused(with_link("c1")),
            "link 1 of the schedule names \"c1\", but the nodes are n1, n2, n3, n4, n5"
        );
    }
}
