//! Challenge 5: Kafka.

use std::process::ExitCode;

fn main() -> ExitCode {
    mael::run::<mael_challenges::Kafka>()
}
