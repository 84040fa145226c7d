// A node for Maelstrom's protocol: it reads and writes messages, each a line of JSON.

const readline = require("node:readline");

let nodeId = "";
let nodeIds = [];

// Sends a message to a node, a client, or a service such as lin-kv.
function send(dest, body) {
  process.stdout.write(JSON.stringify({ src: nodeId, dest, body }) + "\n");
}

// A handler gets the body of a message, and returns the body of its reply, or nothing if there is
// none. Add yours here, by the type of the message: `mael doc` lists the requests of each workload.
const handlers = {
  init(src, body) {
    nodeId = body.node_id;
    nodeIds = body.node_ids;
    return { type: "init_ok" };
  },

  echo(src, body) {
    return { type: "echo_ok", echo: body.echo };
  },
};

function unknown(src, body) {
  return { type: "error", code: 10, text: `unknown type ${body.type}` };
}

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const { src, body } = JSON.parse(line);
  const isHandled = Object.hasOwn(handlers, body.type);
  if ("in_reply_to" in body && !isHandled) return; // a reply to a message of this node
  const reply = (isHandled ? handlers[body.type] : unknown)(src, body);
  if (reply && "msg_id" in body) send(src, { ...reply, in_reply_to: body.msg_id });
});
