// One question, one answer, as the JSON that came. C# 7, so that Mono compiles it as well as .NET.
// With the emulator it prints: {…"content":"I am qwen-plus, a large language model played by the emulator."…}

using System;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Text;
using System.Threading.Tasks;

internal static class Program
{
    private const string Question = @"{
        ""model"": ""qwen-plus"",
        ""input"": {
            ""messages"": [
                { ""role"": ""system"", ""content"": ""You are a helpful assistant."" },
                { ""role"": ""user"", ""content"": ""你是谁?"" }
            ]
        },
        ""parameters"": { ""result_format"": ""message"" }
    }";

    private static int Main()
    {
        return Ask().GetAwaiter().GetResult();
    }

    private static async Task<int> Ask()
    {
        var url = Environment.GetEnvironmentVariable("DASHSCOPE_EDGE_URL");
        var key = Environment.GetEnvironmentVariable("DASHSCOPE_EDGE_KEY");
        using (var client = new HttpClient())
        using (var content = new StringContent(Question, Encoding.UTF8, "application/json"))
        {
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
            var address = url + "/api/v1/services/aigc/text-generation/generation";
            var response = await client.PostAsync(address, content);
            Console.WriteLine(await response.Content.ReadAsStringAsync());
            return response.IsSuccessStatusCode ? 0 : 1;
        }
    }
}
