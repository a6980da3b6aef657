"""The model asks for a function, the program runs it, the model answers with what it returned.

With the emulator it prints: The tool said: 杭州今天是晴天
"""

import json
import os

import dashscope

dashscope.base_http_api_url = os.environ["DASHSCOPE_EDGE_URL"] + "/api/v1"
dashscope.api_key = os.environ["DASHSCOPE_EDGE_KEY"]

TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "get_current_time",
            "description": "Tells the time now.",
            "parameters": {},
        },
    },
    {
        "type": "function",
        "function": {
            "name": "get_current_weather",
            "description": "Tells the weather of a city or district.",
            "parameters": {
                "type": "object",
                "properties": {
                    "location": {"type": "string", "description": "A city or district, such as 杭州市."},
                },
                "required": ["location"],
            },
        },
    },
]


def ask(messages):
    response = dashscope.Generation.call(
        model="qwen-plus", messages=messages, tools=TOOLS, result_format="message"
    )
    if response.status_code != 200:
        raise SystemExit(f"{response.code}: {response.message}")
    return response.output.choices[0].message


def get_current_weather(location):
    return f"{location}今天是晴天"


messages = [{"role": "user", "content": "杭州天气怎么样"}]
asked = ask(messages)
call = asked.tool_calls[0]
arguments = json.loads(call["function"]["arguments"])
messages += [
    asked,
    {"role": "tool", "tool_call_id": call["id"], "content": get_current_weather(**arguments)},
]
print(ask(messages).content)
