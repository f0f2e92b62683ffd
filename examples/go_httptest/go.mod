module example.org/answers

go 1.19
