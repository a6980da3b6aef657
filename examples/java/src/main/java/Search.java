import com.alibaba.dashscope.aigc.generation.Generation;
import com.alibaba.dashscope.aigc.generation.GenerationParam;
import com.alibaba.dashscope.common.Message;
import com.alibaba.dashscope.utils.Constants;
import java.util.List;

/**
 * The model searches the web before it answers.
 * With the emulator it prints: You said: 明天杭州什么天气? (message count: 2)
 */
public final class Search {
    public static void main(String[] arguments) throws Exception {
        Constants.baseHttpApiUrl = System.getenv("DASHSCOPE_EDGE_URL") + "/api/v1";
        Constants.apiKey = System.getenv("DASHSCOPE_EDGE_KEY");

        var param = GenerationParam.builder()
            .model("qwen-plus")
            .messages(List.of(
                Message.builder().role("system").content("You are a helpful assistant.").build(),
                Message.builder().role("user").content("明天杭州什么天气?").build()))
            .resultFormat("message")
            .enableSearch(true)
            .build();
        var result = new Generation().call(param);
        System.out.println(result.getOutput().getChoices().get(0).getMessage().getContent());
        // The SDK's idle connections would keep the program alive for a minute.
        System.exit(0);
    }
}
