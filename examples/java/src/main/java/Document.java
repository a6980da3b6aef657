import com.alibaba.dashscope.aigc.generation.Generation;
import com.alibaba.dashscope.aigc.generation.GenerationParam;
import com.alibaba.dashscope.common.Message;
import com.alibaba.dashscope.utils.Constants;
import com.google.gson.JsonParser;
import java.io.File;
import java.io.IOException;
import java.util.List;
import okhttp3.MediaType;
import okhttp3.MultipartBody;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;

/**
 * Uploads a document, then asks about it. Run it where pom.xml is, or name the document.
 * With the emulator it prints: document.txt has 112 bytes and begins "杭州是浙江省的省会…
 */
public final class Document {
    public static void main(String[] arguments) throws Exception {
        Constants.baseHttpApiUrl = System.getenv("DASHSCOPE_EDGE_URL") + "/api/v1";
        Constants.apiKey = System.getenv("DASHSCOPE_EDGE_KEY");

        var document = new File(arguments.length > 0 ? arguments[0] : "../document.txt");
        var param = GenerationParam.builder()
            .model("qwen-long")
            .messages(List.of(
                Message.builder().role("system").content("You are a helpful assistant.").build(),
                Message.builder().role("system").content("fileid://" + upload(document)).build(),
                Message.builder().role("user").content("这篇文章讲了什么").build()))
            .resultFormat("message")
            .build();
        var result = new Generation().call(param);
        System.out.println(result.getOutput().getChoices().get(0).getMessage().getContent());
        // The SDK's idle connections would keep the program alive for a minute.
        System.exit(0);
    }

    /** Documents for qwen-long are uploaded on the OpenAI-compatible path; returns the id. */
    private static String upload(File document) throws IOException {
        var form = new MultipartBody.Builder()
            .setType(MultipartBody.FORM)
            .addFormDataPart("purpose", "file-extract")
            .addFormDataPart("file", document.getName(),
                RequestBody.create(document, MediaType.get("text/plain")))
            .build();
        var request = new Request.Builder()
            .url(System.getenv("DASHSCOPE_EDGE_URL") + "/compatible-mode/v1/files")
            .header("Authorization", "Bearer " + System.getenv("DASHSCOPE_EDGE_KEY"))
            .post(form)
            .build();
        try (var response = new OkHttpClient().newCall(request).execute()) {
            var answer = response.body().string();
            if (!response.isSuccessful()) throw new IOException(answer);
            return JsonParser.parseString(answer).getAsJsonObject().get("id").getAsString();
        }
    }
}
