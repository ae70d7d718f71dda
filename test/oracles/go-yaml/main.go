// Reads manifests as kubectl does and says what it read.
//
// Input: one JSON object a line, {"text": "..."}. Output: one line each, {"documents": [...], "error": "..."}, where
// documents are those read before the error, as JSON, without the ones that hold nothing.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"

	utiljson "k8s.io/apimachinery/pkg/util/json"
	"k8s.io/apimachinery/pkg/util/yaml"
)

type request struct {
	Text string `json:"text"`
}

type answer struct {
	Documents []json.RawMessage `json:"documents"`
	Error     string            `json:"error,omitempty"`
}

// raw keeps the JSON that a document was converted to, as runtime.RawExtension does in kubectl.
type raw struct{ bytes []byte }

func (r *raw) UnmarshalJSON(in []byte) error {
	r.bytes = append([]byte(nil), in...)
	return nil
}

func main() {
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	for {
		line, err := in.ReadBytes('\n')
		if len(bytes.TrimSpace(line)) > 0 {
			var req request
			if err := json.Unmarshal(line, &req); err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(2)
			}
			if err := encoder.Encode(read([]byte(req.Text))); err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(2)
			}
		}
		if err != nil {
			return
		}
	}
}

func read(text []byte) (result answer) {
	result.Documents = []json.RawMessage{}
	defer func() {
		if cause := recover(); cause != nil {
			result.Error = fmt.Sprint(cause)
		}
	}()
	// cli-runtime takes the byte order mark off before it decodes.
	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
	decoder := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(text), 4096)
	for {
		var document raw
		if err := decoder.Decode(&document); err != nil {
			if err != io.EOF {
				result.Error = err.Error()
			}
			return result
		}
		if len(bytes.TrimSpace(document.bytes)) == 0 {
			continue
		}
		// What kubectl sends is decoded once more, by the API server.
		var decoded any
		if err := utiljson.Unmarshal(document.bytes, &decoded); err != nil {
			result.Error = err.Error()
			return result
		}
		if decoded == nil {
			continue
		}
		encoded, err := json.Marshal(decoded)
		if err != nil {
			result.Error = err.Error()
			return result
		}
		result.Documents = append(result.Documents, encoded)
	}
}
