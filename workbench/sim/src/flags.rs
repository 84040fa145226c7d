//! The flags that say what a test is, and command lines made of them.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::Test;
use crate::test::Concurrency;

/// The flags that describe this test, but for those that only
/// decide what is told while it runs.
pub fn flags(test: &Test) -> Vec<String> {
    let options = &test.options;
    let mut flags: Vec<String> = test
        .nodes
        .iter()
        .map(|name| format!("--node={name}"))
        .collect();
    flags.extend([
        format!("--concurrency={}", test.concurrency),
        format!("--rate={}", test.rate),
        format!("--time-limit={}", test.time_limit.as_secs()),
        format!("--nemesis-interval={}", test.nemesis_interval.as_secs_f64()),
        format!("--recovery={}", test.recovery.as_secs_f64()),
        format!("--topology={}", options.topology),
        format!(
            "--consistency-models={}",
            options.consistency_models.join(",")
        ),
        format!("--max-txn-length={}", options.max_txn_length),
        format!("--max-writes-per-key={}", options.max_writes_per_key),
        format!("--wfr-keys={}", options.versions.wfr_keys),
        format!("--sequential-keys={}", options.versions.sequential_keys),
        format!("--linearizable-keys={}", options.versions.linearizable_keys),
        format!("--strict={}", test.strict),
        format!("--checker-memory={}", options.checker_memory / 1_000_000),
    ]);
    flags.extend(fault_flags(test));
    flags.extend(
        test.availability
            .map(|share| format!("--availability={share}")),
    );
    flags.extend(
        options
            .key_count
            .map(|count| format!("--key-count={count}")),
    );
    flags
}

/// The fewest flags that describe this test: those that a person reads and types.
pub fn short_flags(test: &Test) -> Vec<String> {
    let mut short = node_flags(&test.nodes);
    let usual = flags(&Test {
        nodes: test.nodes.clone(),
        concurrency: Concurrency::PerNode(1).clients(test.nodes.len()),
        ..Test::default()
    });
    short.extend(flags(test).into_iter().filter(|flag| !usual.contains(flag)));
    short
}

/// The fewest flags that name these nodes.
fn node_flags(nodes: &[String]) -> Vec<String> {
    if nodes == Test::default().nodes {
        return Vec::new();
    }
    let numbered = (0..nodes.len()).map(|number| format!("n{number}"));
    if numbered.eq(nodes.iter().cloned()) {
        return vec![format!("--node-count={}", nodes.len())];
    }
    nodes.iter().map(|name| format!("--node={name}")).collect()
}

/// Those of the shortest flags that make things go wrong.
pub fn short_fault_flags(test: &Test) -> Vec<String> {
    let usual = fault_flags(&Test::default());
    let flags = fault_flags(test).into_iter();
    flags.filter(|flag| !usual.contains(flag)).collect()
}

/// Those of the flags that make things go wrong.
fn fault_flags(test: &Test) -> Vec<String> {
    let start_spread = test
        .start_spread
        .map(|millis| format!("--start-spread={millis}"));
    let others = [
        format!("--latency={}", test.latency.mean),
        format!("--latency-dist={}", test.latency.distribution),
        format!("--loss={}", test.loss),
        format!("--duplicate={}", test.duplicate),
        format!("--reorder={}", test.reorder),
        format!("--adversary={}", list(&test.adversary)),
        format!("--clock-drift={}", test.clock_drift),
        format!("--nemesis={}", list(&test.nemesis)),
    ];
    start_spread.into_iter().chain(others).collect()
}

/// Names, as a flag takes them.
fn list<T: ToString>(all: &BTreeSet<T>) -> String {
    let names: Vec<String> = all.iter().map(T::to_string).collect();
    names.join(",")
}

/// A command line for a shell, of these words.
pub fn command_line<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let words: Vec<Cow<'_, str>> = words.into_iter().map(quote).collect();
    words.join(" ")
}

