"""Which models the key may use, and how many tokens a text has.

With the emulator it prints: qwen-plus, 2 tokens
"""

import os

from dashscope import Client

EDGE = os.environ["DASHSCOPE_EDGE_URL"]
client = Client(api_key=os.environ["DASHSCOPE_EDGE_KEY"], base_url=EDGE + "/api/v1")

model = client.models.get("qwen-plus")
count = client.tokenization.count(model="qwen-plus", prompt="Whales.")
print(f"{model.model}, {count.input_tokens} tokens")
