"""A cloned voice: it is made, listed, spoken with and deleted. Only the key that made it may do so.

With the emulator it prints: 1 voice, 19200 bytes of audio, 0 voices
"""

import os

import dashscope
from dashscope.audio.tts_v2 import AudioFormat, SpeechSynthesizer, VoiceEnrollmentService

EDGE = os.environ["DASHSCOPE_EDGE_URL"]
dashscope.base_http_api_url = EDGE + "/api/v1"
dashscope.base_websocket_api_url = EDGE.replace("http", "ws", 1) + "/api-ws/v1/inference"
dashscope.api_key = os.environ["DASHSCOPE_EDGE_KEY"]

MODEL = "cosyvoice-v3-flash"
RECORDING = "https://dashscope.oss-cn-beijing.aliyuncs.com/audios/welcome.mp3"

service = VoiceEnrollmentService()
voice = service.create_voice(target_model=MODEL, prefix="example", url=RECORDING)
made = service.list_voices(prefix="example")
speech = SpeechSynthesizer(model=MODEL, voice=voice, format=AudioFormat.PCM_16000HZ_MONO_16BIT)
audio = speech.call("Hello.")
service.delete_voice(voice)
left = service.list_voices(prefix="example")
print(f"{len(made)} voice, {len(audio)} bytes of audio, {len(left)} voices")
