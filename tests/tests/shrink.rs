//! Failing runs are reduced to a few operations and messages.

use std::time::Instant;

use mael_tests::mutants::mutants;

#[test]
#[ignore = "it takes minutes: cargo test --release --test shrink -- --ignored --nocapture"]
fn every_mutant_is_found_and_reduced() {
    println!("| workload | bug | seeds | operations | messages | faults | runs | ms |");
    println!("|---|---|---|---|---|---|---|---|");
    let only = std::env::var("ONLY").unwrap_or_default();
    for mutant in mutants() {
        if !format!("{} {}", mutant.workload, mutant.bug).contains(&only) {
            continue;
        }
        let begin = Instant::now();
        let run = mutant.find(1_000);
        let shrunk = mutant
            .shrink(&run)
            .expect("a run can be repeated from its script");
        let took = begin.elapsed().as_millis();
        let sizes = |run: &mael_workbench::simulation::Simulated| {
            (
                run.record.history.invocations().count(),
                run.record.net.all().send,
                run.record.script.acts.len(),
            )
        };
        let (before, after) = (sizes(&run), sizes(&shrunk.run));
        println!(
            "| {} | {} | {} | {} → {} | {} → {} | {} → {} | {} | {took} |",
            mutant.workload,
            mutant.bug,
            run.seed + 1,
            before.0,
            after.0,
            before.1,
            after.1,
            before.2,
            after.2,
            shrunk.tried
        );
        if !only.is_empty() {
            println!("{}", shrunk.story());
        }
    }
}
