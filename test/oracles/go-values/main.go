// Command values-oracle answers how Kubernetes' own libraries read image references and quantities: one JSON string a
// line in, one JSON answer a line out. The argument is "image" or "quantity".
package main

import (
	"bufio"
	_ "crypto/sha256"
	_ "crypto/sha512"
	"encoding/json"
	"fmt"
	"math/big"
	"os"

	"github.com/distribution/reference"
	"k8s.io/apimachinery/pkg/api/resource"
)

func main() {
	answer := image
	if len(os.Args) > 1 && os.Args[1] == "quantity" {
		answer = quantity
	}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(make([]byte, 1<<20), 1<<20)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for lines.Scan() {
		var text string
		if err := json.Unmarshal(lines.Bytes(), &text); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		line, err := json.Marshal(answer(text))
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Fprintln(out, string(line))
	}
}

func image(text string) any {
	named, err := reference.ParseNormalizedNamed(text)
	if err != nil {
		return nil
	}
	answer := map[string]string{"domain": reference.Domain(named), "path": reference.Path(named)}
	if tagged, ok := named.(reference.Tagged); ok {
		answer["tag"] = tagged.Tag()
	}
	if digested, ok := named.(reference.Digested); ok {
		answer["digest"] = digested.Digest().String()
	}
	return answer
}

func quantity(text string) any {
	parsed, err := resource.ParseQuantity(text)
	if err != nil {
		return nil
	}
	amount := parsed.AsDec()
	nano := new(big.Int).Set(amount.UnscaledBig())
	shift := 9 - int64(amount.Scale())
	power := new(big.Int).Exp(big.NewInt(10), big.NewInt(max(shift, -shift)), nil)
	if shift >= 0 {
		nano.Mul(nano, power)
	} else {
		nano.Quo(nano, power)
	}
	return map[string]string{"nano": nano.String(), "format": string(parsed.Format)}
}
