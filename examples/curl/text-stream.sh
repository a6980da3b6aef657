#!/bin/sh
# The answer as it is written: server-sent events, each with the piece that is new.
# With the emulator it prints: id:1…data:{…"content":"I am"…data:{…"finish_reason":"stop"…}
set -eu

curl --silent --show-error --fail-with-body --no-buffer \
  "$DASHSCOPE_EDGE_URL/api/v1/services/aigc/text-generation/generation" \
  --header "Authorization: Bearer $DASHSCOPE_EDGE_KEY" \
  --header 'Content-Type: application/json' \
  --header 'X-DashScope-SSE: enable' \
  --data '{
  "model": "qwen-plus",
  "input": {
    "messages": [
      { "role": "system", "content": "You are a helpful assistant." },
      { "role": "user", "content": "你是谁?" }
    ]
  },
  "parameters": { "result_format": "message", "incremental_output": true }
}'
