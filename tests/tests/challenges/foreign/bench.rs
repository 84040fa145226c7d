//! Processes, a router between them, and clients.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

use mael_tests::{binary, finish, start, wait_until};
use serde_json::{Value, json};

use crate::foreign::store::{Stores, is_service};

/// The first id of a client's request: not even a float has it, nor an `i64`.
const FIRST_ID: u64 = 18_446_744_073_709_000_001;

/// The nodes of one test.
pub(crate) struct Bench {
    nodes: BTreeMap<&'static str, Child>,
    switch: Arc<Mutex<Switch>>,
    last_id: u64,
}

/// What goes to whom.
#[derive(Default)]
struct Switch {
    inputs: BTreeMap<&'static str, ChildStdin>,
    stores: Stores,
    /// The replies to clients, by the id of the request.
    replies: BTreeMap<u64, Value>,
    /// What no bench would understand.
    complaints: Vec<String>,
}

impl Switch {
    /// Writes a message to a node: without an id, in an unusual order, and with fields that the
    /// protocol does not know.
    fn send(&mut self, src: &str, dest: &str, mut body: Value) {
        body["trace"] = json!({"hops": [1, null], "type": "none"});
        let line = format!(
            r#"{{"body": {body}, "ttl": 0.5, "dest": {}, "via": [{{}}], "src": {}}}"#,
            json!(dest),
            json!(src)
        );
        match self.inputs.get_mut(dest) {
            // A node that has ended is noticed when the test ends.
            Some(input) => drop(writeln!(input, "{line}")),
            None => self.complaints.push(format!("to nobody: {line}")),
        }
    }

    /// Takes a line that `node` has written.
    fn route(&mut self, node: &str, line: &str) {
        let message: Value = match serde_json::from_str(line) {
            Ok(message) => message,
            Err(error) => return self.complaints.push(format!("{error}: {line}")),
        };
        let (Some(dest), body) = (message["dest"].as_str(), &message["body"]) else {
            return self.complaints.push(format!("it has no receiver: {line}"));
        };
        if message["src"] != node {
            return self.complaints.push(format!("not from {node}: {line}"));
        }
        if self.inputs.contains_key(dest) {
            self.send(node, dest, body.clone());
        } else if is_service(dest) {
            let mut reply = self.stores.handle(dest, body);
            reply["in_reply_to"] = body["msg_id"].clone();
            self.send(dest, node, reply);
        } else {
            let answered = body["in_reply_to"].as_u64();
            let former = answered.map(|id| self.replies.insert(id, body.clone()));
            if former != Some(None) {
                self.complaints.push(format!("it answers nothing: {line}"));
            }
        }
    }
}

impl Bench {
    /// Starts a binary once for each name, and initialises the nodes.
    pub(crate) fn new(bin: &str, names: &[&'static str], args: &[&str]) -> Self {
        let bin = binary(bin);
        let mut bench = Self {
            nodes: BTreeMap::new(),
            switch: Arc::default(),
            last_id: FIRST_ID,
        };
        for name in names {
            let mut child = start(Command::new(&bin).args(args));
            let (input, output) = (child.stdin.take(), child.stdout.take());
            let input = input.expect("stdin is a pipe");
            bench.switch().inputs.insert(name, input);
            bench.listen(name, output.expect("stdout is a pipe"));
            bench.nodes.insert(name, child);
        }
        for name in names {
            let init = json!({"type": "init", "node_id": name, "node_ids": names});
            let reply = bench.ask(name, init);
            assert_eq!(reply["type"], "init_ok", "{reply}");
        }
        bench
    }

    fn listen(&self, name: &'static str, output: ChildStdout) {
        let switch = Arc::clone(&self.switch);
        thread::spawn(move || {
            for line in BufReader::new(output).lines() {
                let line = line.expect("a node writes text");
                switch.lock().unwrap().route(name, &line);
            }
        });
    }

    fn switch(&self) -> MutexGuard<'_, Switch> {
        self.switch.lock().unwrap()
    }

    /// Sends a client's request, and gives its id.
    pub(crate) fn send(&mut self, node: &str, mut body: Value) -> u64 {
        self.last_id += 1;
        body["msg_id"] = json!(self.last_id);
        self.switch().send("client1", node, body);
        self.last_id
    }

    /// Waits for the reply to a request.
    pub(crate) fn reply(&self, id: u64) -> Value {
        wait_until("there is a reply", || {
            self.switch().replies.contains_key(&id)
        });
        self.switch().replies[&id].clone()
    }

    /// Sends a client's request, and waits for the reply.
    pub(crate) fn ask(&mut self, node: &str, body: Value) -> Value {
        let id = self.send(node, body);
        self.reply(id)
    }

    /// Asks again and again until the reply is as it should be.
    pub(crate) fn ask_until(
        &mut self,
        node: &str,
        body: &Value,
        is_right: impl Fn(&Value) -> bool,
    ) {
        wait_until(&format!("{node} answers {body} as it should"), || {
            thread::sleep(Duration::from_millis(20));
            is_right(&self.ask(node, body.clone()))
        });
    }

    /// Ends the input of all nodes, which then end as they should.
    pub(crate) fn end(self) {
        let mut switch = self.switch();
        assert_eq!(switch.complaints, [""; 0]);
        switch.inputs.clear();
        drop(switch);
        for (name, child) in self.nodes {
            let finished = finish(child);
            let (code, told) = (finished.code(), finished.stderr);
            assert!(code == 0 && !told.contains("panicked"), "{name}: {told}");
        }
    }
}
