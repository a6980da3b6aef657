import com.alibaba.dashscope.audio.qwen_tts_realtime.QwenTtsRealtime;
import com.alibaba.dashscope.audio.qwen_tts_realtime.QwenTtsRealtimeAudioFormat;
import com.alibaba.dashscope.audio.qwen_tts_realtime.QwenTtsRealtimeCallback;
import com.alibaba.dashscope.audio.qwen_tts_realtime.QwenTtsRealtimeConfig;
import com.alibaba.dashscope.audio.qwen_tts_realtime.QwenTtsRealtimeParam;
import com.google.gson.JsonObject;
import java.util.Base64;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Speech from a text that is sent in pieces, over a WebSocket.
 * With the emulator it prints: 105600 bytes of audio
 */
public final class SpeakRealtime {
    public static void main(String[] arguments) throws Exception {
        var done = new CountDownLatch(1);
        var bytes = new AtomicInteger();
        var param = QwenTtsRealtimeParam.builder()
            .model("qwen3-tts-flash-realtime")
            .apikey(System.getenv("DASHSCOPE_EDGE_KEY"))
            .url(System.getenv("DASHSCOPE_EDGE_URL").replaceFirst("http", "ws") + "/api-ws/v1/realtime")
            .build();
        var speaker = new QwenTtsRealtime(param, new QwenTtsRealtimeCallback() {
            @Override
            public void onEvent(JsonObject event) {
                var type = event.get("type").getAsString();
                if (type.equals("response.audio.delta"))
                    bytes.addAndGet(Base64.getDecoder().decode(event.get("delta").getAsString()).length);
                if (type.equals("error")) System.out.println(event.getAsJsonObject("error").get("message").getAsString());
                if (type.equals("session.finished") || type.equals("error")) done.countDown();
            }

            @Override
            public void onClose(int code, String reason) {
                done.countDown();
            }
        });
        try {
            speaker.connect();
            speaker.updateSession(QwenTtsRealtimeConfig.builder()
                .voice("Cherry")
                .responseFormat(QwenTtsRealtimeAudioFormat.PCM_24000HZ_MONO_16BIT)
                .mode("server_commit")
                .build());
            for (var piece : new String[] {"Good day. ", "How are you?"}) speaker.appendText(piece);
            speaker.finish();
            if (!done.await(30, TimeUnit.SECONDS)) System.out.println("There was no end.");
            if (bytes.get() > 0) System.out.println(bytes.get() + " bytes of audio");
            speaker.close();
        } catch (RuntimeException closed) {
            // The connection has ended with the error that the callback has printed.
        } finally {
            // The SDK's threads would keep the program alive for a minute.
            System.exit(0);
        }
    }
}
