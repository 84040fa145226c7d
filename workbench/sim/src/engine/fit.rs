//! Whether a script can be played: it may have been written by hand.

use super::recorder::Phase;
use super::script::{Act, Outage, Script};
use crate::Options;
use crate::options::Fault;
use crate::services;
use crate::workloads::Workload;

impl Script {
    /// Whether it can be played with these options under this workload.
    ///
    /// # Errors
    /// When it can't; says in one sentence why, and what to do.
    pub(crate) fn fits(&self, options: &Options, workload: &dyn Workload) -> Result<(), String> {
        for (position, cue) in self.operations.iter().enumerate() {
            let said = |what: String| format!("operation {} of the script {what}", position + 1);
            let (thread, clients) = (cue.thread, options.clients());
            if thread >= clients {
                return Err(said(format!(
                    "is for client thread {thread}, but there are {clients}, counted from 0"
                )));
            }
            if !workload.takes(&cue.invocation) {
                let (f, value, name) = (&cue.invocation.f, &cue.invocation.value, workload.name());
                return Err(said(format!(
                    "is {f:?} of {value}, which clients of {name} can't do"
                )));
            }
        }
        for (position, timed) in self.acts.iter().enumerate() {
            let fits = timed.act.fits(options);
            fits.map_err(|why| format!("act {} of the script {why}", position + 1))?;
        }
        for (position, fault) in self.links.iter().enumerate() {
            for end in [&fault.src, &fault.dest] {
                if !services::NAMES.contains(&&**end) {
                    let known = is_node(end, options);
                    known.map_err(|why| format!("link {} of the script {why}", position + 1))?;
                }
            }
        }
        let fits = self.outage.as_ref().map(|outage| outage.fits(options));
        fits.unwrap_or(Ok(()))
            .map_err(|why| format!("the outage of the script {why}"))
    }
}

impl Outage {
    fn fits(&self, options: &Options) -> Result<(), String> {
        if self.phase == Phase::Main {
            return Err("is in the main phase, where it must be an act".to_owned());
        }
        is_node(&self.node, options)
    }
}

impl Act {
    fn fits(&self, options: &Options) -> Result<(), String> {
        let fault = self.fault();
        if let Self::Partition { by, .. } | Self::Heal { by } = self
            && !Fault::OF_LINKS.contains(by)
        {
            return Err(format!("is of links, which {by} does not befall"));
        }
        // In the end only that is mended which can have been broken.
        if !options.nemesis.contains(&fault) {
            return Err(format!(
                "is part of the fault {fault}, which --nemesis must name"
            ));
        }
        self.nodes()
            .into_iter()
            .try_for_each(|node| is_node(node, options))
    }

    /// All nodes that are named.
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
            Self::Crash { node, .. } | Self::Restart { node, .. } => vec![node],
            Self::Heal { .. } | Self::Start | Self::Resume => Vec::new(),
        }
    }
}

fn is_node(name: &str, options: &Options) -> Result<(), String> {
    match options.nodes.iter().any(|node| node == name) {
        true => Ok(()),
        false => Err(format!(
            "names {name:?}, but the nodes are {}",
            options.nodes.join(", ")
        )),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::engine::{Cue, Fate, Invocation, LinkFault, TimedAct};
    use crate::workloads::Echo;

    fn refused(script: Script) -> String {
        let options = Options {
            nemesis: [Fault::Partition, Fault::Kill].into(),
            ..Options::default()
        };
        script
            .fits(&options, &Echo)
            .expect_err("it can't be played")
    }

    fn with_operation(thread: usize, invocation: Invocation) -> Script {
        let time = Duration::ZERO;
        Script {
            operations: vec![Cue {
                time,
                thread,
                invocation,
            }],
            ..Script::default()
        }
    }

    fn with_act(act: Act) -> Script {
        let time = Duration::ZERO;
        Script {
            acts: vec![TimedAct { time, act }],
            ..Script::default()
        }
    }

    #[test]
    fn an_operation_is_one_of_the_workload_on_a_thread_that_there_is() {
        let echo = || Invocation::new("echo", "x");
        let script = with_operation(4, echo());
        assert_eq!(script.fits(&Options::default(), &Echo), Ok(()));
        assert_eq!(
            refused(with_operation(5, echo())),
            "operation 1 of the script is for client thread 5, but there are 5, counted from 0"
        );
        assert_eq!(
            refused(with_operation(0, Invocation::new("read", 3))),
            "operation 1 of the script is \"read\" of 3, which clients of echo can't do"
        );
    }

    #[test]
    fn an_act_is_of_a_fault_that_is_mended_and_of_nodes_that_there_are() {
        assert_eq!(
            refused(with_act(Act::Resume)),
            "act 1 of the script is part of the fault pause, which --nemesis must name"
        );
        assert_eq!(
            refused(with_act(Act::Heal { by: Fault::Kill })),
            "act 1 of the script is of links, which kill does not befall"
        );
        let nodes = || vec!["n9".to_owned()];
        let unknown = "act 1 of the script names \"n9\", but the nodes are n1, n2, n3, n4, n5";
        let kill = Act::Kill {
            targets: "one".into(),
            nodes: nodes(),
        };
        assert_eq!(refused(with_act(kill)), unknown);
        let partition = Act::Partition {
            by: Fault::Partition,
            kind: "one".into(),
            unheard: [("n1".to_owned(), nodes().into_iter().collect())].into(),
        };
        assert_eq!(refused(with_act(partition)), unknown);
    }

    #[test]
    fn an_outage_is_outside_the_main_phase_and_of_a_node_that_there_is() {
        let with_outage = |node: &str, phase| Script {
            outage: Some(Outage {
                node: node.to_owned(),
                phase,
                steps: 0,
                rest: Duration::ZERO,
            }),
            ..Script::default()
        };
        let fits = with_outage("n1", Phase::Final).fits(&Options::default(), &Echo);
        assert_eq!(fits, Ok(()));
        assert_eq!(
            refused(with_outage("n1", Phase::Main)),
            "the outage of the script is in the main phase, where it must be an act"
        );
        assert_eq!(
            refused(with_outage("n9", Phase::Recovery)),
            "the outage of the script names \"n9\", but the nodes are n1, n2, n3, n4, n5"
        );
    }

    #[test]
    fn a_link_is_between_nodes_and_services() {
        let with_link = |src: &str| Script {
            links: vec![LinkFault {
                src: src.to_owned(),
                dest: "n1".to_owned(),
                number: 0,
                fate: Fate::Lost,
            }],
            ..Script::default()
        };
        assert_eq!(with_link("lin-kv").fits(&Options::default(), &Echo), Ok(()));
        assert_eq!(
            refused(with_link("c1")),
            "link 1 of the script names \"c1\", but the nodes are n1, n2, n3, n4, n5"
        );
    }
}
