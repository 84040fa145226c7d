//! The reference of workloads and protocol, as Markdown, made from their declarations.

use std::fmt::Write as _;

use mael::ErrorCode;

use mael_sim::engine::{BodyDescription, InitRequest, Rpc, RpcDescription};
use mael_sim::workloads;
use mael_sim::workloads::Workload;

/// Each workload: what nodes are to do, and which requests they get.
pub(crate) fn workloads() -> String {
    let all = workloads::all();
    let mut page = "\
# Workloads

A workload is what clients ask of nodes, and how the answers are judged. `-w` chooses one. The
requests of clients are listed below with their replies, which may have no other fields; any
request may also be answered with an error.

"
    .to_owned();
    for workload in &all {
        let name = workload.name();
        page += &format!("- [{name}](#{name})\n");
    }
    for workload in &all {
        page += &section(&**workload);
    }
    page
}

fn section(workload: &dyn Workload) -> String {
    let requests: Vec<String> = workload.rpcs().iter().map(request).collect();
    let (name, doc) = (workload.name(), workload.doc());
    format!("\n## {name}\n\n{doc}\n{}", requests.concat())
}

fn request(rpc: &RpcDescription) -> String {
    let lines = rpc.doc.lines().map(str::trim);
    let doc = lines.collect::<Vec<_>>().join("\n");
    format!(
        "\n### {}\n\n{}\n\n```\n{}\n{}\n```\n",
        rpc.request.r#type,
        doc.trim(),
        body(&rpc.request, "msg_id"),
        body(&rpc.reply, "in_reply_to"),
    )
}

/// A body with the types of its values in their place.
fn body(body: &BodyDescription, id: &str) -> String {
    let mut text = format!("{{\"type\": \"{}\", \"{id}\": integer", body.r#type);
    for (name, description) in &body.fields {
        // Writing to a string can't fail.
        let _ = write!(text, ", \"{name}\": {description}");
    }
    text + "}"
}

/// What nodes say to each other and to clients: messages, the handshake, errors.
pub(crate) fn protocol() -> String {
    let mut page = format!(
        "\
# Protocol

A node reads messages from stdin and writes messages to stdout, each one line of JSON in UTF-8.
What it writes to stderr is its log.

```
{{\"src\": string, \"dest\": string, \"body\": {{\"type\": string, \"msg_id\": integer, \"in_reply_to\": integer, ...}}}}
```

`src` and `dest` are names: `n1` of a node, `c1` of a client, `lin-kv` of a service. A request that
is to be answered has a `msg_id` of its sender's choice, which the reply repeats as `in_reply_to`.
Besides these the body has the fields of its `type`.

## Handshake
{}
## Errors

Any request may be answered with an error. A *definite* one says that the request did not and will
never take effect; after any other it may have, or may yet.

```
{{\"type\": \"error\", \"in_reply_to\": integer, \"code\": integer, \"text\": string}}
```

| code | name | definite | meaning |
|---:|---|---|---|
",
        request(&InitRequest::describe()),
    );
    for code in ErrorCode::ALL {
        page += &row(&code.number().to_string(), code);
    }
    page + &row("other", ErrorCode::Other(1000))
}

fn row(number: &str, code: ErrorCode) -> String {
    let definite = if code.is_definite() { "yes" } else { "no" };
    format!(
        "| {number} | {} | {definite} | {} |\n",
        code.name(),
        code.meaning()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_shown_with_their_fields() {
        let page = workloads();
        for text in [
            "- [broadcast](#broadcast)\n",
            "\n## broadcast\n\nClients give messages to nodes",
            "\n### topology\n\nTells a node who neighbours whom, before the first operation. It must be\nanswered;",
            "{\"type\": \"topology\", \"msg_id\": integer, \"topology\": {string: [string, ...], ...}}\n{\"type\": \"topology_ok\", \"in_reply_to\": integer}\n",
            "{\"type\": \"read_ok\", \"in_reply_to\": integer, \"messages\": [any, ...]}",
        ] {
            assert!(page.contains(text), "{text:?} in {page}");
        }
    }

    #[test]
    fn the_protocol_has_the_handshake_and_every_error() {
        let page = protocol();
        assert!(page.contains("{\"type\": \"init\", \"msg_id\": integer, \"node_id\": string, \"node_ids\": [string, ...]}"));
        assert!(page.contains("| 22 | precondition-failed | yes | "));
        assert!(page.contains("| 13 | crash | no | "));
        assert!(page.contains("| other | unknown | no | "));
    }
}
