import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.MultipartField;
import com.openai.models.audio.AudioResponseFormat;
import com.openai.models.audio.speech.SpeechCreateParams;
import com.openai.models.audio.transcriptions.TranscriptionCreateParams;
import com.openai.models.audio.transcriptions.TranscriptionCreateParams.TimestampGranularity;
import com.openai.models.images.ImageGenerateParams;
import com.openai.models.videos.Video.Status;
import com.openai.models.videos.VideoCreateParams;
import com.openai.models.videos.VideoSize;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;

/**
 * The OpenAI SDK: an image, speech, its transcript, and a video. DashScope's own API has other endpoints for these.
 * With the emulator it prints: The image is at http…png…The speech has … bytes.…It says: Hello world.…The video wan2.6-t2v has 13 bytes.
 */
public final class OpenAiMedia {
    public static void main(String[] arguments) throws Exception {
        var client = OpenAIOkHttpClient.builder()
            .baseUrl(System.getenv("DASHSCOPE_EDGE_URL") + "/compatible-mode/v1")
            .apiKey(System.getenv("DASHSCOPE_EDGE_KEY"))
            .build();

        var images = client.images().generate(ImageGenerateParams.builder()
            .model("wan2.2-t2i-flash")
            .prompt("A cat that reads a newspaper")
            .size(ImageGenerateParams.Size._1024X1024)
            .build());
        System.out.println("The image is at " + images.data().orElseThrow().get(0).url().orElseThrow());

        var sound = speak(client, "Hello world.");
        System.out.println("The speech has " + sound.length + " bytes.");

        var transcript = client.audio().transcriptions().create(TranscriptionCreateParams.builder()
            .model("fun-asr")
            .file(MultipartField.<InputStream>builder()
                .value(new ByteArrayInputStream(sound))
                .filename("hello.mp3")
                .build())
            .responseFormat(AudioResponseFormat.VERBOSE_JSON)
            .addTimestampGranularity(TimestampGranularity.SEGMENT)
            .build());
        System.out.println("It says: " + transcript.asVerbose().segments().orElseThrow().get(0).text());

        var video = client.videos().create(VideoCreateParams.builder()
            .model("wan2.6-t2v")
            .prompt("A cat on the moon")
            .size(VideoSize._1280X720)
            .build());
        while (List.of(Status.QUEUED, Status.IN_PROGRESS).contains(video.status())) {
            Thread.sleep(1000);
            video = client.videos().retrieve(video.id());
        }
        try (var content = client.videos().downloadContent(video.id())) {
            var bytes = content.body().readAllBytes().length;
            System.out.println("The video " + video.model() + " has " + bytes + " bytes.");
        }
        // The SDK's idle connections would keep the program alive for a minute.
        System.exit(0);
    }

    /** The sound arrives while it is made. */
    private static byte[] speak(OpenAIClient client, String text) throws IOException {
        try (var speech = client.audio().speech().create(SpeechCreateParams.builder()
            .model("cosyvoice-v3-flash")
            .voice("longanyang")
            .input(text)
            .responseFormat(SpeechCreateParams.ResponseFormat.MP3)
            .streamFormat(SpeechCreateParams.StreamFormat.AUDIO)
            .build())) {
            return speech.body().readAllBytes();
        }
    }
}
