// Says whether the components would start with a configuration file, by their own decoding and validation.
//
// Input: one JSON object a line, {"id", "kind", "text"}, where kind is EncryptionConfiguration,
// AuthenticationConfiguration, AuthorizationConfiguration or KubeletConfiguration. Output: one line each,
// {"id", "loads", "errors"}. With kind kube-apiserver, "argv" is parsed as its command line, and the answer has the
// flags that were "set" with their values.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"os"
	"strings"

	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	utilerrors "k8s.io/apimachinery/pkg/util/errors"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apiserver/pkg/apis/apiserver"
	apiserverinstall "k8s.io/apiserver/pkg/apis/apiserver/install"
	apiserverv1 "k8s.io/apiserver/pkg/apis/apiserver/v1"
	"k8s.io/apiserver/pkg/apis/apiserver/validation"
	authenticationcel "k8s.io/apiserver/pkg/authentication/cel"
	authorizationcel "k8s.io/apiserver/pkg/authorization/cel"
	"k8s.io/apiserver/pkg/server/options/encryptionconfig"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	cliflag "k8s.io/component-base/cli/flag"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/cmd/kube-apiserver/app/options"
	kubeletconfig "k8s.io/kubernetes/pkg/kubelet/apis/config"
	kubeletscheme "k8s.io/kubernetes/pkg/kubelet/apis/config/scheme"
	kubeletvalidation "k8s.io/kubernetes/pkg/kubelet/apis/config/validation"
)

type request struct {
	ID   any      `json:"id"`
	Kind string   `json:"kind"`
	Text string   `json:"text"`
	Argv []string `json:"argv"`
}

type answer struct {
	ID     any            `json:"id"`
	Loads  bool           `json:"loads"`
	Errors []string       `json:"errors"`
	Set    map[string]any `json:"set,omitempty"`
}

var (
	scheme = runtime.NewScheme()
	codecs serializer.CodecFactory
)

func main() {
	klog.SetOutput(io.Discard)
	klog.LogToStderr(false)
	apiserverinstall.Install(scheme)
	codecs = serializer.NewCodecFactory(scheme, serializer.EnableStrict)
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	encoder := json.NewEncoder(out)
	decoder := json.NewDecoder(in)
	for {
		var r request
		if err := decoder.Decode(&r); err == io.EOF {
			return
		} else if err != nil {
			panic(err)
		}
		if r.Kind == "kube-apiserver" {
			set, errors := parse(r.Argv)
			encoder.Encode(answer{r.ID, len(errors) == 0, errors, set})
			continue
		}
		errors := check(r)
		encoder.Encode(answer{r.ID, len(errors) == 0, errors, nil})
	}
}

// What the flag set of the API server makes of a command line; its command takes no words but empty ones.
func parse(argv []string) (map[string]any, []string) {
	flags := pflag.NewFlagSet("kube-apiserver", pflag.ContinueOnError)
	flags.SetNormalizeFunc(cliflag.WordSepNormalizeFunc)
	flags.SetOutput(io.Discard)
	for _, set := range options.NewServerRunOptions().Flags().FlagSets {
		flags.AddFlagSet(set)
	}
	set := map[string]any{}
	var errors []string
	if err := flags.Parse(argv); err != nil {
		errors = append(errors, err.Error())
	} else {
		for _, word := range flags.Args() {
			if len(word) > 0 {
				errors = append(errors, "loose word: "+word)
			}
		}
	}
	flags.Visit(func(flag *pflag.Flag) {
		switch flag.Value.Type() {
		case "stringSlice":
			value, _ := flags.GetStringSlice(flag.Name)
			set[flag.Name] = value
		case "stringArray":
			value, _ := flags.GetStringArray(flag.Name)
			set[flag.Name] = value
		default:
			set[flag.Name] = flag.Value.String()
		}
	})
	return set, errors
}

