//! The explanations of a verdict, grouped by anomaly.

use std::borrow::Cow;
use std::fmt;

use mael_history::{Validity, Value};

use crate::anomalies::named;
use crate::stricter;

/// An anomaly, with the number of its cases, and one of them explained.
#[derive(Clone, Debug, PartialEq)]
pub struct Explained<'a> {
    /// The name of the anomaly. `None` for a remark on all of them.
    pub anomaly: Option<Cow<'a, str>>,
    /// The number of cases.
    pub count: u64,
    /// The sentence that explains the first case, or the smallest.
    pub text: &'a str,
}

impl fmt::Display for Explained<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { count, text, .. } = self;
        match &self.anomaly {
            Some(name) if *count > 1 => write!(f, "{name} (1 of {count}): {text}"),
            Some(name) => write!(f, "{name}: {text}"),
            None => f.write_str(text),
        }
    }
}

/// Groups the explanations of a verdict by anomaly, in the order of their first cases.
///
/// `results` is the result map. If it names anomalies, the explanation of each begins with the name
/// and a colon. `unnamed` is the name to use if it names none.
pub fn explained<'a>(
    valid: Validity,
    results: &'a Value,
    explanation: impl IntoIterator<Item = &'a str>,
    unnamed: &'a str,
) -> Vec<Explained<'a>> {
    let found: Vec<&str> = named(results).collect();
    let unnamed = match valid {
        _ if !found.is_empty() => None,
        Validity::Unknown => Some("unknown"),
        Validity::True | Validity::False => Some(unnamed),
    };
    let all_unnamed = unnamed.and_then(|name| count(results, name));
    let findings = stricter::of_results(results);
    let mut groups = Vec::<Explained<'a>>::new();
    for text in explanation {
        let anomaly = found.iter().find_map(|name| {
            let text = after(text, name)?;
            Some((Cow::from(*name), count(results, name), text))
        });
        let finding = || {
            let text = text.strip_prefix("stricter, ")?;
            findings.iter().find_map(|(name, count)| {
                let name_of_all = Cow::from(format!("stricter, {name}"));
                Some((name_of_all, Some(*count), after(text, name)?))
            })
        };
        let other = || Some((Cow::from(unnamed?), all_unnamed, text));
        let Some((name, count, text)) = anomaly.or_else(finding).or_else(other) else {
            groups.push(Explained {
                anomaly: None,
                count: 1,
                text,
            });
            continue;
        };
        let same = groups.iter_mut();
        let mut same = same.filter(|it| it.anomaly.as_ref() == Some(&name));
        match (same.next(), count) {
            (None, _) => groups.push(Explained {
                anomaly: Some(name),
                count: count.unwrap_or(1),
                text,
            }),
            (Some(group), None) => group.count += 1,
            (Some(_), Some(_)) => {}
        }
    }
    groups
}

/// Returns the text after a name and a colon.
fn after<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.strip_prefix(name)?.strip_prefix(": ")
}

/// Returns the number of cases of an anomaly, if the results have it: those of transactions, logs,
/// and sets, of which not all cases are explained.
fn count(results: &Value, name: &str) -> Option<u64> {
    let cases = results.get("anomalies").and_then(|all| entry(all, name));
    let listed = cases.map(|cases| cases.items().count() as u64);
    listed.or_else(|| {
        let of_log = entry(results, name).and_then(|found| found.get("count"));
        let count = of_log.or_else(|| entry(results, &format!("{name}-count")))?;
        count.to_string().parse().ok()
    })
}

fn entry<'v>(map: &'v Value, name: &str) -> Option<&'v Value> {
    let Value::Map(entries) = map else {
        return None;
    };
    let mut entries = entries.iter();
    let found = entries.find(|(key, _)| key.name() == Some(name));
    found.map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Findings, Verdict, set_full};
    use mael_history::History;

    fn lines(verdict: &Verdict, unnamed: &str) -> Vec<String> {
        let texts = verdict.explanation.iter().map(String::as_str);
        let explained = explained(verdict.valid, &verdict.results, texts, unnamed);
        explained.iter().map(Explained::to_string).collect()
    }

    #[test]
    fn cases_of_an_anomaly_are_counted_and_the_first_is_explained() {
        let mut findings = Findings::default();
        for token in 1..=5 {
            findings.add("token-reused", format!("token {token} was reused"));
        }
        findings.add("token-lost", "token 9 was lost");
        assert_eq!(
            lines(&findings.into_verdict(), "unnamed"),
            [
                "token-reused (1 of 5): token 1 was reused",
                "token-lost: token 9 was lost"
            ]
        );
    }

    #[test]
    fn cases_without_a_name_have_that_of_the_workload() {
        let adds = |element| {
            format!(
                "{{:process 0, :type :invoke, :f :add, :value {element}}}
                 {{:process 0, :type :ok, :f :add, :value {element}}}"
            )
        };
        let history = format!(
            "{}{}{{:process 0, :type :invoke, :f :read, :value nil}}
             {{:process 0, :type :ok, :f :read, :value []}}",
            adds(1),
            adds(2)
        );
        let verdict = set_full::check(&History::from_edn(&history).unwrap(), "add");
        let lines = lines(&verdict, "lost");
        assert_eq!(lines.len(), 1);
        assert!(lines[0].starts_with("lost (1 of 2): element 1 is lost: "));
    }

    #[test]
    fn a_history_that_cannot_be_judged_has_no_anomaly() {
        let verdict = Verdict::unknown("too little memory");
        assert_eq!(lines(&verdict, "lost"), ["unknown: too little memory"]);
    }

    #[test]
    fn a_remark_on_all_anomalies_has_a_line_of_its_own() {
        let history = "
            {:process 0, :type :invoke, :f :txn, :value [[:append 1 1]]}
            {:process 0, :type :fail, :f :txn, :value [[:append 1 1]]}
            {:process 0, :type :invoke, :f :txn, :value [[:r 1 nil]]}
            {:process 0, :type :ok, :f :txn, :value [[:r 1 [1]]]}";
        let history = History::from_edn(history).unwrap();
        let models = ["read-committed".to_owned()];
        let verdict = crate::elle::list_append::check(&history, &models);
        let lines = lines(&verdict, "unnamed");
        assert!(lines[0].starts_with("G1a: "), "{lines:?}");
        let last = lines.last().unwrap();
        assert_eq!(last, "so the history is not read-committed");
    }
}
