#!/bin/sh
# A video, given as a list of its frames.
# With the emulator it prints: {…"text":"I was shown a video of 4 frames. You said: 描述这个视频的具体过程…}
set -eu

curl --silent --show-error --fail-with-body \
  "$DASHSCOPE_EDGE_URL/api/v1/services/aigc/multimodal-generation/generation" \
  --header "Authorization: Bearer $DASHSCOPE_EDGE_KEY" \
  --header 'Content-Type: application/json' \
  --data '{
  "model": "qwen-vl-max-latest",
  "input": {
    "messages": [
      {
        "role": "user",
        "content": [
          {
            "video": [
              "https://img.alicdn.com/imgextra/i3/O1CN01K3SgGo1eqmlUgeE9b_!!6000000003923-0-tps-3840-2160.jpg",
              "https://img.alicdn.com/imgextra/i4/O1CN01BjZvwg1Y23CF5qIRB_!!6000000003000-0-tps-3840-2160.jpg",
              "https://img.alicdn.com/imgextra/i4/O1CN01Ib0clU27vTgBdbVLQ_!!6000000007859-0-tps-3840-2160.jpg",
              "https://img.alicdn.com/imgextra/i1/O1CN01aygPLW1s3EXCdSN4X_!!6000000005710-0-tps-3840-2160.jpg"
            ]
          },
          { "text": "描述这个视频的具体过程" }
        ]
      }
    ]
  }
}'
