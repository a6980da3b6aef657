#!/bin/sh
# Several pictures in one question.
# With the emulator it prints: {…"text":"I was shown 3 images. You said: 这些是什么?…}
set -eu

curl --silent --show-error --fail-with-body \
  "$DASHSCOPE_EDGE_URL/api/v1/services/aigc/multimodal-generation/generation" \
  --header "Authorization: Bearer $DASHSCOPE_EDGE_KEY" \
  --header 'Content-Type: application/json' \
  --data '{
  "model": "qwen-vl-plus",
  "input": {
    "messages": [
      {
        "role": "user",
        "content": [
          { "image": "https://dashscope.oss-cn-beijing.aliyuncs.com/images/dog_and_girl.jpeg" },
          { "image": "https://dashscope.oss-cn-beijing.aliyuncs.com/images/tiger.png" },
          { "image": "https://dashscope.oss-cn-beijing.aliyuncs.com/images/rabbit.png" },
          { "text": "这些是什么?" }
        ]
      }
    ]
  }
}'
