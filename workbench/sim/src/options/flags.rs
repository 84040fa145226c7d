//! Converts options to flags and command lines.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::{Options, node_names};

/// The options that inject faults.
const FAULTS: [&str; 11] = [
    "adversary",
    "clock-drift",
    "duplicate",
    "kill-at",
    "latency",
    "latency-dist",
    "loss",
    "nemesis",
    "partition-interval",
    "reorder",
    "start-spread",
];

/// The option that holds the flags that the workload defines.
const WORKLOAD_FLAGS: &str = "workload-flags";

/// Returns the flags of all options that differ from the default, except for the seed.
pub fn flags(options: &Options) -> Vec<String> {
    let mut flags = node_flags(&options.nodes);
    let is_one_flag = |name: &str| !["nodes", "seed", WORKLOAD_FLAGS].contains(&name);
    let mut others = others(options, is_one_flag);
    if options.clients() == options.nodes.len() {
        others.retain(|flag| !flag.starts_with("--concurrency="));
    }
    flags.append(&mut others);
    let own = options.workload_flags.iter();
    flags.extend(own.map(|(name, text)| format!("--{name}={text}")));
    flags
}

/// Returns the flags that inject faults.
pub fn fault_flags(options: &Options) -> Vec<String> {
    others(options, |name| FAULTS.contains(&name))
}

/// Returns the shortest flags that set these node names.
fn node_flags(nodes: &[String]) -> Vec<String> {
    if nodes == Options::default().nodes {
        return Vec::new();
    }
    if nodes == node_names(nodes.len()) {
        return vec![format!("--node-count={}", nodes.len())];
    }
    nodes.iter().map(|name| format!("--node={name}")).collect()
}

/// Returns a flag for each of these fields that differs from the default.
fn others(options: &Options, includes: impl Fn(&str) -> bool) -> Vec<String> {
    let defaults = to_map(&Options::default());
    to_map(options)
        .iter()
        .filter(|(name, value)| includes(name) && defaults.get(name.as_str()) != Some(value))
        .filter_map(|(name, value)| Some(format!("--{name}={}", text_of(value)?)))
        .collect()
}

/// Converts options to a map from flag names to values.
pub(super) fn to_map(options: &Options) -> Map<String, Value> {
    match serde_json::to_value(options) {
        Ok(Value::Object(map)) => map,
        _ => unreachable!("options are serialized as a map"),
    }
}

/// Formats the value of an option for its flag. Returns `None` for an option that is not set.
pub(super) fn text_of(value: &Value) -> Option<String> {
    Some(match value {
        Value::Null => return None,
        Value::String(text) => text.clone(),
        Value::Array(names) => {
            let names: Vec<String> = names.iter().filter_map(text_of).collect();
            names.join(",")
        }
        // Whole numbers are written without a decimal point.
        Value::Number(number) if number.is_f64() => number.as_f64()?.to_string(),
        other => other.to_string(),
    })
}

/// Joins words to a command line for a shell.
pub fn command_line<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let words: Vec<Cow<'_, str>> = words.into_iter().map(quote).collect();
    words.join(" ")
}

/// Quotes a word for a shell, unless it only has characters that are not special to any shell at
/// their position.
fn quote(word: &str) -> Cow<'_, str> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_=+,./:@%".contains(&byte);
    if !word.is_empty() && !word.starts_with(['=', '%']) && word.bytes().all(plain) {
        return word.into();
    }
    // Words of a command line have no NUL bytes, the only bytes that can't be quoted.
    shlex::try_quote(word).unwrap_or_default()
}

#[cfg(all(test, feature = "command"))]
mod tests {
    use super::*;
    use crate::options::{Concurrency, Given};

    /// Parses options from flags.
    fn parse(line: &str) -> Result<Options, String> {
        parse_words(&shlex::split(line).unwrap())
    }

    fn parse_words(words: &[String]) -> Result<Options, String> {
        let given: Given = Given::parse(words).map_err(|error| error.to_string())?;
        given.over(&Options::default())
    }

    #[test]
    fn flags_parse_to_the_options_they_were_made_from() {
        for line in [
            "",
            "--nodes a,b -n=-c --concurrency 3n --rate 0.1 --time-limit 7 --start-spread 250 \
             --latency 5 --latency-dist exponential --loss 0.25 --duplicate 1e-3 --reorder 1 \
             --adversary hold-back,burst --clock-drift 0.125 --nemesis pause,kill,partition \
             --nemesis-interval 0.3 --partition-interval 0.05 --kill-at step --recovery 1.5 --availability total --topology tree3 \
             --consistency-models serializable,PL-2 --key-count 3 --max-txn-length 9 \
             --max-writes-per-key 2 --strict=false --wfr-keys=false --sequential-keys \
             --linearizable-keys --checker-memory 7 --log-net-send --log-net-recv=true",
        ] {
            let options = parse(line).unwrap();
            assert_eq!(parse_words(&flags(&options)), Ok(options));
        }
    }

