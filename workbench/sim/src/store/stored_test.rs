//! The file `test.json`: what was run.

use serde::{Deserialize, Serialize};

use crate::options::flags::flags;
use crate::options::{Concurrency, Options};

/// What was run: the workload, and the options.
#[derive(Debug, Serialize, Deserialize)]
pub struct StoredTest {
    /// The name of the workload.
    pub workload: String,
    /// The flags that give these options, for people.
    pub flags: Vec<String>,
    /// The options.
    #[serde(flatten)]
    pub options: Options,
}

impl StoredTest {
    pub(super) fn new(workload: &str, options: &Options) -> Self {
        Self {
            workload: workload.to_owned(),
            flags: flags(options),
            options: Options {
                concurrency: Concurrency::Clients(options.clients()),
                ..options.clone()
            },
        }
    }
}
