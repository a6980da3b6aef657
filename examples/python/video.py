"""A video, given as a list of its frames.

With the emulator it prints: I was shown a video of 4 frames. You said: 描述这个视频的具体过程 (message count: 1)
"""

import os

import dashscope

dashscope.base_http_api_url = os.environ["DASHSCOPE_EDGE_URL"] + "/api/v1"
dashscope.api_key = os.environ["DASHSCOPE_EDGE_KEY"]

FRAMES = [
    "https://img.alicdn.com/imgextra/i3/O1CN01K3SgGo1eqmlUgeE9b_!!6000000003923-0-tps-3840-2160.jpg",
    "https://img.alicdn.com/imgextra/i4/O1CN01BjZvwg1Y23CF5qIRB_!!6000000003000-0-tps-3840-2160.jpg",
    "https://img.alicdn.com/imgextra/i4/O1CN01Ib0clU27vTgBdbVLQ_!!6000000007859-0-tps-3840-2160.jpg",
    "https://img.alicdn.com/imgextra/i1/O1CN01aygPLW1s3EXCdSN4X_!!6000000005710-0-tps-3840-2160.jpg",
]

response = dashscope.MultiModalConversation.call(
    model="qwen-vl-max-latest",
    messages=[
        {"role": "user", "content": [{"video": FRAMES}, {"text": "描述这个视频的具体过程"}]},
    ],
)
if response.status_code != 200:
    raise SystemExit(f"{response.code}: {response.message}")
print(response.output.choices[0].message.content[0]["text"])
