//! The reference of workloads and the protocol in Markdown, generated from their declarations.

use std::fmt::Write as _;

use mael::ErrorCode;

use mael_sim::engine::{BodyDescription, InitRequest, Rpc, RpcDescription};
use mael_sim::workloads::{Workload, Workloads};

/// Returns the reference of workloads: what nodes must do, and which requests they get.
pub(crate) fn workloads(workloads: &Workloads) -> String {
    let all = workloads.all();
    let mut page = "\
# Workloads

A workload defines the requests of clients and how their history is checked. `-w` selects one. Each
request is listed with its reply, which may have no other fields. Any request may also be answered
with an error.

"
    .to_owned();
    for workload in &all {
        let name = workload.name();
        page += &format!("- [{name}](#{name})\n");
    }
    for workload in &all {
        page += &self::workload(&**workload);
    }
    page
}

/// Returns the section of a workload.
pub(crate) fn workload(workload: &dyn Workload) -> String {
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

/// Returns a body with types in place of values.
fn body(body: &BodyDescription, id: &str) -> String {
    let mut text = format!("{{\"type\": \"{}\", \"{id}\": integer", body.r#type);
    for (name, description) in &body.fields {
        // Writing to a string can't fail.
        let _ = write!(text, ", \"{name}\": {description}");
    }
    text + "}"
}

/// Returns the reference of the protocol: messages, the handshake and errors.
pub(crate) fn protocol() -> String {
    let mut page = format!(
        "\
# Protocol

A node reads messages from stdin and writes messages to stdout, each one line of JSON in UTF-8.
Stderr is its log.

```
{{\"src\": string, \"dest\": string, \"body\": {{\"type\": string, \"msg_id\": integer, \"in_reply_to\": integer, ...}}}}
```

`src` and `dest` are names: `n1` is a node, `c1` a client, and `lin-kv` a service. A request that
expects a reply has a `msg_id`, chosen by its sender, which the reply repeats as `in_reply_to`. In
addition, the body has the fields of its `type`.

## Handshake
{}
## Errors

Any request may be answered with an error. After a *definite* error, the request did not and will
never take effect. After any other error, it may have taken effect, or may still do so.

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
        let page = workloads(&Workloads::built_in());
        for text in [
            "- [broadcast](#broadcast)\n",
            "\n## broadcast\n\nClients send messages to nodes",
            "\n### topology\n\nSends the topology to a node before the first operation. The node must reply, but may ignore\nthe topology.",
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
