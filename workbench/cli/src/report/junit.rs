//! The results of several tests as JUnit XML.

use mael_pictures::to_xml;
use mael_sim::Exit;
use maud::{Markup, PreEscaped, html};

use super::score::{Score, ScoredRun};

/// Returns a test suite with a case for each test.
pub(crate) fn junit(scores: &[Score]) -> String {
    let runs = || scores.iter().filter_map(|score| score.result.as_ref());
    let seconds: f64 = runs().map(|run| run.took.as_secs_f64()).sum();
    let errors = runs().filter(|run| run.exit == Exit::Failed).count();
    let skipped = scores.len() - runs().count();
    let failures = runs().filter(|run| run.exit != Exit::Valid).count() - errors;
    let suite = html! {
        (PreEscaped("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"))
        testsuites {
            testsuite name="mael glomers" tests=(scores.len()) failures=(failures) errors=(errors)
                skipped=(skipped) time=(format!("{seconds:.3}")) {
                @for score in scores { (case(score)) }
            }
        }
    };
    suite.into_string()
}

fn case(score: &Score) -> Markup {
    let took = score.result.as_ref().map(|run| run.took.as_secs_f64());
    let class = format!("glomers.{}", score.challenge);
    let time = format!("{:.3}", took.unwrap_or_default());
    html! {
        testcase classname=(class) name=(score.title) time=(time) {
            @match &score.result {
                None => { skipped {} },
                Some(run) => {
                    (failure(score, run))
                    system-out { (to_xml(format!("store: {}", run.store.display()))) }
                }
            }
        }
    }
}

/// Returns the element that says why a test failed.
fn failure(score: &Score, run: &ScoredRun) -> Markup {
    let reason = to_xml(run.reason.clone().unwrap_or_else(|| score.verdict()));
    let what = to_xml(score.verdict());
    let summary = to_xml(run.summary.clone());
    match run.exit {
        Exit::Valid => html! {},
        Exit::Failed => html! { error type=(what) message=(reason) { (summary) } },
        _ => html! { failure type=(what) message=(reason) { (summary) } },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mael_sim::Options;
    use mael_sim::glomers::line;

    #[test]
    fn a_test_that_was_not_run_is_skipped() {
        let line = line("3b", "broadcast", "broadcast", "");
        let program = "broadcast".to_owned();
        let score = Score::new(&line, line.bin, program, &Options::default());
        let xml = junit(&[score]);
        assert!(
            xml.contains("skipped=\"1\"") && xml.contains("<skipped></skipped>"),
            "{xml}"
        );
        assert!(xml.contains("name=\"3b broadcast\""), "{xml}");
    }
}
