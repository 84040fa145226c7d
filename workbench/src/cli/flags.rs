//! The flags that say what a test is, and command lines made of them.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::Test;

/// The flags of [`TestArgs`](super::TestArgs) that describe this test, but for those that only
/// decide what is told while it runs.
pub(crate) fn flags(test: &Test) -> Vec<String> {
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

/// Those of the flags that make things go wrong.
pub(crate) fn fault_flags(test: &Test) -> [String; 8] {
    [
        format!("--latency={}", test.latency.mean),
        format!("--latency-dist={}", test.latency.distribution),
        format!("--loss={}", test.loss),
        format!("--duplicate={}", test.duplicate),
        format!("--reorder={}", test.reorder),
        format!("--adversary={}", list(&test.adversary)),
        format!("--clock-drift={}", test.clock_drift),
        format!("--nemesis={}", list(&test.nemesis)),
    ]
}

/// Names, as a flag takes them.
fn list<T: ToString>(all: &BTreeSet<T>) -> String {
    let names: Vec<String> = all.iter().map(T::to_string).collect();
    names.join(",")
}

/// A command line for a shell, of these words.
pub(crate) fn command_line<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
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
    use crate::cli::TestArgs;

    #[derive(Parser)]
    struct Arguments {
        #[command(flatten)]
        test: TestArgs,
    }

    #[test]
    fn flags_describe_the_test_they_are_of() {
        for line in [
            "",
            "--nodes a,b -n=-c --concurrency 3n --rate 0.1 --time-limit 7 --latency 5 \
             --latency-dist exponential --loss 0.25 --duplicate 1e-3 --reorder 1 \
             --adversary hold-back,burst --clock-drift 0.125 --nemesis flap,crash,kill,partition --nemesis-interval 0.3 --recovery 1.5 --availability total \
             --topology tree3 --consistency-models serializable,PL-2 --key-count 3 \
             --max-txn-length 9 --max-writes-per-key 2",
        ] {
            let parse = |words: &mut dyn Iterator<Item = String>| {
                let words = std::iter::once("mael".to_owned()).chain(words);
                let arguments = Arguments::try_parse_from(words).unwrap();
                arguments.test.to_test(3).unwrap()
            };
            let test = parse(&mut line.split_whitespace().map(str::to_owned));
            assert_eq!(parse(&mut flags(&test).into_iter()), test);
        }
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
}
