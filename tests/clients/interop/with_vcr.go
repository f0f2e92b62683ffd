// Record with go-vcr 1, as Debian has it: with_vcr URL CASSETTE (without .yaml)
package main

import (
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/dnaeon/go-vcr/recorder"
)

func main() {
	url, cassette := os.Args[1], os.Args[2]
	recorder, err := recorder.New(cassette)
	check(err)
	client := &http.Client{Transport: recorder}
	body := `{"model":"small-1","stream":true,"messages":[{"role":"user","content":"Why is the sky blue – für uns?"}]}`
	asked, err := http.NewRequest("POST", url+"/v1/chat/completions", strings.NewReader(body))
	check(err)
	asked.Header.Set("Content-Type", "application/json")
	asked.Header.Set("Authorization", "Bearer sk-proj-"+"abcdefghijklmnop1234567890")
	fetch(client, asked)
	for _, path := range []string{"/v1/models?limit=2", "/v1/files/1/content"} {
		asked, err = http.NewRequest("GET", url+path, nil)
		check(err)
		fetch(client, asked)
	}
	check(recorder.Stop())
}

func fetch(client *http.Client, asked *http.Request) {
	answer, err := client.Do(asked)
	check(err)
	defer answer.Body.Close()
	_, err = io.ReadAll(answer.Body)
	check(err)
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
