#!/bin/sh
# The answer to the offer of a WebRTC session. A page takes its offer from RTCPeerConnection.createOffer().
# With the emulator it prints: v=0…m=audio…
set -eu

printf 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n' |
  curl --silent --show-error --fail-with-body \
    "$DASHSCOPE_EDGE_URL/api/v1/webrtc/realtime?model=qwen3-omni-flash-realtime" \
    --header "Authorization: Bearer $DASHSCOPE_EDGE_KEY" \
    --header 'Content-Type: application/sdp' \
    --data-binary @-
