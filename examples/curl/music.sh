#!/bin/sh
# A song from a description.
# With the emulator it prints: {…"audio":{…"usage":{"duration":11}…
set -eu

curl --silent --show-error --fail-with-body \
  "$DASHSCOPE_EDGE_URL/api/v1/services/audio/music/generation" \
  --header "Authorization: Bearer $DASHSCOPE_EDGE_KEY" \
  --header 'Content-Type: application/json' \
  --data '{ "model": "fun-music-v1", "input": { "prompt": "a calm song" } }'
