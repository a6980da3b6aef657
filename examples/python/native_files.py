"""Uploads, shows and deletes a file of the native API.

With the emulator it prints: train.jsonl with 17 bytes, deleted
"""

import os
import tempfile

import dashscope

EDGE = os.environ["DASHSCOPE_EDGE_URL"]
dashscope.base_http_api_url = f"{EDGE}/api/v1"
dashscope.api_key = os.environ["DASHSCOPE_EDGE_KEY"]

path = os.path.join(tempfile.mkdtemp(), "train.jsonl")
with open(path, "w", encoding="utf-8") as file:
    file.write('{"messages": []}\n')

uploaded = dashscope.Files.upload(path)
assert uploaded.status_code == 200, uploaded
file_id = uploaded.output["uploaded_files"][0]["file_id"]
shown = dashscope.Files.get(file_id).output
deleted = dashscope.Files.delete(file_id)
assert deleted.status_code == 200, deleted
print(f"{shown['name']} with {shown['size']} bytes, deleted")
