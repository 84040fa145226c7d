//! The file `test.json`: the test of a run.

use serde::{Deserialize, Serialize};

use crate::options::flags::flags;
use crate::options::{Concurrency, Options};

/// The program that a test runs as nodes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredProgram {
    /// The path of the program, the name of a binary of the workspace, or a command.
    pub bin: String,
    /// Its arguments, after those of a command.
    pub args: Vec<String>,
}

/// The test of a run: its workload and its options.
#[derive(Debug, Serialize, Deserialize)]
pub struct StoredTest {
    /// The name of the workload.
    pub workload: String,
    /// The equivalent flags, for human readers.
    pub flags: Vec<String>,
    /// The program, unless the run was simulated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub program: Option<StoredProgram>,
    /// The options.
    #[serde(flatten)]
    pub options: Options,
}

impl StoredTest {
    pub(super) fn new(workload: &str, options: &Options, program: Option<StoredProgram>) -> Self {
        Self {
            workload: workload.to_owned(),
            flags: flags(options),
            program,
            options: Options {
                concurrency: Concurrency::Clients(options.clients()),
                ..options.clone()
            },
        }
    }
}
