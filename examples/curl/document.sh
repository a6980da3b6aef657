#!/bin/sh
# Uploads a document, then asks about it.
# With the emulator it prints: {…"content":"document.txt has 112 bytes and begins \"杭州是浙江省的省会…}
set -eu

answer=$(curl --silent --show-error --fail-with-body \
  "$DASHSCOPE_EDGE_URL/compatible-mode/v1/files" \
  --header "Authorization: Bearer $DASHSCOPE_EDGE_KEY" \
  --form purpose=file-extract \
  --form "file=@$(dirname "$0")/../document.txt")
file=$(printf '%s' "$answer" | sed -n 's/.*"id": *"\([^"]*\)".*/\1/p')

curl --silent --show-error --fail-with-body \
  "$DASHSCOPE_EDGE_URL/api/v1/services/aigc/text-generation/generation" \
  --header "Authorization: Bearer $DASHSCOPE_EDGE_KEY" \
  --header 'Content-Type: application/json' \
  --data '{
  "model": "qwen-long",
  "input": {
    "messages": [
      { "role": "system", "content": "You are a helpful assistant." },
      { "role": "system", "content": "fileid://'"$file"'" },
      { "role": "user", "content": "这篇文章讲了什么?" }
    ]
  },
  "parameters": { "result_format": "message" }
}'
