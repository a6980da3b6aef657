"""One call of each resource of `dashscope.Client`, the API of 2.x."""

import base64

import dashscope

from shared import MESSAGES, recording

REALTIME = dashscope.base_websocket_api_url.replace("inference", "realtime")
INFERENCE = dashscope.base_websocket_api_url

CLIENT = dashscope.Client(api_key=dashscope.api_key, base_url=dashscope.base_http_api_url, max_retries=0)


def apps():
    first = CLIENT.apps.completions.create(app_id="app-1", prompt="hello")
    again = CLIENT.apps.completions.create(app_id="app-1", prompt="more", session_id=first.session_id)
    assert "turn 2" in again.text


def asr():
    job = CLIENT.audio.asr.transcribe(["https://a.example/b.wav"], model="paraformer-v2")
    assert job.status == "SUCCEEDED"
    results = CLIENT.audio.asr.recognize_file(
        recording(), model="fun-asr-realtime", format="wav", ws_url=INFERENCE
    )
    assert results is not None


def customization():
    words = [{"text": "Alibaba", "weight": 4}]
    table = CLIENT.audio.vocabularies.create(target_model="fun-asr-realtime", prefix="p", vocabulary=words)
    CLIENT.audio.vocabularies.get(table.vocabulary_id)
    CLIENT.audio.vocabularies.delete(table.vocabulary_id)
    voice = CLIENT.audio.voices.create(
        target_model="cosyvoice-v3-flash", prefix="p", url="https://a.example/voice.wav"
    )
    CLIENT.audio.voices.delete(voice.voice_id)


def files():
    uploaded = CLIENT.files.upload(file_path=recording(), purpose="inference")
    assert CLIENT.files.get(uploaded.file_id).name == "silence.wav"
    assert CLIENT.files.list().total_count > 0
    assert CLIENT.files.delete(uploaded.file_id).deleted


def http_tts():
    from dashscope.v2.resources.audio.http_tts import HttpTts

    assert HttpTts(CLIENT).synthesize("hello", model="cosyvoice-v3-flash", voice="longanyang").audio_url


def realtime():
    with CLIENT.audio.realtime.connect(model="qwen3-omni-flash-realtime", ws_url=REALTIME) as session:
        session.update_session(output_modalities=["text"], enable_turn_detection=False)
        session.append_audio(base64.b64encode(bytes(3200)).decode())
        session.commit()
        session.create_response()
        assert any(event.get("type") == "response.done" for event in until_done(session))


def until_done(session):
    """The events of a session up to the end of its first response."""
    for event in session.events():
        yield event
        if event.get("type") == "response.done":
            return


def tts():
    spoken = CLIENT.audio.tts.synthesize(
        "hello", model="cosyvoice-v3-flash", voice="longanyang", ws_url=INFERENCE
    )
    assert len(spoken) > 0


def chat():
    answer = CLIENT.chat.completions.create(model="qwen-plus", messages=MESSAGES)
    assert answer is not None
    stream = CLIENT.chat.completions.create(model="qwen-plus", messages=MESSAGES, stream=True)
    assert "2" in "".join(stream.text_stream)


def decision():
    question = {"type": "choice", "text": "Which department?", "choices": ["billing", "support"]}
    CLIENT.decision.create(model="decision-model-preview", state={"text": "a bill"}, questions={"to": question})


def embeddings():
    assert CLIENT.embeddings.create(model="text-embedding-v4", input="hello") is not None


def images():
    CLIENT.images.generate(model="wanx2.1-t2i-turbo", prompt="a cat", n=1)


def models():
    assert CLIENT.models.list() is not None


def multimodal_chat():
    CLIENT.multimodal.chat.create(model="qwen3-vl-plus", messages=[{"role": "user", "content": [{"text": "1+1"}]}])


def multimodal_embeddings():
    CLIENT.multimodal.embeddings.create(model="qwen3-vl-embedding", input={"text": "hello"})


def rerank():
    CLIENT.rerank.create(model="gte-rerank-v2", query="cat", documents=["a cat", "a dog"])


def tokenization():
    assert CLIENT.tokenization.count(model="qwen-plus", messages=MESSAGES).input_tokens > 0


def videos():
    CLIENT.videos.generate(model="wan2.5-t2v-preview", prompt="a cat")


CLIENT_CASES = {
    "v2.resources.apps": apps,
    "v2.resources.audio.asr": asr,
    "v2.resources.audio.customization": customization,
    "v2.resources.audio.http_tts": http_tts,
    "v2.resources.audio.realtime": realtime,
    "v2.resources.audio.tts": tts,
    "v2.resources.chat.completions": chat,
    "v2.resources.decision": decision,
    "v2.resources.embeddings": embeddings,
    "v2.resources.files": files,
    "v2.resources.images": images,
    "v2.resources.models": models,
    "v2.resources.multimodal.chat": multimodal_chat,
    "v2.resources.multimodal.embeddings": multimodal_embeddings,
    "v2.resources.rerank": rerank,
    "v2.resources.tokenization": tokenization,
    "v2.resources.videos": videos,
}
