"""A node for Maelstrom's protocol: it reads and writes messages, each a line of JSON."""

import json
import sys

node_id = ""
node_ids = []


def send(dest, body):
    """Sends a message to a node, a client, or a service such as lin-kv."""
    print(json.dumps({"src": node_id, "dest": dest, "body": body}), flush=True)


def init(src, body):
    global node_id, node_ids
    node_id, node_ids = body["node_id"], body["node_ids"]
    return {"type": "init_ok"}


def echo(src, body):
    return {"type": "echo_ok", "echo": body["echo"]}


# A handler gets the body of a message, and returns the body of its reply, or None if there is none.
# Add yours here, by the type of the message: `mael doc` lists the requests of each workload.
HANDLERS = {"init": init, "echo": echo}


def unknown(src, body):
    return {"type": "error", "code": 10, "text": f"unknown type {body['type']}"}


for line in sys.stdin:
    message = json.loads(line)
    src, body = message["src"], message["body"]
    if "in_reply_to" in body and body["type"] not in HANDLERS:
        continue  # a reply to a message of this node
    reply = HANDLERS.get(body["type"], unknown)(src, body)
    if reply is not None and "msg_id" in body:
        send(src, {**reply, "in_reply_to": body["msg_id"]})
