#!/bin/sh
# A picture and a question about it, answered as a stream.
# With the emulator it prints: id:1…"text":"I wa"…"finish_reason":"stop"…}
set -eu

curl --silent --show-error --fail-with-body --no-buffer \
  "$DASHSCOPE_EDGE_URL/api/v1/services/aigc/multimodal-generation/generation" \
  --header "Authorization: Bearer $DASHSCOPE_EDGE_KEY" \
  --header 'Content-Type: application/json' \
  --header 'X-DashScope-SSE: enable' \
  --data '{
  "model": "qwen3-vl-plus",
  "input": {
    "messages": [
      {
        "role": "user",
        "content": [
          { "image": "https://help-static-aliyun-doc.aliyuncs.com/file-manage-files/zh-CN/20241022/emyrja/dog_and_girl.jpeg" },
          { "text": "图中描绘的是什么景象?" }
        ]
      }
    ]
  },
  "parameters": { "incremental_output": true }
}'
