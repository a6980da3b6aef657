"""Several pictures in one question.

With the emulator it prints: I was shown 3 images. You said: 这些是什么? (message count: 1)
"""

import os

import dashscope

dashscope.base_http_api_url = os.environ["DASHSCOPE_EDGE_URL"] + "/api/v1"
dashscope.api_key = os.environ["DASHSCOPE_EDGE_KEY"]

PICTURES = "https://dashscope.oss-cn-beijing.aliyuncs.com/images"

response = dashscope.MultiModalConversation.call(
    model="qwen-vl-max",
    messages=[
        {
            "role": "user",
            "content": [
                {"image": f"{PICTURES}/dog_and_girl.jpeg"},
                {"image": f"{PICTURES}/tiger.png"},
                {"image": f"{PICTURES}/rabbit.png"},
                {"text": "这些是什么?"},
            ],
        },
    ],
)
if response.status_code != 200:
    raise SystemExit(f"{response.code}: {response.message}")
print(response.output.choices[0].message.content[0]["text"])
