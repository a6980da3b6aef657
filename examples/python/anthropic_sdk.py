"""The Anthropic SDK: an answer, and another as a stream.

With the emulator it prints: I am qwen-plus, a large language model played by the emulator.…1+1 = 2
"""

import os

from anthropic import Anthropic

client = Anthropic(
    base_url=os.environ["DASHSCOPE_EDGE_URL"] + "/apps/anthropic",
    api_key=os.environ["DASHSCOPE_EDGE_KEY"],
)

message = client.messages.create(
    model="qwen-plus",
    max_tokens=1024,
    messages=[{"role": "user", "content": "你是谁?"}],
)
print(message.content[0].text)

with client.messages.stream(
    model="qwen-plus",
    max_tokens=1024,
    messages=[{"role": "user", "content": "1+1"}],
) as stream:
    for text in stream.text_stream:
        print(text, end="", flush=True)
print()
