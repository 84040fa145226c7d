"""A guestbook on a single node, in Python. With the argument `forgetful` it keeps no more than three
signatures."""

import json
import sys

forgetful = sys.argv[1:] == ["forgetful"]
names = []
for line in sys.stdin:
    message = json.loads(line)
    body = message["body"]
    reply = {"type": body["type"] + "_ok", "in_reply_to": body["msg_id"]}
    if body["type"] == "add":
        names.append(body["element"])
        if forgetful:
            del names[:-3]
    elif body["type"] == "read":
        reply["value"] = sorted(set(names))
    sent = {"src": message["dest"], "dest": message["src"], "body": reply}
    print(json.dumps(sent), flush=True)
