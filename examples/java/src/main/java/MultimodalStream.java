import com.alibaba.dashscope.aigc.multimodalconversation.MultiModalConversation;
import com.alibaba.dashscope.aigc.multimodalconversation.MultiModalConversationParam;
import com.alibaba.dashscope.common.MultiModalMessage;
import com.alibaba.dashscope.utils.Constants;
import java.util.List;
import java.util.Map;

/**
 * A picture and a question about it, answered as a stream.
 * With the emulator it prints: I was shown 1 image. You said: 图中描绘的是什么景象? (message count: 1)
 */
public final class MultimodalStream {
    private static final String PICTURE =
        "https://help-static-aliyun-doc.aliyuncs.com/file-manage-files/zh-CN/20241022/emyrja/dog_and_girl.jpeg";

    public static void main(String[] arguments) throws Exception {
        Constants.baseHttpApiUrl = System.getenv("DASHSCOPE_EDGE_URL") + "/api/v1";
        Constants.apiKey = System.getenv("DASHSCOPE_EDGE_KEY");

        var question = MultiModalMessage.builder()
            .role("user")
            .content(List.of(Map.of("image", PICTURE), Map.of("text", "图中描绘的是什么景象?")))
            .build();
        var param = MultiModalConversationParam.builder()
            .model("qwen3-vl-plus")
            .message(question)
            .incrementalOutput(true)
            .build();
        new MultiModalConversation().streamCall(param).blockingForEach(result -> {
            for (var part : result.getOutput().getChoices().get(0).getMessage().getContent()) {
                System.out.print(part.get("text"));
            }
        });
        System.out.println();
        // The SDK's idle connections would keep the program alive for a minute.
        System.exit(0);
    }
}
