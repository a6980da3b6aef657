#!/bin/sh
# Tools around pictures: each takes its picture as a task, whose end is awaited.
# With the emulator it prints: out-painting SUCCEEDED…virtualmodel SUCCEEDED…texture SUCCEEDED…semantic SUCCEEDED…3d SUCCEEDED…template SUCCEEDED
set -eu

picture=https://dashscope.oss-cn-beijing.aliyuncs.com/images/dog_and_girl.jpeg

call() {
  curl --silent --show-error --fail-with-body --header "Authorization: Bearer $DASHSCOPE_EDGE_KEY" "$@"
}

value() {
  sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p"
}

run() {
  task=$(call "$DASHSCOPE_EDGE_URL/api/v1/services/aigc/$2" \
    --header 'Content-Type: application/json' --header 'X-DashScope-Async: enable' --data "$3" | value task_id)
  status=PENDING
  while [ "$status" = PENDING ] || [ "$status" = RUNNING ]; do
    sleep 1
    status=$(call "$DASHSCOPE_EDGE_URL/api/v1/tasks/$task" | value task_status)
  done
  echo "$1 $status"
}

run out-painting image2image/out-painting \
  "{\"model\":\"image-out-painting\",\"input\":{\"image_url\":\"$picture\"},\"parameters\":{\"x_scale\":2,\"y_scale\":2}}"
run virtualmodel virtualmodel/generation \
  "{\"model\":\"virtualmodel-v2\",\"input\":{\"base_image_url\":\"$picture\",\"prompt\":\"a woman in a park\"}}"
run texture wordart/texture \
  '{"model":"wordart-texture","input":{"text":{"text_content":"水"},"prompt":"waves"}}'
run semantic wordart/semantic \
  '{"model":"wordart-semantic","input":{"text":"水","prompt":"waves"}}'
run 3d video-generation/3d-generation \
  '{"model":"Tripo/Tripo-H3.1","input":{"prompt":"a chair"}}'
run template image2video/aa-template-generation \
  '{"model":"animate-anyone-template-gen2","input":{"video_url":"https://example.com/dance.mp4"}}'
