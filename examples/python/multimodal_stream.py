"""A picture and a question about it, answered as a stream.

With the emulator it prints: I was shown 1 image. You said: 图中描绘的是什么景象? (message count: 1)
"""

import os

import dashscope

dashscope.base_http_api_url = os.environ["DASHSCOPE_EDGE_URL"] + "/api/v1"
dashscope.api_key = os.environ["DASHSCOPE_EDGE_KEY"]

PICTURE = (
    "https://help-static-aliyun-doc.aliyuncs.com/file-manage-files/zh-CN/20241022/emyrja/dog_and_girl.jpeg"
)

responses = dashscope.MultiModalConversation.call(
    model="qwen3-vl-plus",
    messages=[
        {"role": "user", "content": [{"image": PICTURE}, {"text": "图中描绘的是什么景象?"}]},
    ],
    stream=True,
    incremental_output=True,
)
for response in responses:
    if response.status_code != 200:
        raise SystemExit(f"{response.code}: {response.message}")
    for part in response.output.choices[0].message.content:
        print(part["text"], end="", flush=True)
print()
