"""The same call with asyncio.

With the emulator it prints: I am qwen-plus, a large language model played by the emulator.
"""

import asyncio
import os

import aiohttp
import dashscope
from dashscope.aigc.generation import AioGeneration

dashscope.base_http_api_url = os.environ["DASHSCOPE_EDGE_URL"] + "/api/v1"
dashscope.api_key = os.environ["DASHSCOPE_EDGE_KEY"]


async def main():
    async with aiohttp.ClientSession() as session:
        response = await AioGeneration.call(
            model="qwen-plus",
            messages=[{"role": "user", "content": "你是谁"}],
            result_format="message",
            session=session,
        )
    if response.status_code != 200:
        raise SystemExit(f"{response.code}: {response.message}")
    print(response.output.choices[0].message.content)


asyncio.run(main())
