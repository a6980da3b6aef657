import com.alibaba.dashscope.aigc.imagesynthesis.ImageSynthesis;
import com.alibaba.dashscope.aigc.imagesynthesis.ImageSynthesisParam;
import com.alibaba.dashscope.utils.Constants;

/**
 * An image from a text: a task that the SDK submits and waits for.
 * With the emulator it prints: SUCCEEDED…http…png…
 */
public final class Draw {
    public static void main(String[] arguments) throws Exception {
        Constants.baseHttpApiUrl = System.getenv("DASHSCOPE_EDGE_URL") + "/api/v1";
        Constants.apiKey = System.getenv("DASHSCOPE_EDGE_KEY");

        var param = ImageSynthesisParam.builder()
            .model("wan2.2-t2i-flash")
            .prompt("A cat that reads a newspaper")
            .n(1)
            .size("1024*1024")
            .build();
        var output = new ImageSynthesis().call(param).getOutput();
        System.out.println(output.getTaskStatus());
        System.out.println(output.getResults().get(0).get("url"));
        // The SDK's idle connections would keep the program alive for a minute.
        System.exit(0);
    }
}
