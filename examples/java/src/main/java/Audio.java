import com.alibaba.dashscope.aigc.multimodalconversation.MultiModalConversation;
import com.alibaba.dashscope.aigc.multimodalconversation.MultiModalConversationParam;
import com.alibaba.dashscope.common.MultiModalMessage;
import com.alibaba.dashscope.utils.Constants;
import java.util.List;
import java.util.Map;

/**
 * A recording and a question about it.
 * With the emulator it prints: I was shown 1 audio. You said: 这段音频在说什么? (message count: 1)
 */
public final class Audio {
    private static final String RECORDING =
        "https://dashscope.oss-cn-beijing.aliyuncs.com/audios/welcome.mp3";

    public static void main(String[] arguments) throws Exception {
        Constants.baseHttpApiUrl = System.getenv("DASHSCOPE_EDGE_URL") + "/api/v1";
        Constants.apiKey = System.getenv("DASHSCOPE_EDGE_KEY");

        var question = MultiModalMessage.builder()
            .role("user")
            .content(List.of(Map.of("audio", RECORDING), Map.of("text", "这段音频在说什么?")))
            .build();
        var param = MultiModalConversationParam.builder().model("qwen2-audio-instruct").message(question).build();
        var result = new MultiModalConversation().call(param);
        System.out.println(result.getOutput().getChoices().get(0).getMessage().getContent().get(0).get("text"));
        // The SDK's idle connections would keep the program alive for a minute.
        System.exit(0);
    }
}
