//! Tests the samples of declared workloads: correct nodes pass, and incorrect ones fail with the
//! expected anomaly.

mod list;
mod sample;

#[test]
fn queue() {
    list::queue().assert_holds();
}

#[test]
fn stack() {
    list::stack().assert_holds();
}

#[test]
fn set() {
    list::set().assert_holds();
}

#[test]
fn log() {
    list::log().assert_holds();
}

#[test]
fn semaphore() {
    list::semaphore().assert_holds();
}

#[test]
fn bank() {
    list::bank().assert_holds();
}

#[test]
fn fenced_lock() {
    list::fenced_lock().assert_holds();
}

#[test]
fn leader_election() {
    list::leader_election().assert_holds();
}

#[test]
fn sequencer() {
    list::sequencer().assert_holds();
}

#[test]
fn chat_room() {
    list::chat_room().assert_holds();
}

#[test]
fn counterexamples_are_short() {
    list::leader_election().assert_short();
    list::sequencer().assert_short();
}

#[test]
fn real_processes_pass_and_fail() {
    list::bank().assert_real("--rate 100 --time-limit 2 --recovery 0");
}

#[test]
#[ignore = "1,000 seeds of each sample: cargo test --release --test samples -- --ignored 1000"]
fn correct_nodes_pass_1000_seeds() {
    for sample in list::all() {
        sample.assert_passes(0..1_000);
    }
}

#[test]
#[ignore = "it shrinks 20 runs: cargo test --release --test samples -- --ignored --nocapture short"]
fn all_counterexamples_are_short() {
    println!("| node | anomaly | seed | runs | lines |");
    for sample in list::all() {
        sample.assert_short();
    }
}

#[test]
#[ignore = "it takes minutes: cargo test --release --test samples -- --ignored real"]
fn real_processes_of_all_samples_pass_and_fail() {
    let flags = "--rate 20 --time-limit 5 --latency 10 --recovery 2 --nemesis partition,pause,kill \
                 --nemesis-interval 1";
    for sample in list::all() {
        sample.assert_real(flags);
    }
}
