import com.fasterxml.jackson.databind.ObjectMapper;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.MultipartField;
import com.openai.models.batches.Batch.Status;
import com.openai.models.batches.BatchCreateParams;
import com.openai.models.files.FileCreateParams;
import com.openai.models.files.FilePurpose;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A batch with the OpenAI SDK: requests in a file, run within a day for half the price.
 * With the emulator it prints: completed…sum: 12*7 = 84…who: I am qwen-plus, a large language model played by the emulator.
 */
public final class Batch {
    private static final List<Status> ENDS = List.of(Status.COMPLETED, Status.FAILED, Status.EXPIRED, Status.CANCELLED);

    public static void main(String[] arguments) throws Exception {
        var client = OpenAIOkHttpClient.builder()
            .baseUrl(System.getenv("DASHSCOPE_EDGE_URL") + "/compatible-mode/v1")
            .apiKey(System.getenv("DASHSCOPE_EDGE_KEY"))
            .build();
        var mapper = new ObjectMapper();

        var lines = new ArrayList<String>();
        for (var question : List.of(List.of("sum", "12*7"), List.of("who", "你是谁?"))) {
            lines.add(mapper.writeValueAsString(Map.of(
                "custom_id", question.get(0),
                "method", "POST",
                "url", "/v1/chat/completions",
                "body", Map.of(
                    "model", "qwen-plus",
                    "messages", List.of(Map.of("role", "user", "content", question.get(1)))))));
        }
        var content = String.join("\n", lines).getBytes(StandardCharsets.UTF_8);

        var file = client.files().create(FileCreateParams.builder()
            .purpose(FilePurpose.BATCH)
            .file(MultipartField.<InputStream>builder()
                .value(new ByteArrayInputStream(content))
                .filename("requests.jsonl")
                .build())
            .build());
        var batch = client.batches().create(BatchCreateParams.builder()
            .inputFileId(file.id())
            .endpoint(BatchCreateParams.Endpoint.V1_CHAT_COMPLETIONS)
            .completionWindow(BatchCreateParams.CompletionWindow._24H)
            .build());
        while (!ENDS.contains(batch.status())) {
            Thread.sleep(1000);
            batch = client.batches().retrieve(batch.id());
        }
        System.out.println(batch.status());

        try (var output = client.files().content(batch.outputFileId().orElseThrow())) {
            for (var line : new String(output.body().readAllBytes(), StandardCharsets.UTF_8).strip().split("\n")) {
                var result = mapper.readTree(line);
                var message = result.at("/response/body/choices/0/message/content").asText();
                System.out.println(result.get("custom_id").asText() + ": " + message);
            }
        }
        // The SDK's idle connections would keep the program alive for a minute.
        System.exit(0);
    }
}
