import com.alibaba.dashscope.audio.ttsv2.SpeechSynthesisAudioFormat;
import com.alibaba.dashscope.audio.ttsv2.SpeechSynthesisParam;
import com.alibaba.dashscope.audio.ttsv2.SpeechSynthesizer;
import com.alibaba.dashscope.utils.Constants;

/**
 * Speech from a text over a WebSocket.
 * With the emulator it prints: 32000 bytes of audio
 */
public final class Speak {
    public static void main(String[] arguments) {
        var edge = System.getenv("DASHSCOPE_EDGE_URL").replaceFirst("http", "ws");
        Constants.baseWebsocketApiUrl = edge + "/api-ws/v1/inference";
        Constants.apiKey = System.getenv("DASHSCOPE_EDGE_KEY");

        var param = SpeechSynthesisParam.builder()
            .apiKey(Constants.apiKey)
            .model("cosyvoice-v3-flash")
            .voice("longanyang")
            .format(SpeechSynthesisAudioFormat.PCM_16000HZ_MONO_16BIT)
            .build();
        // The SDK logs why a task failed, and returns null.
        var audio = new SpeechSynthesizer(param, null).call("Good day. ");
        if (audio != null) System.out.println(audio.remaining() + " bytes of audio");
        // The SDK keeps its connection open for the next call.
        System.exit(audio == null ? 1 : 0);
    }
}