    #[test]
    fn every_option_round_trips_through_its_flag() {
        let options = Options {
            nodes: vec!["a".to_owned()],
            ..parse(
                "--concurrency 3 --rate 1 --time-limit 7 --start-spread 2 --latency 5 \
                 --latency-dist uniform --loss 0.2 --duplicate 0.3 --reorder 1 --adversary burst \
                 --clock-drift 0.1 --nemesis kill --nemesis-interval 3 --partition-interval 1 \
                 --kill-at step --recovery 1 \
                 --availability 0.5 --topology line --consistency-models serializable \
                 --key-count 3 --max-txn-length 9 --max-writes-per-key 2 --strict=false \
                 --wfr-keys=false --sequential-keys --linearizable-keys --checker-memory 7 \
                 --log-net-send --log-net-recv",
            )
            .unwrap()
        };
        let written = flags(&options);
        for name in to_map(&options).keys() {
            let flag = format!("--{}=", if name == "nodes" { "node" } else { name });
            let is_written = written.iter().any(|it| it.starts_with(&flag));
            // Callers that run several seeds add the seed, and `sub-via` only applies to recorded
            // histories.
            let is_left_out = ["seed", "sub-via"].contains(&name.as_str());
            assert_ne!(is_written, is_left_out, "{name}");
        }
    }

    #[test]
    fn numbers_have_the_forms_that_maelstrom_accepts() {
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
            let options = |line| parse(line).unwrap();
            assert_eq!(options(line), options(same), "{line}");
        }
        for (line, reason) in [
            ("--availability 3/2", "invalid value 1.5 for --availability"),
            (
                "--nemesis-interval 0/5",
                "invalid value 0 for --nemesis-interval",
            ),
            ("--nemesis-interval 1/0", "must be a number, such as 10"),
            (
                "--nemesis-interval 1e-10",
                "invalid value 0 for --nemesis-interval",
            ),
            ("--recovery 1e300", "at least 0 and below 2^64"),
            (
                "--rate=-1/2",
                "invalid value -0.5 for --rate: must be a number of at least 0",
            ),
            ("--rate 1e999", "must be a number, such as 10"),
        ] {
            let error = parse(line).unwrap_err();
            assert!(error.contains(reason), "{line}: {error}");
        }
    }

    #[test]
    fn defaults_are_omitted() {
        let options = Options {
            nodes: vec!["n0".to_owned(), "n1".to_owned()],
            concurrency: Concurrency::Clients(2),
            loss: 0.5,
            ..Options::default()
        };
        assert_eq!(flags(&options), ["--node-count=2", "--loss=0.5"]);
        assert_eq!(fault_flags(&options), ["--loss=0.5"]);
        let fewer = Options {
            nodes: vec!["n0".to_owned(), "n3".to_owned()],
            ..options
        };
        assert_eq!(flags(&fewer)[..2], ["--node=n0", "--node=n3"]);
        assert!(flags(&Options::default()).is_empty());
    }

    #[test]
    fn words_are_quoted_if_a_shell_would_change_them() {
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

    const NAMES: [&str; 28] = [
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
        "--partition-interval",
        "--kill-at",
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
    const VALUES: [&str; 29] = [
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
        "step",
        "read-committed",
        "=",
        "a/b",
        "\u{0}",
        "c1",
        "lin-kv",
    ];

    /// Returns a valid or almost valid flag, with or without a value.
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

    /// Returns the same options with the number of clients. Flags omit one client per node, even if
    /// the number of clients was given.
    fn counted(options: Options) -> Options {
        Options {
            concurrency: Concurrency::Clients(options.clients()),
            ..options
        }
    }

    fn try_random_flags(cases: u64) {
        let mut random = fastrand::Rng::with_seed(0);
        let mut accepted = 0;
        for _ in 0..cases {
            let count = random.usize(..4);
            let words: Vec<String> = (0..count).flat_map(|_| random_words(&mut random)).collect();
            let Ok(options) = parse_words(&words) else {
                continue;
            };
            accepted += 1;
            let read = parse_words(&flags(&options)).map(counted);
            assert_eq!(read, Ok(counted(options)), "{words:?}");
        }
        assert!(
            accepted > cases / 20 && accepted < cases,
            "{accepted} of {cases}"
        );
    }

    #[test]
    fn random_flags_are_rejected_or_describe_a_test() {
        try_random_flags(500);
    }

    #[test]
    #[ignore = "takes minutes"]
    fn a_million_random_flags_are_rejected_or_describe_a_test() {
        try_random_flags(1_000_000);
    }
}
