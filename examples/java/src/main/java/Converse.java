import com.alibaba.dashscope.audio.omni.OmniRealtimeCallback;
import com.alibaba.dashscope.audio.omni.OmniRealtimeConfig;
import com.alibaba.dashscope.audio.omni.OmniRealtimeConversation;
import com.alibaba.dashscope.audio.omni.OmniRealtimeModality;
import com.alibaba.dashscope.audio.omni.OmniRealtimeParam;
import com.google.gson.JsonObject;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * A conversation with an omni model over a WebSocket; a tone and silence stand for the microphone.
 * With the emulator it prints: You said: samples=… (images 0)
 */
public final class Converse {
    private static final int RATE = 16_000;
    private static final int PIECE_BYTES = 3200;

    public static void main(String[] arguments) throws Exception {
        var done = new CountDownLatch(1);
        var param = OmniRealtimeParam.builder()
            .model("qwen3-omni-flash-realtime")
            .apikey(System.getenv("DASHSCOPE_EDGE_KEY"))
            .url(System.getenv("DASHSCOPE_EDGE_URL").replaceFirst("http", "ws") + "/api-ws/v1/realtime")
            .build();
        var conversation = new OmniRealtimeConversation(param, new OmniRealtimeCallback() {
            @Override
            public void onEvent(JsonObject event) {
                var type = event.get("type").getAsString();
                if (type.equals("response.audio_transcript.delta")) System.out.print(event.get("delta").getAsString());
                if (type.equals("error")) System.out.println(event.getAsJsonObject("error").get("message").getAsString());
                if (type.equals("response.done") || type.equals("error")) done.countDown();
            }

            @Override
            public void onClose(int code, String reason) {
                done.countDown();
            }
        });
        try {
            conversation.connect();
            conversation.updateSession(OmniRealtimeConfig.builder()
                .modalities(List.of(OmniRealtimeModality.AUDIO, OmniRealtimeModality.TEXT))
                .voice("Cherry")
                .build());
            var speech = speech();
            for (int at = 0; at < speech.length; at += PIECE_BYTES) {
                var piece = Arrays.copyOfRange(speech, at, Math.min(at + PIECE_BYTES, speech.length));
                conversation.appendAudio(Base64.getEncoder().encodeToString(piece));
            }
            if (!done.await(30, TimeUnit.SECONDS)) System.out.println("There was no response.");
            conversation.close(1000, "bye");
        } catch (RuntimeException closed) {
            // The connection has ended with the error that the callback has printed.
        } finally {
            // The SDK's threads would keep the program alive for a minute.
            System.exit(0);
        }
    }

    /** A second of a tone and a second of silence. */
    private static byte[] speech() {
        var samples = ByteBuffer.allocate(4 * RATE).order(ByteOrder.LITTLE_ENDIAN);
        for (int at = 0; at < RATE; at++) {
            samples.putShort((short) Math.round(8000 * Math.sin(2 * Math.PI * 440 * at / RATE)));
        }
        return samples.array();
    }
}
