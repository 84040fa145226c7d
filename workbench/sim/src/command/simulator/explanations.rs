//! Suggests the command that explains an anomaly.

use crate::judge::Results;

/// The command that explains anomalies, and whether it explains one.
#[derive(Clone, Copy)]
pub(super) struct Explanations {
    pub(super) command: &'static str,
    pub(super) is_explained: fn(&str) -> bool,
}

impl Explanations {
    /// Returns a line with the command that explains the first anomaly of a run.
    pub(super) fn of(self, results: &Results) -> Option<String> {
        let name = results.first_anomaly(self.is_explained)?;
        Some(self.line(&name))
    }

    /// Returns a line with the command that explains the first of these anomalies.
    pub(super) fn first<'a>(
        self,
        mut anomalies: impl Iterator<Item = &'a String>,
    ) -> Option<String> {
        let name = anomalies.find(|name| (self.is_explained)(name))?;
        Some(self.line(name))
    }

    fn line(self, name: &str) -> String {
        format!("explain {name} with {} {name}", self.command)
    }
}
