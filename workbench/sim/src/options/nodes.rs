//! The names of nodes, and the flags that set them.

use std::collections::BTreeSet;

use crate::services;

/// Checks that these names of nodes are valid.
///
/// # Errors
/// Returns the reason if a name is invalid.
pub fn check_node_names(names: &[String]) -> Result<(), String> {
    let mut seen = BTreeSet::new();
    for name in names {
        let problem = match name.as_str() {
            "" => "is empty",
            _ if name.starts_with('c') => "begins with c, as the names of clients do",
            _ if services::NAMES.contains(&name.as_str()) => "is the name of a service",
            _ if name.contains(['/', '\0']) => "can't be part of a file name",
            _ if !seen.insert(name) => "is a duplicate",
            _ => continue,
        };
        return Err(format!("the node name {name:?} {problem}"));
    }
    Ok(())
}

/// Returns the names of nodes in a cluster of this size: `n0`, `n1`, and so on.
pub fn node_names(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("n{number}")).collect()
}

#[cfg(feature = "command")]
pub(super) use flags::NodeFlags;

#[cfg(feature = "command")]
mod flags {
    use std::path::PathBuf;

    use super::{check_node_names, node_names};
    use crate::options::MAX_NODES;

    /// The four flags that set node names.
    #[derive(clap::Args)]
    #[command(next_help_heading = "Test")]
    pub(in crate::options) struct NodeFlags {
        /// The number of nodes, which are named n0, n1, ...; overrides --nodes
        #[arg(long, value_name = "NUM", value_parser = node_count)]
        node_count: Option<usize>,

        /// The names of the nodes, separated by commas
        #[arg(long, value_name = "LIST")]
        nodes: Option<String>,

        /// The name of an additional node; may be repeated [default: n1 n2 n3 n4 n5]
        #[arg(short = 'n', long = "node", value_name = "NAME")]
        node: Vec<String>,

        /// A file with one node name per line, which precede all others
        #[arg(long, value_name = "FILE")]
        nodes_file: Option<PathBuf>,
    }

    impl NodeFlags {
        /// Returns the names that these flags set, or none if no flag is given.
        pub(in crate::options) fn names(self) -> Result<Vec<String>, String> {
            let mut names = Vec::new();
            if let Some(path) = self.nodes_file {
                let text = std::fs::read_to_string(&path)
                    .map_err(|error| format!("can't read {}: {error}", path.display()))?;
                names.extend(text.lines().map(|line| line.trim().to_owned()));
                names.retain(|name| !name.is_empty());
            }
            if let Some(count) = self.node_count {
                names.extend(node_names(count));
            } else if let Some(list) = self.nodes {
                names.extend(list.split(',').map(|name| name.trim().to_owned()));
            }
            names.extend(self.node);
            check_node_names(&names)?;
            Ok(names)
        }
    }

    fn node_count(text: &str) -> Result<usize, String> {
        match text.parse() {
            Ok(0) | Err(_) => Err("must be a whole number above 0".to_owned()),
            Ok(count) if count > MAX_NODES => Err(format!("must be at most {MAX_NODES}")),
            Ok(count) => Ok(count),
        }
    }
}
