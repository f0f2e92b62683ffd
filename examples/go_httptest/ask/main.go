// Command ask prints the answer to a question: ask "How warm is it in Oslo?"
package main

import (
	"context"
	"fmt"
	"net/http"
	"os"

	"example.org/answers"
)

func main() {
	provider := &answers.Provider{
		BaseURL: os.Getenv("OPENAI_BASE_URL"),
		Key:     os.Getenv("OPENAI_API_KEY"),
		Client:  http.DefaultClient,
	}
	say := func(piece string) { fmt.Print(piece) }
	if err := provider.Ask(context.Background(), os.Args[1], say); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println()
}
