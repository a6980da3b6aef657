"""A conversation with an omni model over a WebSocket; a tone and silence stand for the microphone.

With the emulator it prints: You said: samples=… (images 0)
"""

import base64
import math
import os
import struct
import threading

import dashscope
from dashscope.audio.qwen_omni import MultiModality, OmniRealtimeCallback, OmniRealtimeConversation

EDGE = os.environ["DASHSCOPE_EDGE_URL"].replace("http", "ws", 1)
dashscope.api_key = os.environ["DASHSCOPE_EDGE_KEY"]

RATE = 16000
done = threading.Event()


class Printer(OmniRealtimeCallback):
    def on_event(self, message: dict) -> None:
        if message["type"] == "response.audio_transcript.delta":
            print(message["delta"], end="", flush=True)
        elif message["type"] == "error":
            print(message["error"]["message"])
        if message["type"] in ("response.done", "error"):
            done.set()


tone = [round(8000 * math.sin(2 * math.pi * 440 * at / RATE)) for at in range(RATE)]
speech = struct.pack(f"<{RATE}h", *tone) + bytes(2 * RATE)

conversation = OmniRealtimeConversation(
    model="qwen3-omni-flash-realtime", callback=Printer(), url=EDGE + "/api-ws/v1/realtime"
)
conversation.connect()
conversation.update_session(
    output_modalities=[MultiModality.AUDIO, MultiModality.TEXT], voice="Cherry"
)
for start in range(0, len(speech), 3200):
    conversation.append_audio(base64.b64encode(speech[start : start + 3200]).decode())
if not done.wait(30):
    raise SystemExit("There was no response.")
conversation.close()
