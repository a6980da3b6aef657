import com.alibaba.dashscope.aigc.generation.Generation;
import com.alibaba.dashscope.aigc.generation.GenerationParam;
import com.alibaba.dashscope.common.Message;
import com.alibaba.dashscope.utils.Constants;
import java.util.List;

/**
 * The answer as it is written, piece by piece.
 * With the emulator it prints: I am qwen-plus, a large language model played by the emulator.
 */
public final class TextStream {
    public static void main(String[] arguments) throws Exception {
        Constants.baseHttpApiUrl = System.getenv("DASHSCOPE_EDGE_URL") + "/api/v1";
        Constants.apiKey = System.getenv("DASHSCOPE_EDGE_KEY");

        var param = GenerationParam.builder()
            .model("qwen-plus")
            .messages(List.of(Message.builder().role("user").content("你是谁?").build()))
            .resultFormat("message")
            .incrementalOutput(true)
            .build();
        new Generation().streamCall(param).blockingForEach(result ->
            System.out.print(result.getOutput().getChoices().get(0).getMessage().getContent()));
        System.out.println();
        // The SDK's idle connections would keep the program alive for a minute.
        System.exit(0);
    }
}
