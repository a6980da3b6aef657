#!/bin/sh
# A chat request that may wait, for half the price.
# With the emulator it prints: {…"content":"You said: Good night (message count: 1)"…
set -eu

curl --silent --show-error --fail-with-body --max-time 3700 \
  "$DASHSCOPE_EDGE_URL/compatible-mode/v1/chat/completions" \
  --header "Authorization: Bearer $DASHSCOPE_EDGE_KEY" \
  --header 'Content-Type: application/json' \
  --header 'X-Edge-Batch: chat' \
  --data '{ "model": "qwen-plus", "messages": [{ "role": "user", "content": "Good night" }] }'
