// Package answers streams what a model says, and serves it to browsers as it comes.
//
// Nothing in it knows that Wiretape exists: the base URL of the provider is all there is to it.
package answers

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// ErrBrokeOff is the error of an answer that ended before it was whole.
var ErrBrokeOff = errors.New("the answer broke off")

// Provider speaks Chat Completions.
type Provider struct {
	BaseURL string // ends with /v1
	Key     string
	Client  *http.Client
}

type message struct {
	Role    string `json:"role"`
	Content string `json:"content"`
}

type chunk struct {
	Choices []struct {
		Delta        message `json:"delta"`
		FinishReason string  `json:"finish_reason"`
	} `json:"choices"`
	Error *struct {
		Message string `json:"message"`
	} `json:"error"`
}

// Ask calls say with each piece of the answer, as it comes.
func (p *Provider) Ask(ctx context.Context, question string, say func(string)) error {
	response, err := p.post(ctx, question)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		told, _ := io.ReadAll(io.LimitReader(response.Body, 1<<16))
		return fmt.Errorf("%s: %s", response.Status, told)
	}
	finished := false
	lines := bufio.NewScanner(response.Body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		data := strings.TrimPrefix(lines.Text(), "data: ")
		if data == lines.Text() || data == "[DONE]" {
			continue
		}
		var one chunk
		if err := json.Unmarshal([]byte(data), &one); err != nil {
			return fmt.Errorf("a chunk is no JSON: %w", err)
		}
		if one.Error != nil {
			return errors.New(one.Error.Message)
		}
		for _, choice := range one.Choices {
			say(choice.Delta.Content)
			finished = finished || choice.FinishReason != ""
		}
	}
	if err := lines.Err(); err != nil {
		return err
	}
	if !finished {
		return ErrBrokeOff
	}
	return nil
}

func (p *Provider) post(ctx context.Context, question string) (*http.Response, error) {
	body, err := json.Marshal(map[string]any{
		"model":    "gpt-5-mini",
		"messages": []message{{"user", question}},
		"stream":   true,
	})
	if err != nil {
		return nil, err
	}
	url := p.BaseURL + "/chat/completions"
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+p.Key)
	request.Header.Set("Content-Type", "application/json")
	return p.Client.Do(request)
}

// Handler answers GET /?q=QUESTION with plain text, piece by piece.
func (p *Provider) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := false
		err := p.Ask(r.Context(), r.URL.Query().Get("q"), func(piece string) {
			began = true
			io.WriteString(w, piece)
			if flusher, ok := w.(http.Flusher); ok {
				flusher.Flush()
			}
		})
		switch {
		case err != nil && began:
			panic(http.ErrAbortHandler) // So that nobody takes a part for the whole.
		case err != nil:
			http.Error(w, err.Error(), http.StatusBadGateway)
		}
	})
}
