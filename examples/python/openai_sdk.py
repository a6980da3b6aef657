"""The OpenAI SDK: an answer, another as a stream, and an embedding.

With the emulator it prints: I am qwen-plus, a large language model played by the emulator.…1+1 = 2…1024 dimensions
"""

import os

from openai import OpenAI

client = OpenAI(
    base_url=os.environ["DASHSCOPE_EDGE_URL"] + "/compatible-mode/v1",
    api_key=os.environ["DASHSCOPE_EDGE_KEY"],
)

completion = client.chat.completions.create(
    model="qwen-plus",
    messages=[{"role": "user", "content": "你是谁?"}],
)
print(completion.choices[0].message.content)

stream = client.chat.completions.create(
    model="qwen-plus",
    messages=[{"role": "user", "content": "1+1"}],
    stream=True,
)
for chunk in stream:
    if chunk.choices:
        print(chunk.choices[0].delta.content or "", end="", flush=True)
print()

embedding = client.embeddings.create(model="text-embedding-v4", input="西湖")
print(len(embedding.data[0].embedding), "dimensions")
