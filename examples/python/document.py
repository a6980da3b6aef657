"""Uploads a document, then asks about it.

With the emulator it prints: document.txt has 112 bytes and begins "杭州是浙江省的省会…
"""

import os
from pathlib import Path

import dashscope
from openai import OpenAI

URL = os.environ["DASHSCOPE_EDGE_URL"]
KEY = os.environ["DASHSCOPE_EDGE_KEY"]
dashscope.base_http_api_url = URL + "/api/v1"
dashscope.api_key = KEY

# Documents for qwen-long are uploaded on the OpenAI-compatible path.
document = Path(__file__).parent.parent / "document.txt"
files = OpenAI(base_url=URL + "/compatible-mode/v1", api_key=KEY).files
file = files.create(file=document, purpose="file-extract")

response = dashscope.Generation.call(
    model="qwen-long",
    messages=[
        {"role": "system", "content": "You are a helpful assistant."},
        {"role": "system", "content": f"fileid://{file.id}"},
        {"role": "user", "content": "这篇文章讲了什么"},
    ],
    result_format="message",
)
if response.status_code != 200:
    raise SystemExit(f"{response.code}: {response.message}")
print(response.output.choices[0].message.content)
