// One question, one answer, with the standard library alone.
// With the emulator it prints: I am qwen-plus, a large language model played by the emulator.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"
)

type message struct {
	Role    string `json:"role"`
	Content string `json:"content"`
}

type question struct {
	Model string `json:"model"`
	Input struct {
		Messages []message `json:"messages"`
	} `json:"input"`
	Parameters struct {
		ResultFormat string `json:"result_format"`
	} `json:"parameters"`
}

type answer struct {
	Output struct {
		Choices []struct {
			Message message `json:"message"`
		} `json:"choices"`
	} `json:"output"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

func main() {
	asked := question{Model: "qwen-plus"}
	asked.Input.Messages = []message{
		{Role: "system", Content: "You are a helpful assistant."},
		{Role: "user", Content: "你是谁?"},
	}
	asked.Parameters.ResultFormat = "message"
	said, err := ask(asked)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(said)
}

func ask(asked question) (string, error) {
	body, err := json.Marshal(asked)
	if err != nil {
		return "", err
	}
	url := os.Getenv("DASHSCOPE_EDGE_URL") + "/api/v1/services/aigc/text-generation/generation"
	request, err := http.NewRequest(http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	request.Header.Set("Authorization", "Bearer "+os.Getenv("DASHSCOPE_EDGE_KEY"))
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	var got answer
	if err := json.NewDecoder(response.Body).Decode(&got); err != nil {
		return "", err
	}
	if response.StatusCode != http.StatusOK || len(got.Output.Choices) == 0 {
		return "", fmt.Errorf("%s %s: %s", response.Status, got.Code, got.Message)
	}
	return got.Output.Choices[0].Message.Content, nil
}
