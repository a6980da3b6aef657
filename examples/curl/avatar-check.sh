#!/bin/sh
# Whether pictures suit models of avatars: the checks that these models ask for before a task.
# With the emulator it prints: face:…"usage":{…image…animation:…"usage":{…image…clothes:…"usage":{…image…
set -eu

picture=https://dashscope.oss-cn-beijing.aliyuncs.com/images/dog_and_girl.jpeg

check() {
  printf '%s: ' "$1"
  curl --silent --show-error --fail-with-body \
    "$DASHSCOPE_EDGE_URL/api/v1/services/$2" \
    --header "Authorization: Bearer $DASHSCOPE_EDGE_KEY" \
    --header 'Content-Type: application/json' \
    --data "{\"model\":\"$3\",\"input\":{\"image_url\":\"$picture\"}}"
  echo
}

check face aigc/image2video/face-detect wan2.2-s2v-detect
check animation aigc/image2video/aa-detect animate-anyone-detect-gen2
check clothes vision/image-process/process aitryon-parsing-v1
