"""One call of each module of the SDK's API from 1.x, which 2.x has too; speech is in classic_audio.py."""

import os
import tempfile

import dashscope
from shared import MESSAGES, ok


def generation():
    text = ok(dashscope.Generation.call(model="qwen-plus", messages=MESSAGES, result_format="message"))
    assert "2" in text.output.choices[0].message.content
    stream = dashscope.Generation.call(
        model="qwen-plus", messages=MESSAGES, stream=True, incremental_output=True, result_format="message"
    )
    assert len([ok(part) for part in stream]) > 1


def chat_completion():
    from dashscope.aigc.chat_completion import Completions

    completion = Completions.create(model="qwen-plus", messages=MESSAGES)
    assert completion.status_code == 200 and "2" in completion.choices[0].message["content"]


def conversation():
    from dashscope.aigc.conversation import Conversation

    ok(Conversation().call(model="qwen-plus", prompt="1+1"))


def image_synthesis():
    made = ok(dashscope.ImageSynthesis.call(model="wanx2.1-t2i-turbo", prompt="a cat", n=1))
    assert made.output.task_status == "SUCCEEDED" and made.output.results[0].url


def image_generation():
    from dashscope.aigc.image_generation import ImageGeneration

    messages = [{"role": "user", "content": [{"text": "a cat"}]}]
    task = ok(ImageGeneration.async_call(model="wan2.6-image", messages=messages))
    assert ok(ImageGeneration.wait(task)).output.task_status == "SUCCEEDED"


def video_synthesis():
    made = ok(dashscope.VideoSynthesis.call(model="wan2.5-t2v-preview", prompt="a cat"))
    assert made.output.task_status == "SUCCEEDED" and made.output.video_url


def multimodal_conversation():
    content = [{"image": "https://a.example/cat.png"}, {"text": "What is it?"}]
    messages = [{"role": "user", "content": content}]
    ok(dashscope.MultiModalConversation.call(model="qwen3-vl-plus", messages=messages))


def application():
    first = ok(dashscope.Application.call(app_id="app-1", prompt="hello"))
    again = dashscope.Application.call(app_id="app-1", prompt="more", session_id=first.output.session_id)
    assert "turn 2" in ok(again).output.text


def text_embedding():
    assert ok(dashscope.TextEmbedding.call(model="text-embedding-v4", input="hello")).output["embeddings"]


def batch_text_embedding():
    made = dashscope.BatchTextEmbedding.call(model="text-embedding-async-v2", url="https://a.example/lines.txt")
    assert ok(made).output.task_status == "SUCCEEDED"


def multimodal_embedding():
    made = dashscope.MultiModalEmbedding.call(model="qwen3-vl-embedding", input=[{"text": "hello"}])
    assert ok(made).output["embeddings"]


def text_rerank():
    made = dashscope.TextReRank.call(model="gte-rerank-v2", query="cat", documents=["a cat", "a dog"])
    assert len(ok(made).output.results) == 2


def tokenization():
    ok(dashscope.Tokenization.call(model="qwen-plus", messages=MESSAGES))


def models():
    assert ok(dashscope.Models.list()).output["models"]


def oss_utils():
    from dashscope.utils.oss_utils import OssUtils

    certificate = OssUtils.get_upload_certificate(model="qwen3-vl-plus", api_key=dashscope.api_key)
    assert ok(certificate).output["upload_dir"]


def files():
    path = os.path.join(tempfile.mkdtemp(), "train.jsonl")
    with open(path, "w", encoding="utf-8") as file:
        file.write('{"messages": []}\n')
    uploaded = ok(dashscope.Files.upload(path, description="whales")).output["uploaded_files"][0]
    assert ok(dashscope.Files.get(uploaded["file_id"])).output["name"] == "train.jsonl"
    assert ok(dashscope.Files.list()).output["total"] > 0
    ok(dashscope.Files.delete(uploaded["file_id"]))
    assert dashscope.Files.get(uploaded["file_id"]).status_code == 404


CASES = {
    "files": files,
    "aigc.generation": generation,
    "aigc.chat_completion": chat_completion,
    "aigc.conversation": conversation,
    "aigc.image_synthesis": image_synthesis,
    "aigc.image_generation": image_generation,
    "aigc.video_synthesis": video_synthesis,
    "aigc.multimodal_conversation": multimodal_conversation,
    "app.application": application,
    "embeddings.batch_text_embedding": batch_text_embedding,
    "embeddings.multimodal_embedding": multimodal_embedding,
    "embeddings.text_embedding": text_embedding,
    "models": models,
    "rerank.text_rerank": text_rerank,
    "tokenizers.tokenization": tokenization,
    "utils.oss_utils": oss_utils,
}
