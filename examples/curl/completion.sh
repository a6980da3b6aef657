#!/bin/sh
# Code between a beginning and an end (fill in the middle).
# With the emulator it prints: {…"object":"text_completion"…"text":…"finish_reason":"stop"…}
set -eu

curl --silent --show-error --fail-with-body \
  "$DASHSCOPE_EDGE_URL/compatible-mode/v1/completions" \
  --header "Authorization: Bearer $DASHSCOPE_EDGE_KEY" \
  --header 'Content-Type: application/json' \
  --data '{
  "model": "qwen-coder-turbo",
  "prompt": "<|fim_prefix|>def add(a, b):\n    <|fim_suffix|>\n\nprint(add(1, 2))<|fim_middle|>"
}'
