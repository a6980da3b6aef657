#!/bin/sh
# The model picks one of the functions it was offered and fills in the arguments.
# With the emulator it prints: {…"name":"get_current_weather"…杭州…"finish_reason":"tool_calls"…}
set -eu

curl --silent --show-error --fail-with-body \
  "$DASHSCOPE_EDGE_URL/api/v1/services/aigc/text-generation/generation" \
  --header "Authorization: Bearer $DASHSCOPE_EDGE_KEY" \
  --header 'Content-Type: application/json' \
  --data '{
  "model": "qwen-plus",
  "input": {
    "messages": [{ "role": "user", "content": "杭州天气怎么样" }]
  },
  "parameters": {
    "result_format": "message",
    "tools": [
      {
        "type": "function",
        "function": {
          "name": "get_current_time",
          "description": "Tells the time now.",
          "parameters": {}
        }
      },
      {
        "type": "function",
        "function": {
          "name": "get_current_weather",
          "description": "Tells the weather of a city or district.",
          "parameters": {
            "type": "object",
            "properties": { "location": { "type": "string", "description": "A city or district, such as 杭州市 or 余杭区." } },
            "required": ["location"]
          }
        }
      }
    ]
  }
}'
