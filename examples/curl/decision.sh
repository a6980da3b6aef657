#!/bin/sh
# A decision with probabilities instead of a text.
# With the emulator it prints: {…"answers":{"route":{"type":"choice","choice":…
set -eu

curl --silent --show-error --fail-with-body \
  "$DASHSCOPE_EDGE_URL/compatible-mode/v1/systemone" \
  --header "Authorization: Bearer $DASHSCOPE_EDGE_KEY" \
  --header 'Content-Type: application/json' \
  --data '{
  "model": "decision-model-preview",
  "state": "The parcel has not arrived after three weeks.",
  "questions": {
    "route": {
      "type": "choice",
      "criteria": { "refund": "give the money back", "wait": "ask for patience", "other": "all else" }
    }
  }
}'