func check(r request) []string {
	if r.Kind == "KubeletConfiguration" {
		return kubelet(r.Text)
	}
	if r.Kind == "EncryptionConfiguration" {
		return encryption(r.Text)
	}
	object, _, err := codecs.UniversalDecoder().Decode([]byte(r.Text), nil, nil)
	if err != nil {
		return []string{"decode: " + err.Error()}
	}
	switch config := object.(type) {
	case *apiserver.AuthenticationConfiguration:
		return list(validation.ValidateAuthenticationConfiguration(authenticationcel.NewDefaultCompiler(), config, nil).ToAggregate())
	case *apiserver.AuthorizationConfiguration:
		errors := list(validation.ValidateAuthorizationConfiguration(authorizationcel.NewDefaultCompiler(), nil, config,
			sets.New("AlwaysAllow", "AlwaysDeny", "ABAC", "Webhook", "RBAC", "Node"), sets.New("Webhook")).ToAggregate())
		var kept []string
		for _, each := range errors {
			// The files that are named are not there.
			if !strings.Contains(each, "error loading file") {
				kept = append(kept, each)
			}
		}
		return kept
	}
	return []string{"another kind"}
}

// The server's own loader, which also builds the transformers. It would wait for KMS plugins, which are not there:
// they are validated and then left out.
func encryption(text string) []string {
	object, _, err := codecs.UniversalDecoder().Decode([]byte(text), nil, nil)
	if err != nil {
		return []string{"decode: " + err.Error()}
	}
	config, ok := object.(*apiserver.EncryptionConfiguration)
	if !ok {
		return []string{"another kind"}
	}
	if errors := list(validation.ValidateEncryptionConfiguration(config, false).ToAggregate()); len(errors) > 0 {
		return errors
	}
	for _, entry := range config.Resources {
		for i := range entry.Providers {
			if entry.Providers[i].KMS != nil {
				entry.Providers[i] = apiserver.ProviderConfiguration{Identity: &apiserver.IdentityConfiguration{}}
			}
		}
	}
	versioned := &apiserverv1.EncryptionConfiguration{}
	if err := scheme.Convert(config, versioned, nil); err != nil {
		panic(err)
	}
	versioned.APIVersion, versioned.Kind = "apiserver.config.k8s.io/v1", "EncryptionConfiguration"
	plain, err := json.Marshal(versioned)
	if err != nil {
		panic(err)
	}
	file, err := os.CreateTemp("", "encryption")
	if err != nil {
		panic(err)
	}
	defer os.Remove(file.Name())
	file.Write(plain)
	file.Close()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if _, err := encryptionconfig.LoadEncryptionConfig(ctx, file.Name(), false, "id"); err != nil {
		return []string{err.Error()}
	}
	return nil
}

func kubelet(text string) []string {
	_, codecs, err := kubeletscheme.NewSchemeAndCodecs(serializer.EnableStrict)
	if err != nil {
		panic(err)
	}
	object, _, err := codecs.UniversalDecoder().Decode([]byte(text), nil, nil)
	if err != nil {
		return []string{"decode: " + err.Error()}
	}
	config, ok := object.(*kubeletconfig.KubeletConfiguration)
	if !ok {
		return []string{"another kind"}
	}
	if err := kubeletvalidation.ValidateKubeletConfiguration(config, utilfeature.DefaultFeatureGate); err != nil {
		var errors []string
		if aggregate, ok := err.(utilerrors.Aggregate); ok {
			errors = list(aggregate)
		} else {
			errors = []string{err.Error()}
		}
		var kept []string
		for _, each := range errors {
			// About the machine that this runs on.
			if !strings.Contains(each, "cgroup v1") {
				kept = append(kept, each)
			}
		}
		return kept
	}
	return nil
}

func list(aggregate utilerrors.Aggregate) []string {
	var messages []string
	if aggregate != nil {
		for _, err := range aggregate.Errors() {
			messages = append(messages, err.Error())
		}
	}
	return messages
}
