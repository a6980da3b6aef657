"""One call of each module of the SDK's API from 1.x, which 2.x has too."""

import base64
import os
import tempfile
import threading
import wave

import dashscope

MESSAGES = [{"role": "user", "content": "1+1"}]
WS_REALTIME = dashscope.base_websocket_api_url.replace("inference", "realtime")


def ok(response):
    """The response, which must be a success."""
    assert response.status_code == 200, f"{response.status_code} {response.code} {response.message}"
    return response


def recording():
    """The path of a WAV file with one second of silence."""
    path = os.path.join(tempfile.mkdtemp(), "silence.wav")
    with wave.open(path, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16000)
        file.writeframes(bytes(32000))
    return path


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


def recognition():
    from dashscope.audio.asr import Recognition

    recognizer = Recognition(model="fun-asr-realtime", format="wav", sample_rate=16000, callback=None)
    ok(recognizer.call(recording()))


def translation_recognizer():
    from dashscope.audio.asr import TranslationRecognizerRealtime

    recognizer = TranslationRecognizerRealtime(
        model="gummy-realtime-v1",
        format="wav",
        sample_rate=16000,
        transcription_enabled=True,
        callback=None,
    )
    assert recognizer.call(recording()).error_message is None


def transcription():
    task = ok(dashscope.audio.asr.Transcription.async_call(model="paraformer-v2", file_urls=["https://a.example/b.wav"]))
    assert ok(dashscope.audio.asr.Transcription.wait(task)).output.task_status == "SUCCEEDED"


def qwen_transcription():
    from dashscope.audio.qwen_asr import QwenTranscription

    task = ok(QwenTranscription.async_call(model="qwen3-asr-flash-filetrans", file_url="https://a.example/b.wav"))
    assert ok(QwenTranscription.wait(task)).output.task_status == "SUCCEEDED"


def vocabulary():
    from dashscope.audio.asr import VocabularyService

    service = VocabularyService()
    made = service.create_vocabulary("fun-asr-realtime", "p", [{"text": "Alibaba", "weight": 4}])
    assert made in [each["vocabulary_id"] for each in service.list_vocabularies()]
    service.query_vocabulary(made)
    service.delete_vocabulary(made)


def enrollment():
    from dashscope.audio.tts_v2 import VoiceEnrollmentService

    service = VoiceEnrollmentService()
    made = service.create_voice("cosyvoice-v3-flash", "p", "https://a.example/voice.wav")
    assert made in [each["voice_id"] for each in service.list_voices()]
    service.query_voice(made)
    service.delete_voice(made)


def http_speech_synthesizer():
    from dashscope.audio.http_tts import HttpSpeechSynthesizer

    spoken = HttpSpeechSynthesizer.call(model="cosyvoice-v3-flash", text="hello", voice="longanyang")
    assert spoken.status_code == 200 and spoken.audio_url


def qwen_speech_synthesizer():
    from dashscope.audio.qwen_tts import SpeechSynthesizer

    ok(SpeechSynthesizer.call(model="qwen-tts", text="hello", voice="Cherry"))


def speech_synthesizer():
    from dashscope.audio.tts import SpeechSynthesizer

    spoken = SpeechSynthesizer.call(model="sambert-zhichu-v1", text="hello")
    assert len(spoken.get_audio_data()) > 0


def speech_synthesizer_v2():
    from dashscope.audio.tts_v2 import SpeechSynthesizer

    assert len(SpeechSynthesizer(model="cosyvoice-v3-flash", voice="longanyang").call("hello")) > 0


def qwen_tts_realtime():
    from dashscope.audio.qwen_tts_realtime import QwenTtsRealtime, QwenTtsRealtimeCallback

    finished = threading.Event()

    class Callback(QwenTtsRealtimeCallback):
        def on_event(self, response):
            if response.get("type") == "session.finished":
                finished.set()

    speaker = QwenTtsRealtime(model="qwen3-tts-flash-realtime", callback=Callback(), url=WS_REALTIME)
    speaker.connect()
    speaker.update_session(voice="Cherry")
    speaker.append_text("hello")
    speaker.finish()
    assert finished.wait(20), "the session did not finish"
    speaker.close()


def omni_realtime():
    from dashscope.audio.qwen_omni import MultiModality, OmniRealtimeCallback, OmniRealtimeConversation

    done = threading.Event()

    class Callback(OmniRealtimeCallback):
        def on_event(self, response):
            if response.get("type") == "response.done":
                done.set()

    talk = OmniRealtimeConversation(model="qwen3-omni-flash-realtime", callback=Callback(), url=WS_REALTIME)
    talk.connect()
    talk.update_session(output_modalities=[MultiModality.TEXT], voice="Cherry", enable_turn_detection=False)
    talk.append_audio(base64.b64encode(bytes(3200)).decode())
    talk.commit()
    talk.create_response()
    assert done.wait(20), "there was no response"
    talk.close()


def multimodal_dialog():
    from dashscope.multimodal import MultiModalCallback, MultiModalDialog
    from dashscope.multimodal.multimodal_request_params import (
        ClientInfo,
        Device,
        Downstream,
        RequestParameters,
        Upstream,
    )

    started, stopped = threading.Event(), threading.Event()

    class Callback(MultiModalCallback):
        def on_started(self, dialog_id):
            started.set()

        def on_stopped(self):
            stopped.set()

    parameters = RequestParameters(
        upstream=Upstream(type="AudioOnly", mode="push2talk"),
        downstream=Downstream(voice="longanyang", sample_rate=16000),
        client_info=ClientInfo(user_id="ann", device=Device(uuid="1")),
    )
    dialog = MultiModalDialog(
        workspace_id="",
        app_id="app-1",
        request_params=parameters,
        multimodal_callback=Callback(),
        url=dashscope.base_websocket_api_url,
        api_key=dashscope.api_key,
        model="multimodal-dialog",
    )
    dialog.start("")
    assert started.wait(20), "the dialog did not start"
    dialog.stop()
    assert stopped.wait(20), "the dialog did not stop"
    dialog.close()


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
    "audio.asr.recognition": recognition,
    "audio.asr.transcription": transcription,
    "audio.asr.translation_recognizer": translation_recognizer,
    "audio.asr.vocabulary": vocabulary,
    "audio.http_tts.http_speech_synthesizer": http_speech_synthesizer,
    "audio.qwen_asr.qwen_transcription": qwen_transcription,
    "audio.qwen_omni.omni_realtime": omni_realtime,
    "audio.qwen_tts.speech_synthesizer": qwen_speech_synthesizer,
    "audio.qwen_tts_realtime.qwen_tts_realtime": qwen_tts_realtime,
    "audio.tts.speech_synthesizer": speech_synthesizer,
    "audio.tts_v2.enrollment": enrollment,
    "audio.tts_v2.speech_synthesizer": speech_synthesizer_v2,
    "embeddings.batch_text_embedding": batch_text_embedding,
    "embeddings.multimodal_embedding": multimodal_embedding,
    "embeddings.text_embedding": text_embedding,
    "models": models,
    "multimodal.multimodal_dialog": multimodal_dialog,
    "rerank.text_rerank": text_rerank,
    "tokenizers.tokenization": tokenization,
    "utils.oss_utils": oss_utils,
}
