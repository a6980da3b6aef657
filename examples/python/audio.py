"""A recording and a question about it.

With the emulator it prints: I was shown 1 audio. You said: 这段音频在说什么? (message count: 1)
"""

import os

import dashscope

dashscope.base_http_api_url = os.environ["DASHSCOPE_EDGE_URL"] + "/api/v1"
dashscope.api_key = os.environ["DASHSCOPE_EDGE_KEY"]

RECORDING = "https://dashscope.oss-cn-beijing.aliyuncs.com/audios/welcome.mp3"

response = dashscope.MultiModalConversation.call(
    model="qwen2-audio-instruct",
    messages=[
        {"role": "user", "content": [{"audio": RECORDING}, {"text": "这段音频在说什么?"}]},
    ],
)
if response.status_code != 200:
    raise SystemExit(f"{response.code}: {response.message}")
print(response.output.choices[0].message.content[0]["text"])
