import com.alibaba.dashscope.audio.asr.recognition.Recognition;
import com.alibaba.dashscope.audio.asr.recognition.RecognitionParam;
import com.alibaba.dashscope.exception.ApiException;
import com.alibaba.dashscope.utils.Constants;
import io.reactivex.Flowable;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Text from speech over a WebSocket; two seconds of a tone stand for the microphone.
 * With the emulator it prints: samples=32000 peak=8000
 */
public final class Listen {
    private static final int RATE = 16_000;

    public static void main(String[] arguments) throws Exception {
        var edge = System.getenv("DASHSCOPE_EDGE_URL").replaceFirst("http", "ws");
        Constants.baseWebsocketApiUrl = edge + "/api-ws/v1/inference";
        Constants.apiKey = System.getenv("DASHSCOPE_EDGE_KEY");

        var param = RecognitionParam.builder()
            .apiKey(Constants.apiKey)
            .model("fun-asr-realtime")
            .format("pcm")
            .sampleRate(RATE)
            .build();
        try {
            new Recognition().streamCall(param, Flowable.range(0, 20).map(Listen::piece)).blockingForEach(result -> {
                if (result.isSentenceEnd()) System.out.println(result.getSentence().getText());
            });
        } catch (ApiException refused) {
            System.out.println(refused.getMessage());
        }
        // The SDK keeps its connection open for the next call.
        System.exit(0);
    }

    /** A tenth of a second of a tone, as a microphone gives it. */
    private static ByteBuffer piece(int number) {
        var samples = RATE / 10;
        var piece = ByteBuffer.allocate(2 * samples).order(ByteOrder.LITTLE_ENDIAN);
        for (int at = 0; at < samples; at++) {
            piece.putShort((short) Math.round(8000 * Math.sin(2 * Math.PI * 440 * (number * samples + at) / RATE)));
        }
        piece.flip();
        return piece;
    }
}
