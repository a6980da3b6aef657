#!/bin/sh
# Hot words for speech recognition: a vocabulary is created, listed and deleted.
# With the emulator it prints: {…"vocabulary_id":"vocab-…{…"vocabulary_list":[{…{…
set -eu

customize() {
  curl --silent --show-error --fail-with-body \
    "$DASHSCOPE_EDGE_URL/api/v1/services/audio/asr/customization" \
    --header "Authorization: Bearer $DASHSCOPE_EDGE_KEY" \
    --header 'Content-Type: application/json' \
    --data "{\"model\":\"speech-biasing\",\"input\":$1}"
  echo
}

made=$(customize '{"action":"create_vocabulary","target_model":"fun-asr","prefix":"demo","vocabulary":[{"text":"DashScope","weight":4}]}')
echo "$made"
id=$(echo "$made" | sed -n 's/.*"vocabulary_id":"\([^"]*\)".*/\1/p')
customize '{"action":"list_vocabulary","prefix":"demo"}'
customize "{\"action\":\"delete_vocabulary\",\"vocabulary_id\":\"$id\"}"
