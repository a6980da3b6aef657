"""An image from a text: a task that the SDK submits and waits for.

With the emulator it prints: SUCCEEDED…http…png…
"""

import os

import dashscope

dashscope.base_http_api_url = os.environ["DASHSCOPE_EDGE_URL"] + "/api/v1"
dashscope.api_key = os.environ["DASHSCOPE_EDGE_KEY"]

response = dashscope.ImageSynthesis.call(
    model="wan2.2-t2i-flash",
    prompt="A cat that reads a newspaper",
    n=1,
    size="1024*1024",
)
print(response.output.task_status)
print(response.output.results[0].url)
