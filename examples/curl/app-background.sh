#!/bin/sh
# An application that works in the background: its response is looked up until it is complete, and then deleted.
# With the emulator it prints: queued…completed…"deleted":true…
set -eu

responses="$DASHSCOPE_EDGE_URL/api/v2/apps/agent/my-app/compatible-mode/v1/responses"

call() {
  curl --silent --show-error --fail-with-body --header "Authorization: Bearer $DASHSCOPE_EDGE_KEY" "$@"
}

# The first member of this name is that of the response itself.
value() {
  sed "s/\"$1\":\"\([^\"]*\)\".*/|\1/; s/.*|//"
}

made=$(call "$responses" --header 'Content-Type: application/json' \
  --data '{ "input": "Write a report", "background": true }')
id=$(echo "$made" | value id)
status=$(echo "$made" | value status)
echo "$status"
while [ "$status" = queued ] || [ "$status" = in_progress ]; do
  sleep 1
  status=$(call "$responses/$id" | value status)
done
echo "$status"
call --request DELETE "$responses/$id"
