#!/bin/sh
# A recording and a question about it.
# With the emulator it prints: {…"text":"I was shown 1 audio. You said: 这段音频在说什么?…}
set -eu

curl --silent --show-error --fail-with-body \
  "$DASHSCOPE_EDGE_URL/api/v1/services/aigc/multimodal-generation/generation" \
  --header "Authorization: Bearer $DASHSCOPE_EDGE_KEY" \
  --header 'Content-Type: application/json' \
  --data '{
  "model": "qwen2-audio-instruct",
  "input": {
    "messages": [
      { "role": "system", "content": [{ "text": "You are a helpful assistant." }] },
      {
        "role": "user",
        "content": [
          { "audio": "https://dashscope.oss-cn-beijing.aliyuncs.com/audios/welcome.mp3" },
          { "text": "这段音频在说什么?" }
        ]
      }
    ]
  }
}'
