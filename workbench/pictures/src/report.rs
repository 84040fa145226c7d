//! The report of a run: one page that contains everything.

use mael_history::{Validity, Value};
use maud::{Markup, PreEscaped, html};

use crate::page::page;
use crate::{AnomalyPicture, Run};

/// The maximum number of explanations of one anomaly.
const EXPLAINED: usize = 1;

/// What the report of a run says, in addition to its pictures.
#[derive(Clone, Debug)]
pub struct Report<'a> {
    /// The verdict, in a sentence.
    pub verdict: &'a str,
    /// Whether the run is valid.
    pub valid: Validity,
    /// What was run and checked, by name.
    pub checked: &'a [(&'a str, String)],
    /// The messages of the minimal run that fails, as SVG, if the run was shrunk.
    pub minimal: Option<&'a str>,
    /// The explanations of anomalies, the most important first. Each has the name of an anomaly,
    /// for those that don't begin with one.
    pub explanations: &'a [(&'static str, String)],
    /// What the checkers conclude from all anomalies, in sentences.
    pub conclusions: &'a [&'a str],
    /// The name of the anomaly of pictures that have none.
    pub unnamed: &'a str,
    /// The figures of the run, by name.
    pub figures: &'a [(&'a str, String)],
    /// The report of the terminal.
    pub summary: &'a str,
    /// The pictures of anomalies.
    pub anomalies: &'a [AnomalyPicture],
    /// The other pictures, as SVG, with their headings.
    pub pictures: &'a [(&'a str, String)],
    /// The files of the run, relative to its folder, with what they contain.
    pub files: &'a [(&'a str, &'a str)],
}

/// Explanations that belong together, and their pictures.
struct Group<'a> {
    /// The name of an anomaly or a key.
    name: &'a str,
    texts: Vec<&'a str>,
    pictures: Vec<&'a str>,
}

/// Returns the report of a run as a page that needs no other file.
pub fn report(run: &Run<'_>, report: &Report<'_>) -> String {
    let tone = match report.valid {
        Validity::True => "good",
        Validity::Unknown => "unsure",
        Validity::False => "bad",
    };
    let groups = groups(report);
    let body = html! {
        h1 { (run.workload) }
        p class=(format!("verdict {tone}")) { (report.verdict) }
        @for conclusion in report.conclusions { p { (conclusion) } }
        (table(report.checked))
        @if let Some(svg) = report.minimal {
            h2 { "The minimal run" }
            div class="picture tall" { (PreEscaped(svg)) }
        }
        @if !groups.is_empty() {
            h2 { "Anomalies" }
            @for group in &groups { (group.draw()) }
        }
        h2 { "Figures" }
        (table(report.figures))
        h2 { "Pictures" }
        p { a href="timeline.html" { "timeline.html" } " shows the operations of each client." }
        @for (heading, svg) in report.pictures {
            h3 { (heading) }
            div class="picture tall" { (PreEscaped(svg)) }
        }
        h2 { "The report of the terminal" }
        pre { (report.summary) }
        h2 { "Files" }
        table {
            @for (file, what) in report.files {
                tr { td { a href=(file) { (file) } } td { (what) } }
            }
        }
    };
    let title = format!("{}: {}", run.workload, report.verdict);
    page(&title, "", &body)
}

fn table(rows: &[(&str, String)]) -> Markup {
    html! {
        table {
            @for (name, value) in rows {
                tr { td class="dim" { (name) } td { (value) } }
            }
        }
    }
}

/// Groups the explanations by anomaly, and adds the pictures to the group that has their name.
fn groups<'a>(report: &Report<'a>) -> Vec<Group<'a>> {
    let mut groups = Vec::<Group<'_>>::new();
    for (anomaly, text) in report.explanations {
        let begin = text.split_once(": ").map(|(begin, _)| begin);
        let is_picture = |begin: &&str| report.anomalies.iter().any(|it| it.name == *begin);
        let is_word = |begin: &str| !begin.trim_start_matches("stricter, ").contains(' ');
        let is_name = |begin: &&str| is_word(begin) || is_picture(begin);
        let name = begin.filter(is_name).unwrap_or(anomaly);
        match groups.iter_mut().find(|group| group.name == name) {
            Some(group) => group.texts.push(text),
            None => groups.push(Group {
                name,
                texts: vec![text],
                pictures: Vec::new(),
            }),
        }
    }
    for picture in report.anomalies {
        let position = groups.iter().position(|group| group.name == picture.name);
        let other = groups.iter().position(|group| group.name == report.unnamed);
        match position.or(other) {
            Some(position) => groups[position].pictures.push(&picture.svg),
            None => groups.push(Group {
                name: &picture.name,
                texts: Vec::new(),
                pictures: vec![&picture.svg],
            }),
        }
    }
    groups
}

impl Group<'_> {
    fn draw(&self) -> Markup {
        let more = self.texts.len().saturating_sub(EXPLAINED);
        html! {
            h3 { (self.name) }
            @for text in self.texts.iter().take(EXPLAINED) { p { (text) } }
            @for svg in &self.pictures { div class="picture" { (PreEscaped(svg)) } }
            @if more > 0 {
                details {
                    summary { (more) " more" }
                    @for text in &self.texts[EXPLAINED..] { p { (text) } }
                }
            }
        }
    }
}

/// Returns the names of the checkers in a result map, with their verdicts.
pub fn checkers(results: &Value) -> String {
    let Value::Map(checkers) = results else {
        return String::new();
    };
    let verdicts = checkers.iter().filter_map(|(name, result)| {
        let verdict = match result.get("valid?")? {
            Value::Bool(true) => "valid",
            Value::Bool(false) => "invalid",
            _ => "unknown",
        };
        Some(format!("{} ({verdict})", name.name()?))
    });
    verdicts.collect::<Vec<String>>().join(", ")
}
