"""Text from speech over a WebSocket; two seconds of a tone stand for the microphone.

With the emulator it prints: samples=32000 peak=8000
"""

import math
import os
import struct

import dashscope
from dashscope.audio.asr import Recognition, RecognitionCallback, RecognitionResult

EDGE = os.environ["DASHSCOPE_EDGE_URL"].replace("http", "ws", 1)
dashscope.base_websocket_api_url = EDGE + "/api-ws/v1/inference"
dashscope.api_key = os.environ["DASHSCOPE_EDGE_KEY"]

RATE = 16000
CHUNK = RATE // 10


class Printer(RecognitionCallback):
    def on_event(self, result: RecognitionResult) -> None:
        sentence = result.get_sentence()
        if RecognitionResult.is_sentence_end(sentence):
            print(sentence["text"])

    def on_error(self, result: RecognitionResult) -> None:
        print(f"{result.code}: {result.message}")


samples = [round(8000 * math.sin(2 * math.pi * 440 * at / RATE)) for at in range(2 * RATE)]
recognition = Recognition(
    model="fun-asr-realtime", format="pcm", sample_rate=RATE, callback=Printer()
)
recognition.start()
for start in range(0, len(samples), CHUNK):
    chunk = samples[start : start + CHUNK]
    recognition.send_audio_frame(struct.pack(f"<{len(chunk)}h", *chunk))
recognition.stop()
