// Says what the API server refuses in CustomResourceDefinitions, by its own defaulting and validation.
//
// Input: one JSON object a line, {"id", "object"}, the object as in a manifest of apiextensions.k8s.io/v1. Output: one
// line each, {"id", "errors"}, the errors as [field, type, detail].
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"os"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/install"
	v1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/validation"
	"k8s.io/apimachinery/pkg/runtime"
)

type request struct {
	ID     any                         `json:"id"`
	Object v1.CustomResourceDefinition `json:"object"`
}

type answer struct {
	ID     any         `json:"id"`
	Errors [][3]string `json:"errors"`
}

func main() {
	scheme := runtime.NewScheme()
	install.Install(scheme)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	encoder := json.NewEncoder(out)
	decoder := json.NewDecoder(bufio.NewReaderSize(os.Stdin, 1<<20))
	for {
		var r request
		if err := decoder.Decode(&r); err == io.EOF {
			return
		} else if err != nil {
			panic(err)
		}
		encoder.Encode(answer{r.ID, check(scheme, &r.Object)})
	}
}

func check(scheme *runtime.Scheme, object *v1.CustomResourceDefinition) [][3]string {
	scheme.Default(object)
	var definition apiextensions.CustomResourceDefinition
	if err := scheme.Convert(object, &definition, nil); err != nil {
		panic(err)
	}
	errors := [][3]string{}
	for _, e := range validation.ValidateCustomResourceDefinition(context.Background(), &definition) {
		errors = append(errors, [3]string{e.Field, string(e.Type), e.Detail})
	}
	return errors
}
