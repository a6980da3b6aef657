import com.alibaba.dashscope.aigc.generation.Generation;
import com.alibaba.dashscope.aigc.generation.GenerationParam;
import com.alibaba.dashscope.common.Message;
import com.alibaba.dashscope.tools.FunctionDefinition;
import com.alibaba.dashscope.tools.ToolCallFunction;
import com.alibaba.dashscope.tools.ToolFunction;
import com.alibaba.dashscope.utils.Constants;
import com.google.gson.JsonParser;
import java.util.List;

/**
 * The model picks one of the functions it was offered and fills in the arguments.
 * With the emulator it prints: get_current_weather {"location": "杭州"}
 */
public final class Tools {
    public static void main(String[] arguments) throws Exception {
        Constants.baseHttpApiUrl = System.getenv("DASHSCOPE_EDGE_URL") + "/api/v1";
        Constants.apiKey = System.getenv("DASHSCOPE_EDGE_KEY");

        var time = FunctionDefinition.builder()
            .name("get_current_time")
            .description("Tells the time now.")
            .parameters(JsonParser.parseString("{}").getAsJsonObject())
            .build();
        var weather = FunctionDefinition.builder()
            .name("get_current_weather")
            .description("Tells the weather of a city or district.")
            .parameters(JsonParser.parseString("""
                {
                  "type": "object",
                  "properties": { "location": { "type": "string", "description": "A city, such as 杭州市." } },
                  "required": ["location"]
                }
                """).getAsJsonObject())
            .build();
        var param = GenerationParam.builder()
            .model("qwen-plus")
            .messages(List.of(
                Message.builder().role("system").content("Use tools wherever you can.").build(),
                Message.builder().role("user").content("杭州天气").build()))
            .resultFormat("message")
            .tools(List.of(
                ToolFunction.builder().function(time).build(),
                ToolFunction.builder().function(weather).build()))
            .build();
        var message = new Generation().call(param).getOutput().getChoices().get(0).getMessage();
        for (var call : message.getToolCalls()) {
            var function = ((ToolCallFunction) call).getFunction();
            System.out.println(function.getName() + " " + function.getArguments());
        }
        // The SDK's idle connections would keep the program alive for a minute.
        System.exit(0);
    }
}
