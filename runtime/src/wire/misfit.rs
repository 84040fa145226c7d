//! Where JSON does not fit what it is read as.

use serde::de::DeserializeSeed;

use crate::Error;

/// Says where and why `json` does not fit. It is read once more, slowly, by a reader that keeps the
/// path to where it is; so the path costs nothing as long as all is well.
#[cold]
pub(super) fn explain<'de, S: DeserializeSeed<'de>>(
    json: &'de str,
    seed: S,
    error: &serde_json::Error,
) -> Error {
    let mut track = serde_path_to_error::Track::new();
    let mut reader = serde_json::Deserializer::from_str(json);
    // It fails as it did before.
    let _ = seed.deserialize(serde_path_to_error::Deserializer::new(
        &mut reader,
        &mut track,
    ));
    let path = track.path();
    let text = error.to_string();
    // The place is one within the body, which nobody sees by itself.
    let place = format!(" at line {} column {}", error.line(), error.column());
    let reason = text.strip_suffix(&place).unwrap_or(&text);
    Error::malformed_request(match path.iter().next() {
        Some(_) => format!("`{path}`: {reason}"),
        None => reason.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;
    use serde_json::value::RawValue;

    use crate::wire::{Body, Maybe};

    #[derive(Debug, Deserialize, PartialEq)]
    struct Entry {
        offset: u64,
        tag: Option<Tag>,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    enum Tag {
        Of(u8),
    }

    type Logs = BTreeMap<String, Vec<Entry>>;

    fn text(json: &str) -> String {
        let body = RawValue::from_string(json.to_owned()).unwrap();
        let fields = Body::new(&body).fields::<(Logs, Maybe<Vec<u64>>), 2>(["logs", "more"]);
        fields.map(|_| ()).unwrap_err().text
    }

    #[test]
    fn the_path_leads_to_the_value_that_does_not_fit() {
        for (json, expected) in [
            (
                r#"{"type":"x","logs":{"k1":[{"offset":1},{"offset":"2"}]}}"#,
                r#"`logs.k1[1].offset`: invalid type: string "2", expected u64"#,
            ),
            (
                r#"{"logs":{"k":[{"tag":null}]}}"#,
                "`logs.k[0]`: missing field `offset`",
            ),
            (
                r#"{"logs":{"k":[{"offset":1,"tag":{"Of":300}}]}}"#,
                "`logs.k[0].tag.Of`: invalid value: integer `300`, expected u8",
            ),
            (
                r#"{"logs":{},"more":[1,2,-3]}"#,
                "`more[2]`: invalid value: integer `-3`, expected u64",
            ),
            (
                r#"{"logs":[]}"#,
                "`logs`: invalid type: sequence, expected a map",
            ),
            (r#"{"more":[]}"#, "`logs` is missing"),
            (r#"{"logs":{},"logs":{}}"#, "`logs` stands there twice"),
            ("[]", "invalid type: sequence, expected an object"),
        ] {
            assert_eq!(text(json), expected, "{json}");
        }
    }
}
