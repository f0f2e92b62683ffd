package answers_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// get asks the handler, which runs behind a server of its own, as a browser would.
func get(t *testing.T, fault, question string) (int, string, error) {
	t.Helper()
	server := httptest.NewServer(provider(t, fault).Handler())
	t.Cleanup(server.Close)
	response, err := http.Get(server.URL + "/?q=" + url.QueryEscape(question))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return response.StatusCode, string(body), err
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	for _, city := range []string{"Oslo", "Zürich"} {
		city := city
		t.Run(city, func(t *testing.T) {
			t.Parallel()
			_, body, err := get(t, "", "How warm is it in "+city+"?")
			if want := "It is warm in " + city + ", about 20 °C. "; body != want || err != nil {
				t.Errorf("got %q, %v, want %q", body, err, want)
			}
		})
	}
}

func TestABrokenStreamIsNoWholeAnswer(t *testing.T) {
	t.Parallel()
	for _, fault := range []string{"cut(after=3)", "reset(after=4)", "error_event(after=3)"} {
		fault := fault
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			_, body, err := get(t, fault, "How warm is it in Oslo?")
			if err == nil {
				t.Errorf("took %q for the whole answer", body)
			}
		})
	}
}

func TestARefusalIsTold(t *testing.T) {
	t.Parallel()
	code, body, _ := get(t, "status(code=503)", "How warm is it in Oslo?")
	if code != http.StatusBadGateway || !strings.Contains(body, "503") {
		t.Errorf("got %d: %s", code, body)
	}
}
