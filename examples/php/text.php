<?php
// One question, one answer, with the curl extension.
// With the emulator it prints: I am qwen-plus, a large language model played by the emulator.

$curl = curl_init(getenv('DASHSCOPE_EDGE_URL') . '/api/v1/services/aigc/text-generation/generation');
curl_setopt_array($curl, [
    CURLOPT_RETURNTRANSFER => true,
    CURLOPT_HTTPHEADER => [
        'Authorization: Bearer ' . getenv('DASHSCOPE_EDGE_KEY'),
        'Content-Type: application/json',
    ],
    CURLOPT_POSTFIELDS => json_encode([
        'model' => 'qwen-plus',
        'input' => [
            'messages' => [
                ['role' => 'system', 'content' => 'You are a helpful assistant.'],
                ['role' => 'user', 'content' => '你是谁?'],
            ],
        ],
        'parameters' => ['result_format' => 'message'],
    ]),
]);
$body = curl_exec($curl);
if ($body === false) {
    fwrite(STDERR, curl_error($curl) . PHP_EOL);
    exit(1);
}
$answer = json_decode($body, true, flags: JSON_THROW_ON_ERROR);
if (curl_getinfo($curl, CURLINFO_RESPONSE_CODE) !== 200) {
    fwrite(STDERR, "{$answer['code']}: {$answer['message']}" . PHP_EOL);
    exit(1);
}
echo $answer['output']['choices'][0]['message']['content'], PHP_EOL;
