#!/bin/sh
# One question, one answer.
# With the emulator it prints: {…"content":"I am qwen-plus, a large language model played by the emulator."…}
set -eu

curl --silent --show-error --fail-with-body \
  "$DASHSCOPE_EDGE_URL/api/v1/services/aigc/text-generation/generation" \
  --header "Authorization: Bearer $DASHSCOPE_EDGE_KEY" \
  --header 'Content-Type: application/json' \
  --data '{
  "model": "qwen-plus",
  "input": {
    "messages": [
      { "role": "system", "content": "You are a helpful assistant." },
      { "role": "user", "content": "你是谁?" }
    ]
  },
  "parameters": { "result_format": "message" }
}'
