#!/bin/sh
# Starts the node in Python.
exec python3 "$(dirname "$0")/guestbook.py" "$@"
