#!/bin/sh
# The model searches the web before it answers.
# With the emulator it prints: {…"content":"You said: 明天杭州天气如何?…"plugins":{"search":{"count":1…}
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
      { "role": "user", "content": "明天杭州天气如何?" }
    ]
  },
  "parameters": { "enable_search": true, "result_format": "message" }
}'
