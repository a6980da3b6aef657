"""A batch with the OpenAI SDK: requests in a file, run within a day for half the price.

With the emulator it prints: completed…sum: 12*7 = 84…who: I am qwen-plus, a large language model played by the emulator.
"""

import json
import os
import time

from openai import OpenAI

client = OpenAI(
    base_url=os.environ["DASHSCOPE_EDGE_URL"] + "/compatible-mode/v1",
    api_key=os.environ["DASHSCOPE_EDGE_KEY"],
)

questions = {"sum": "12*7", "who": "你是谁?"}
lines = [
    {
        "custom_id": custom_id,
        "method": "POST",
        "url": "/v1/chat/completions",
        "body": {"model": "qwen-plus", "messages": [{"role": "user", "content": text}]},
    }
    for custom_id, text in questions.items()
]
content = "\n".join(json.dumps(line, ensure_ascii=False) for line in lines)

file = client.files.create(file=("requests.jsonl", content.encode()), purpose="batch")
batch = client.batches.create(
    input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h"
)
while batch.status not in ("completed", "failed", "expired", "cancelled"):
    time.sleep(1)
    batch = client.batches.retrieve(batch.id)
print(batch.status)

for line in client.files.content(batch.output_file_id).text.splitlines():
    result = json.loads(line)
    message = result["response"]["body"]["choices"][0]["message"]
    print(f'{result["custom_id"]}: {message["content"]}')
