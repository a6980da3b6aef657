#!/bin/sh
# How many tokens a request has, as Claude Code asks before it sends one.
# With the emulator it prints: {"input_tokens":…}
set -eu

curl --silent --show-error --fail-with-body \
  "$DASHSCOPE_EDGE_URL/apps/anthropic/v1/messages/count_tokens" \
  --header "x-api-key: $DASHSCOPE_EDGE_KEY" \
  --header 'Content-Type: application/json' \
  --header 'anthropic-version: 2023-06-01' \
  --data '{ "model": "qwen-plus", "messages": [{ "role": "user", "content": "Who are you?" }] }'
