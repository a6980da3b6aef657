import com.alibaba.dashscope.aigc.multimodalconversation.MultiModalConversation;
import com.alibaba.dashscope.aigc.multimodalconversation.MultiModalConversationParam;
import com.alibaba.dashscope.common.MultiModalMessage;
import com.alibaba.dashscope.utils.Constants;
import java.util.List;
import java.util.Map;

/**
 * Several pictures in one question.
 * With the emulator it prints: I was shown 3 images. You said: 这些是什么? (message count: 1)
 */
public final class Image {
    private static final String PICTURES = "https://dashscope.oss-cn-beijing.aliyuncs.com/images";

    public static void main(String[] arguments) throws Exception {
        Constants.baseHttpApiUrl = System.getenv("DASHSCOPE_EDGE_URL") + "/api/v1";
        Constants.apiKey = System.getenv("DASHSCOPE_EDGE_KEY");

        var question = MultiModalMessage.builder()
            .role("user")
            .content(List.of(
                Map.of("image", PICTURES + "/dog_and_girl.jpeg"),
                Map.of("image", PICTURES + "/tiger.png"),
                Map.of("image", PICTURES + "/rabbit.png"),
                Map.of("text", "这些是什么?")))
            .build();
        var param = MultiModalConversationParam.builder().model("qwen-vl-plus").message(question).build();
        var result = new MultiModalConversation().call(param);
        System.out.println(result.getOutput().getChoices().get(0).getMessage().getContent().get(0).get("text"));
        // The SDK's idle connections would keep the program alive for a minute.
        System.exit(0);
    }
}
