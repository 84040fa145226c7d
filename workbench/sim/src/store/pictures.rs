//! The pictures of a run.

use std::fs;

use anyhow::Context;
use mael_pictures::{Run, latency_quantiles, latency_raw, png, rate, timeline};

use super::Store;
use crate::Options;
use crate::engine::Record;
use crate::judge::Results;

impl Store {
    /// Draws a run of a workload, and stores the pictures.
    ///
    /// # Errors
    /// Returns an error if a file can't be written.
    pub fn draw(
        &self,
        workload: &str,
        options: &Options,
        record: &Record,
        results: &Results,
    ) -> anyhow::Result<()> {
        let Record { history, .. } = record;
        let clients = options.clients();
        let run = Run::new(workload, history, &results.map, &options.nodes, clients);
        for (name, svg) in [
            ("latency-raw", latency_raw(&run)),
            ("latency-quantiles", latency_quantiles(&run)),
            ("rate", rate(&run)),
        ] {
            let png =
                png(&svg).map_err(|reason| anyhow::anyhow!("can't render {name}: {reason}"))?;
            let path = self.path().join(name).with_extension("png");
            fs::write(&path, png).with_context(|| format!("can't write {}", path.display()))?;
            self.write(&format!("{name}.svg"), &svg)?;
        }
        self.write("timeline.html", &timeline(&run))
    }
}
