import com.alibaba.dashscope.aigc.multimodalconversation.MultiModalConversation;
import com.alibaba.dashscope.aigc.multimodalconversation.MultiModalConversationParam;
import com.alibaba.dashscope.common.MultiModalMessage;
import com.alibaba.dashscope.utils.Constants;
import java.util.List;
import java.util.Map;

/**
 * A video, given as a list of its frames.
 * With the emulator it prints: I was shown a video of 4 frames. You said: 描述这个视频的具体过程 (message count: 1)
 */
public final class Video {
    private static final List<String> FRAMES = List.of(
        "https://img.alicdn.com/imgextra/i3/O1CN01K3SgGo1eqmlUgeE9b_!!6000000003923-0-tps-3840-2160.jpg",
        "https://img.alicdn.com/imgextra/i4/O1CN01BjZvwg1Y23CF5qIRB_!!6000000003000-0-tps-3840-2160.jpg",
        "https://img.alicdn.com/imgextra/i4/O1CN01Ib0clU27vTgBdbVLQ_!!6000000007859-0-tps-3840-2160.jpg",
        "https://img.alicdn.com/imgextra/i1/O1CN01aygPLW1s3EXCdSN4X_!!6000000005710-0-tps-3840-2160.jpg");

    public static void main(String[] arguments) throws Exception {
        Constants.baseHttpApiUrl = System.getenv("DASHSCOPE_EDGE_URL") + "/api/v1";
        Constants.apiKey = System.getenv("DASHSCOPE_EDGE_KEY");

        var question = MultiModalMessage.builder()
            .role("user")
            .content(List.of(Map.of("video", FRAMES), Map.of("text", "描述这个视频的具体过程")))
            .build();
        var param = MultiModalConversationParam.builder().model("qwen-vl-max-latest").message(question).build();
        var result = new MultiModalConversation().call(param);
        System.out.println(result.getOutput().getChoices().get(0).getMessage().getContent().get(0).get("text"));
        // The SDK's idle connections would keep the program alive for a minute.
        System.exit(0);
    }
}
