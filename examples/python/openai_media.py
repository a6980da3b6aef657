"""The OpenAI SDK: an image, speech, its transcript, and a video. DashScope's own API has other endpoints for these.

With the emulator it prints: The image is at http…png…The speech has … bytes.…It says: Hello world.…The video wan2.6-t2v has 13 bytes.
"""

import os
import time

from openai import OpenAI

client = OpenAI(
    base_url=os.environ["DASHSCOPE_EDGE_URL"] + "/compatible-mode/v1",
    api_key=os.environ["DASHSCOPE_EDGE_KEY"],
)

image = client.images.generate(
    model="wan2.2-t2i-flash",
    prompt="A cat that reads a newspaper",
    size="1024x1024",
)
print("The image is at", image.data[0].url)

# The sound arrives while it is made.
with client.audio.speech.with_streaming_response.create(
    model="cosyvoice-v3-flash",
    voice="longanyang",
    input="Hello world.",
    response_format="mp3",
    stream_format="audio",
) as speech:
    sound = speech.read()
print("The speech has", len(sound), "bytes.")

transcript = client.audio.transcriptions.create(
    model="fun-asr",
    file=("hello.mp3", sound),
    response_format="verbose_json",
    timestamp_granularities=["segment"],
)
print("It says:", transcript.segments[0].text)

video = client.videos.create(model="wan2.6-t2v", prompt="A cat on the moon", size="1280x720")
while video.status in ("queued", "in_progress"):
    time.sleep(1)
    video = client.videos.retrieve(video.id)
content = client.videos.download_content(video.id)
print("The video", video.model, "has", len(content.read()), "bytes.")
