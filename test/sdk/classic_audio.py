"""One call of each module for speech of the SDK's API from 1.x, which 2.x has too."""

import base64
import threading

import dashscope
from shared import ok, recording

WS_REALTIME = dashscope.base_websocket_api_url.replace("inference", "realtime")


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


AUDIO_CASES = {
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
    "multimodal.multimodal_dialog": multimodal_dialog,
}
