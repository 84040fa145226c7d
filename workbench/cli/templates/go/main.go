// A node for Maelstrom's protocol: it reads and writes messages, each a line of JSON.
package main

import (
	"bufio"
	"encoding/json"
	"io"
	"log"
	"os"
)

type Body = map[string]any

type Message struct {
	Src  string `json:"src"`
	Dest string `json:"dest"`
	Body Body   `json:"body"`
}

var (
	nodeID  string
	nodeIDs []any
)

// A handler gets the body of a message, and returns the body of its reply, or nil if there is none.
// Add yours here, by the type of the message: `mael doc` lists the requests of each workload.
var handlers = map[string]func(src string, body Body) Body{
	"init": func(src string, body Body) Body {
		nodeID, nodeIDs = body["node_id"].(string), body["node_ids"].([]any)
		return Body{"type": "init_ok"}
	},
	"echo": func(src string, body Body) Body {
		return Body{"type": "echo_ok", "echo": body["echo"]}
	},
}

func unknown(src string, body Body) Body {
	return Body{"type": "error", "code": 10, "text": "unknown type " + body["type"].(string)}
}

// Sends a message to a node, a client, or a service such as lin-kv.
func send(dest string, body Body) {
	if err := json.NewEncoder(os.Stdout).Encode(Message{nodeID, dest, body}); err != nil {
		log.Fatal(err)
	}
}

func main() {
	input := json.NewDecoder(bufio.NewReader(os.Stdin))
	input.UseNumber() // an integer stays one
	for {
		var message Message
		if err := input.Decode(&message); err == io.EOF {
			return
		} else if err != nil {
			log.Fatal(err)
		}
		body := message.Body
		handler, isHandled := handlers[body["type"].(string)]
		if _, isReply := body["in_reply_to"]; isReply && !isHandled {
			continue // a reply to a message of this node
		}
		if !isHandled {
			handler = unknown
		}
		if reply := handler(message.Src, body); reply != nil && body["msg_id"] != nil {
			reply["in_reply_to"] = body["msg_id"]
			send(message.Src, reply)
		}
	}
}
