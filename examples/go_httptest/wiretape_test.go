package answers_test

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"

	"example.org/answers"
)

// replayURL is that of the one `wiretape replay` that all tests share.
var replayURL string

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(replayed(m))
}

// replayed runs the tests, and fails where recordings were never asked for.
func replayed(m *testing.M) int {
	replay := exec.Command("wiretape", "replay", "tapes/answers.tape.zst",
		"--port", "0", "--print-url", "--speed", "instant", "--after-last", "error")
	replay.Stderr = os.Stderr
	output, err := replay.StdoutPipe()
	if err == nil {
		err = replay.Start()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer replay.Wait()
	defer replay.Process.Signal(os.Interrupt)
	line, err := bufio.NewReader(output).ReadString('\n')
	if err != nil {
		return 1 // It has said why itself.
	}
	replayURL = strings.TrimSpace(line)
	code := m.Run()
	// A run of some tests alone need not play everything.
	if code == 0 && flag.Lookup("test.run").Value.String() == "" {
		return unplayed()
	}
	return code
}

func unplayed() int {
	var told struct {
		Total      int
		Recordings []map[string]any
	}
	if err := control("unplayed", &told); err != nil || told.Total > 0 {
		fmt.Fprintln(os.Stderr, "never asked for:", told.Recordings, err)
		return 1
	}
	return 0
}

// control asks the control API.
func control(call string, into any) error {
	response, err := http.Get(replayURL + "/__wiretape/" + call)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	return json.NewDecoder(response.Body).Decode(into)
}

// session is what sends the requests of one test, and may ask for a fault.
type session struct{ name, fault string }

func (s session) RoundTrip(request *http.Request) (*http.Response, error) {
	request = request.Clone(request.Context())
	request.Header.Set("X-Wiretape-Session", s.name)
	if s.fault != "" {
		request.Header.Set("X-Wiretape-Fault", s.fault)
	}
	return http.DefaultTransport.RoundTrip(request)
}

// provider plays the tape from its beginning, for this test alone; the test fails where it asks
// for what is not there, even if the code under test swallowed the error.
func provider(t *testing.T, fault string) *answers.Provider {
	t.Helper()
	t.Cleanup(func() {
		var journal struct {
			Entries []struct{ Miss json.RawMessage }
		}
		query := "journal?outcome=unmatched&session=" + url.QueryEscape(t.Name())
		if err := control(query, &journal); err != nil {
			t.Error(err)
		}
		for _, entry := range journal.Entries {
			t.Errorf("not on the tape: %s", entry.Miss)
		}
	})
	client := &http.Client{Transport: session{t.Name(), fault}}
	return &answers.Provider{BaseURL: replayURL + "/openai/v1", Key: "any", Client: client}
}
