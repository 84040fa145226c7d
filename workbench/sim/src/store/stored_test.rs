//! The file `test.json`: the test of a run.

use serde::{Deserialize, Serialize};

use crate::options::flags::flags;
use crate::options::{Concurrency, Options};

/// The test of a run: its workload and its options.
#[derive(Debug, Serialize, Deserialize)]
pub struct StoredTest {
    /// The name of the workload.
    pub workload: String,
    /// The equivalent flags, for human readers.
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
