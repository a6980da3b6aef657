module example.com/dashscope-edge/text

go 1.19
