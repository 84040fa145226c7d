//! Checks a recorded history of transactions over lists:
//!
//! ```sh
//! cargo run -p mael-checkers --example judge -- store/txn-list-append/latest/history.edn
//! ```
//!
//! The exit status is 0 if the history is valid, 1 if it is invalid, and 2 if the verdict is
//! unknown.

use std::path::Path;
use std::process::ExitCode;

use mael_checkers::elle::list_append;
use mael_history::{History, Validity};

fn main() -> ExitCode {
    let Some(path) = std::env::args().nth(1) else {
        eprintln!("usage: judge history.edn");
        return ExitCode::from(2);
    };
    let history = match History::read(Path::new(&path)) {
        Ok(history) => history,
        Err(error) => {
            eprintln!("{error:#}");
            return ExitCode::from(2);
        }
    };
    let verdict = list_append::check(&history, &["strict-serializable".to_owned()]);
    println!("{}", verdict.results);
    for text in &verdict.explanation {
        println!("{text}");
    }
    match verdict.valid {
        Validity::True if list_append::coverage(&history).judged == 0 => {
            println!("no operation was judged");
            ExitCode::from(2)
        }
        Validity::True => ExitCode::SUCCESS,
        Validity::False => ExitCode::from(1),
        Validity::Unknown => ExitCode::from(2),
    }
}
