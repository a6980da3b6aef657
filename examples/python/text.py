"""One question, one answer.

With the emulator it prints: I am qwen-plus, a large language model played by the emulator.
"""

import os

import dashscope

dashscope.base_http_api_url = os.environ["DASHSCOPE_EDGE_URL"] + "/api/v1"
dashscope.api_key = os.environ["DASHSCOPE_EDGE_KEY"]

response = dashscope.Generation.call(
    model="qwen-plus",
    messages=[
        {"role": "system", "content": "You are a helpful assistant."},
        {"role": "user", "content": "你是谁?"},
    ],
    result_format="message",
)
if response.status_code != 200:
    raise SystemExit(f"{response.code}: {response.message}")
print(response.output.choices[0].message.content)
