"""The OpenAI SDK: a response that is continued, retrieved and deleted, and a conversation that DashScope keeps.

With the emulator it prints: You said: My name is Li (message count: 1)…You said: What is my name? (message count: 3)…completed…2 input items…conversation: 3 items…deleted: True
"""

import os

from openai import OpenAI

client = OpenAI(
    base_url=os.environ["DASHSCOPE_EDGE_URL"] + "/compatible-mode/v1",
    api_key=os.environ["DASHSCOPE_EDGE_KEY"],
)

first = client.responses.create(model="qwen-plus", input="My name is Li")
print(first.output_text)

# The id of a stream's response is known from its first event on.
second_id = ""
with client.responses.create(
    model="qwen-plus",
    input="What is my name?",
    previous_response_id=first.id,
    stream=True,
) as stream:
    for event in stream:
        if event.type == "response.created":
            second_id = event.response.id
        elif event.type == "response.output_text.delta":
            print(event.delta, end="", flush=True)
print()

print(client.responses.retrieve(second_id).status)
items = client.responses.input_items.list(second_id, limit=2)
print(len(items.data), "input items")
client.responses.delete(first.id)

conversation = client.conversations.create(
    metadata={"topic": "demo"},
    items=[{"type": "message", "role": "user", "content": "Alice was born in Singapore."}],
)
client.responses.create(model="qwen-plus", input="Where was Alice born?", conversation=conversation.id)
page = client.conversations.items.list(conversation.id, order="asc")
print("conversation:", len(page.data), "items")
client.conversations.update(conversation.id, metadata={"topic": "done"})
print("deleted:", client.conversations.delete(conversation.id).deleted)
