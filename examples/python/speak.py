"""Speech from a text over a WebSocket.

With the emulator it prints: 32000 bytes of audio
"""

import os

import dashscope
from dashscope.audio.tts_v2 import AudioFormat, SpeechSynthesizer

EDGE = os.environ["DASHSCOPE_EDGE_URL"].replace("http", "ws", 1)
dashscope.base_websocket_api_url = EDGE + "/api-ws/v1/inference"
dashscope.api_key = os.environ["DASHSCOPE_EDGE_KEY"]

synthesizer = SpeechSynthesizer(
    model="cosyvoice-v3-flash",
    voice="longanyang",
    format=AudioFormat.PCM_16000HZ_MONO_16BIT,
)
audio = synthesizer.call("Good day. ")
print(len(audio), "bytes of audio")