/// A word as a shell takes it; bare if it is of characters that mean nothing to any shell where
/// they stand.
fn quote(word: &str) -> Cow<'_, str> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_=+,./:@%".contains(&byte);
    if !word.is_empty() && !word.starts_with(['=', '%']) && word.bytes().all(plain) {
        return word.into();
    }
    // No word of a command line has a byte that is 0, the only one that can't be quoted.
    shlex::try_quote(word).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::command::TestArgs;

    #[derive(Parser)]
    struct Arguments {
        #[command(flatten)]
        test: TestArgs,
    }

    #[test]
    fn flags_describe_the_test_they_are_of() {
        for line in [
            "",
            "--nodes a,b -n=-c --concurrency 3n --rate 0.1 --time-limit 7 --start-spread 250 --latency 5 \
             --latency-dist exponential --loss 0.25 --duplicate 1e-3 --reorder 1 \
             --adversary hold-back,burst --clock-drift 0.125 --nemesis flap,crash,kill,partition --nemesis-interval 0.3 --recovery 1.5 --availability total \
             --topology tree3 --consistency-models serializable,PL-2 --key-count 3 \
             --max-txn-length 9 --max-writes-per-key 2 --strict=false \
             --wfr-keys=false --sequential-keys --linearizable-keys",
        ] {
            let parse = |words: &mut dyn Iterator<Item = String>| {
                let words = std::iter::once("mael".to_owned()).chain(words);
                let arguments = Arguments::try_parse_from(words).unwrap();
                arguments.test.to_test(3).unwrap()
            };
            let test = parse(&mut line.split_whitespace().map(str::to_owned));
            assert_eq!(parse(&mut flags(&test).into_iter()), test);
            assert_eq!(parse(&mut short_flags(&test).into_iter()), test);
        }
    }

    #[test]
    fn numbers_come_in_the_forms_of_the_original() {
        for (line, same) in [
            ("--availability 9/10", "--availability 0.9"),
            ("--availability 1N", "--availability total"),
            ("--availability 0.75M", "--availability=3/4"),
            ("--nemesis-interval 1/2", "--nemesis-interval 0.5"),
            ("--nemesis-interval 0x10", "--nemesis-interval 16"),
            ("--nemesis-interval 010", "--nemesis-interval 8"),
            ("--rate 10d", "--rate 10"),
            ("--rate 1e1f", "--rate=0x1.4p3"),
            ("--rate 010", "--rate 10"),
            ("--loss 1/4 --recovery 3/2", "--loss 0.25 --recovery 1.5"),
        ] {
            let test = |line| TestArgs::of_line(line).unwrap().to_test(3).unwrap();
            assert_eq!(test(line), test(same), "{line}");
        }
        for (line, reason) in [
            (
                "--availability 3/2",
                "must be total, or a number from 0 to 1",
            ),
            ("--nemesis-interval 0/5", "must be a number above 0"),
            ("--nemesis-interval 1/0", "must be a number above 0"),
            ("--nemesis-interval 1e-10", "must be a number above 0"),
            ("--rate=-1/2", "must be a number of at least 0"),
            ("--rate 1e999", "must be a number of at least 0"),
        ] {
            let error = TestArgs::of_line(line).unwrap_err().to_string();
            assert!(error.contains(reason), "{line}: {error}");
        }
    }

    #[test]
    fn what_is_as_usual_is_left_out_for_people() {
        let test = Test {
            nodes: vec!["n0".to_owned(), "n1".to_owned()],
            concurrency: 2,
            loss: 0.5,
            ..Test::default()
        };
        assert_eq!(short_flags(&test), ["--node-count=2", "--loss=0.5"]);
        assert_eq!(short_fault_flags(&test), ["--loss=0.5"]);
        let fewer = Test {
            nodes: vec!["n0".to_owned(), "n3".to_owned()],
            ..test
        };
        assert_eq!(short_flags(&fewer)[..2], ["--node=n0", "--node=n3"]);
        assert!(short_flags(&Test::default()).is_empty());
    }

    #[test]
    fn words_are_quoted_where_a_shell_would_split_them() {
        let words = [
            "cargo",
            "sim",
            "--nemesis=kill,pause",
            "a b",
            "it's",
            "",
            "$x",
            "=y",
        ];
        let line = command_line(words);
        assert_eq!(
            line,
            "cargo sim --nemesis=kill,pause 'a b' \"it's\" '' '$x' '=y'"
        );
        assert_eq!(shlex::split(&line).unwrap(), words);
    }

    const NAMES: [&str; 26] = [
        "--nodes",
        "--node",
        "-n",
        "--node-count",
        "--concurrency",
        "--rate",
        "--time-limit",
        "--latency",
        "--latency-dist",
        "--loss",
        "--duplicate",
        "--reorder",
        "--adversary",
        "--clock-drift",
        "--nemesis",
        "--nemesis-interval",
        "--recovery",
        "--availability",
        "--topology",
        "--consistency-models",
        "--key-count",
        "--max-txn-length",
        "--max-writes-per-key",
        "--log-net-send",
        "--",
        "--bogus",
    ];
    const VALUES: [&str; 28] = [
        "0",
        "1",
        "5",
        "2n",
        "-1",
        "1.5",
        "1e308",
        "1e-320",
        "nan",
        "inf",
        "18446744073709551615",
        "99999999999999999999",
        "a,b",
        "n1,n1",
        "",
        ",",
        "é",
        "partition,kill",
        "total",
        "grid",
        "uniform",
        "slow-link",
        "read-committed",
        "=",
        "a/b",
        "\u{0}",
        "c1",
        "lin-kv",
    ];

    /// A flag that is right or nearly so, alone or with a value.
    fn random_words(random: &mut fastrand::Rng) -> Vec<String> {
        let name = NAMES[random.usize(..NAMES.len())];
        let value = VALUES[random.usize(..VALUES.len())];
        match random.u8(..8) {
            0 => vec![name.to_owned()],
            1 => vec![value.to_owned()],
            2 => vec![name.to_owned(), value.to_owned()],
            _ => vec![format!("{name}={value}")],
        }
    }

    fn try_random_flags(cases: u64) {
        let mut random = fastrand::Rng::with_seed(0);
        let mut accepted = 0;
        for _ in 0..cases {
            let count = random.usize(..4);
            let words: Vec<String> = (0..count).flat_map(|_| random_words(&mut random)).collect();
            let args = TestArgs::of_words(words.iter().map(String::as_str));
            let Some(test) = args.ok().and_then(|args| args.to_test(1).ok()) else {
                continue;
            };
            accepted += 1;
            let written = flags(&test);
            let again = TestArgs::of_words(written.iter().map(String::as_str)).unwrap();
            let again = again.to_test(1).unwrap();
            let told = (test.log_net_send, test.log_net_recv);
            let (log_net_send, log_net_recv) = told;
            assert_eq!(
                Test {
                    log_net_send,
                    log_net_recv,
                    ..again
                },
                test,
                "{words:?}"
            );
        }
        assert!(
            accepted > cases / 20 && accepted < cases,
            "{accepted} of {cases}"
        );
    }

    #[test]
    fn random_flags_are_refused_or_describe_a_test() {
        try_random_flags(500);
    }

    #[test]
    #[ignore = "takes minutes"]
    fn a_million_random_flags_are_refused_or_describe_a_test() {
        try_random_flags(1_000_000);
    }
}
