#!/bin/sh
# A picture in DashScope's temporary storage, and a question about it. Pages can upload in the same way.
# With the emulator it prints: {…"content":"I was shown 1 image. You said: What is it?…}
set -eu

cd "$(dirname "$0")"
picture=$(mktemp)
trap 'rm -f "$picture"' EXIT
printf '\211PNG\r\n\032\n' > "$picture"

url=$(curl --silent --show-error --fail-with-body "$DASHSCOPE_EDGE_URL/edge/uploads" \
  --header "Authorization: Bearer $DASHSCOPE_EDGE_KEY" \
  --form model=qwen-vl-plus \
  --form "file=@$picture;type=image/png;filename=picture.png" | sed 's/.*"url":"\([^"]*\)".*/\1/')

curl --silent --show-error --fail-with-body "$DASHSCOPE_EDGE_URL/compatible-mode/v1/chat/completions" \
  --header "Authorization: Bearer $DASHSCOPE_EDGE_KEY" \
  --header 'Content-Type: application/json' \
  --data '{
  "model": "qwen-vl-plus",
  "messages": [
    {
      "role": "user",
      "content": [
        { "type": "image_url", "image_url": { "url": "'"$url"'" } },
        { "type": "text", "text": "What is it?" }
      ]
    }
  ]
}'
