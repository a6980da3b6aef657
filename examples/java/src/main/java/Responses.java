import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.JsonValue;
import com.openai.models.conversations.ConversationCreateParams;
import com.openai.models.conversations.ConversationUpdateParams;
import com.openai.models.conversations.items.ItemListParams;
import com.openai.models.responses.EasyInputMessage;
import com.openai.models.responses.Response;
import com.openai.models.responses.ResponseCreateParams;
import com.openai.models.responses.inputitems.InputItemListParams;
import java.util.stream.Collectors;

/**
 * The OpenAI SDK: a response that is continued, retrieved and deleted, and a conversation that DashScope keeps.
 * With the emulator it prints: You said: My name is Li (message count: 1)…You said: What is my name? (message count: 3)…completed…2 input items…conversation: 3 items…deleted: true
 */
public final class Responses {
    public static void main(String[] arguments) {
        var client = OpenAIOkHttpClient.builder()
            .baseUrl(System.getenv("DASHSCOPE_EDGE_URL") + "/compatible-mode/v1")
            .apiKey(System.getenv("DASHSCOPE_EDGE_KEY"))
            .build();
        followResponses(client);
        keepConversation(client);
        // The SDK's idle connections would keep the program alive for a minute.
        System.exit(0);
    }

    private static void followResponses(OpenAIClient client) {
        var first = client.responses().create(question("My name is Li").build());
        System.out.println(textOf(first));

        // The id of a stream's response is known from its first event on.
        var id = new StringBuilder();
        var next = question("What is my name?").previousResponseId(first.id()).build();
        try (var events = client.responses().createStreaming(next)) {
            events.stream().forEach(event -> {
                event.created().ifPresent(created -> id.append(created.response().id()));
                event.outputTextDelta().ifPresent(delta -> System.out.print(delta.delta()));
            });
        }
        System.out.println();

        var second = client.responses().retrieve(id.toString());
        System.out.println(second.status().orElseThrow());
        var firstPage = InputItemListParams.builder().limit(2).build();
        var items = client.responses().inputItems().list(second.id(), firstPage);
        System.out.println(items.data().size() + " input items");
        client.responses().delete(first.id());
    }

    private static void keepConversation(OpenAIClient client) {
        var conversation = client.conversations().create(ConversationCreateParams.builder()
            .metadata(ConversationCreateParams.Metadata.builder()
                .putAdditionalProperty("topic", JsonValue.from("demo"))
                .build())
            .addItem(EasyInputMessage.builder()
                .role(EasyInputMessage.Role.USER)
                .content("Alice was born in Singapore.")
                .build())
            .build());
        client.responses().create(question("Where was Alice born?").conversation(conversation.id()).build());
        var oldestFirst = ItemListParams.builder().order(ItemListParams.Order.ASC).build();
        var page = client.conversations().items().list(conversation.id(), oldestFirst);
        System.out.println("conversation: " + page.data().size() + " items");
        client.conversations().update(conversation.id(), ConversationUpdateParams.builder()
            .metadata(ConversationUpdateParams.Metadata.builder()
                .putAdditionalProperty("topic", JsonValue.from("done"))
                .build())
            .build());
        System.out.println("deleted: " + client.conversations().delete(conversation.id()).deleted());
    }

    private static ResponseCreateParams.Builder question(String text) {
        return ResponseCreateParams.builder().model("qwen-plus").input(text);
    }

    private static String textOf(Response response) {
        return response.output().stream()
            .flatMap(item -> item.message().stream())
            .flatMap(message -> message.content().stream())
            .flatMap(content -> content.outputText().stream())
            .map(text -> text.text())
            .collect(Collectors.joining());
    }
}
