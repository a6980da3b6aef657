"""Meets each kind of error with each client for Python, and prints a line of JSON with what the client tells its user."""

import json
import os

import anthropic
import dashscope
import openai

ADDRESS = os.environ["DASHSCOPE_EDGE_URL"]
KEY = os.environ["DASHSCOPE_EDGE_KEY"]
QUESTION = [{"role": "user", "content": "hello"}]
dashscope.base_http_api_url = f"{ADDRESS}/api/v1"


def ask_dashscope(model, key, stream):
    answer = dashscope.Generation.call(
        model=model, api_key=key, messages=QUESTION, result_format="message", stream=stream
    )
    for each in answer if stream else [answer]:
        if each.status_code != 200:
            raise RuntimeError(f"{each.code}: {each.message}")


def ask_openai(model, key, stream):
    client = openai.OpenAI(base_url=f"{ADDRESS}/compatible-mode/v1", api_key=key, max_retries=0)
    answer = client.chat.completions.create(model=model, messages=QUESTION, stream=stream)
    for _ in answer if stream else []:
        pass


def ask_anthropic(model, key, stream):
    client = anthropic.Anthropic(base_url=f"{ADDRESS}/apps/anthropic", api_key=key, max_retries=0)
    answer = client.messages.create(model=model, max_tokens=100, messages=QUESTION, stream=stream)
    for _ in answer if stream else []:
        pass


CLIENTS = {
    "DashScope SDK, Python": ask_dashscope,
    "OpenAI SDK, Python": ask_openai,
    "Anthropic SDK, Python": ask_anthropic,
}

for client, ask in CLIENTS.items():
    for kind in json.loads(os.environ["KINDS"]):
        text = ""
        try:
            ask(kind["model"], kind.get("wrongKey", KEY), kind["stream"])
        except Exception as error:
            text = str(error)
        print(json.dumps({"client": client, "kind": kind["kind"], "text": text}))
