"""What the calls of several modules need."""

import os
import tempfile
import wave

MESSAGES = [{"role": "user", "content": "1+1"}]


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
