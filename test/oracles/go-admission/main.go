// Says what the API server would do with objects under a ValidatingAdmissionPolicy, by its own admission plugin.
//
// Input: one JSON object a line, {"id", "policy", "bindings", "params", "paramScope", "namespaces", "object", "resource"},
// the objects as in manifests; the request is a CREATE. Output: one line each, {"id", "refused", "decoding", "denied",
// "message", "warnings", "decisions"}: why the validation refuses the policy or a binding, else whether the object is
// denied and with what; one list of decisions for each evaluation. With "kind": "validate", the "object" is held to the
// API server's validation instead, and the answer has its "errors" as [field, type, detail]; with "kind": "stored", the
// answer is the object as expressions see it. With the argument `types`, the
// Go types of the workload kinds are printed as TypeScript.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"reflect"
	"sort"
	"strings"

	v1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/apiserver/pkg/admission"
	"k8s.io/apiserver/pkg/admission/plugin/cel"
	"k8s.io/apiserver/pkg/admission/plugin/policy/generic"
	"k8s.io/apiserver/pkg/admission/plugin/policy/matching"
	"k8s.io/apiserver/pkg/admission/plugin/policy/validating"
	"k8s.io/apiserver/pkg/admission/plugin/webhook/matchconditions"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/authorization/authorizer"
	"k8s.io/apiserver/pkg/cel/environment"
	"k8s.io/apiserver/pkg/warning"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes/fake"
	listersv1 "k8s.io/client-go/listers/core/v1"
	"k8s.io/client-go/tools/cache"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	"k8s.io/kubernetes/pkg/apis/admissionregistration"
	admissioninstall "k8s.io/kubernetes/pkg/apis/admissionregistration/install"
	admissionvalidation "k8s.io/kubernetes/pkg/apis/admissionregistration/validation"
	appsinstall "k8s.io/kubernetes/pkg/apis/apps/install"
	batchinstall "k8s.io/kubernetes/pkg/apis/batch/install"
	"k8s.io/kubernetes/pkg/apis/core"
	coreinstall "k8s.io/kubernetes/pkg/apis/core/install"
	corevalidation "k8s.io/kubernetes/pkg/apis/core/validation"
)

type request struct {
	ID         any               `json:"id"`
	Kind       string            `json:"kind"`
	Policy     json.RawMessage   `json:"policy"`
	Bindings   []json.RawMessage `json:"bindings"`
	Params     []json.RawMessage `json:"params"`
	ParamScope string            `json:"paramScope"`
	Namespaces []json.RawMessage `json:"namespaces"`
	Object     json.RawMessage   `json:"object"`
	Resource   string            `json:"resource"`
}

type answer struct {
	ID        any        `json:"id"`
	Refused   []string   `json:"refused,omitempty"`
	Decoding  string     `json:"decoding,omitempty"`
	Denied    bool       `json:"denied"`
	Message   string     `json:"message,omitempty"`
	Warnings  []string   `json:"warnings,omitempty"`
	Decisions [][]string `json:"decisions,omitempty"`
	Errors    [][]string `json:"errors,omitempty"`
	Stored    any        `json:"stored,omitempty"`
}

var strict, loose runtime.Decoder

func main() {
	klog.SetOutput(io.Discard)
	klog.LogToStderr(false)
	if len(os.Args) > 1 && os.Args[1] == "types" {
		printTypes()
		return
	}
	scheme := legacyscheme.Scheme
	admissioninstall.Install(scheme)
	appsinstall.Install(scheme)
	batchinstall.Install(scheme)
	coreinstall.Install(scheme)
	strict = serializer.NewCodecFactory(scheme, serializer.EnableStrict).UniversalDeserializer()
	loose = serializer.NewCodecFactory(scheme).UniversalDeserializer()
	in := json.NewDecoder(bufio.NewReaderSize(os.Stdin, 1<<20))
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	encoder := json.NewEncoder(out)
	for {
		var r request
		if err := in.Decode(&r); err == io.EOF {
			return
		} else if err != nil {
			panic(err)
		}
		if r.Kind == "stored" {
			encoder.Encode(stored(r))
		} else if r.Kind == "validate" {
			encoder.Encode(validate(r))
		} else {
			encoder.Encode(evaluate(r))
		}
	}
}

func decode(raw []byte, decoder runtime.Decoder) (runtime.Object, error) {
	object, _, err := decoder.Decode(raw, nil, nil)
	if err != nil {
		return nil, err
	}
	legacyscheme.Scheme.Default(object)
	return object, nil
}

func internal(object runtime.Object) runtime.Object {
	converted, err := legacyscheme.Scheme.ConvertToVersion(object, schema.GroupVersion{Group: object.GetObjectKind().GroupVersionKind().Group, Version: runtime.APIVersionInternal})
	if err != nil {
		panic(err)
	}
	return converted
}

func validate(r request) answer {
	a := answer{ID: r.ID}
	object, err := decode(r.Object, strict)
	if err != nil {
		a.Decoding = err.Error()
		return a
	}
	var list field.ErrorList
	switch o := internal(object).(type) {
	case *admissionregistration.ValidatingWebhookConfiguration:
		list = admissionvalidation.ValidateValidatingWebhookConfiguration(o)
	case *admissionregistration.MutatingWebhookConfiguration:
		list = admissionvalidation.ValidateMutatingWebhookConfiguration(o)
	case *admissionregistration.ValidatingAdmissionPolicy:
		list = admissionvalidation.ValidateValidatingAdmissionPolicy(o)
	case *admissionregistration.ValidatingAdmissionPolicyBinding:
		list = admissionvalidation.ValidateValidatingAdmissionPolicyBinding(o)
	case *admissionregistration.MutatingAdmissionPolicy:
		list = admissionvalidation.ValidateMutatingAdmissionPolicy(o)
	case *admissionregistration.MutatingAdmissionPolicyBinding:
		list = admissionvalidation.ValidateMutatingAdmissionPolicyBinding(o)
	case *core.ResourceQuota:
		list = corevalidation.ValidateResourceQuota(o)
	case *core.LimitRange:
		list = corevalidation.ValidateLimitRange(o)
	default:
		a.Decoding = fmt.Sprintf("no validation for %T", o)
	}
	for _, each := range list {
		a.Errors = append(a.Errors, []string{each.Field, string(each.Type), each.Detail})
	}
	return a
}

// What an expression sees of an object.
func stored(r request) answer {
	a := answer{ID: r.ID}
	object, err := decode(r.Object, strict)
	if err != nil {
		a.Decoding = err.Error()
		return a
	}
	kind := object.GetObjectKind().GroupVersionKind()
	versioned, err := legacyscheme.Scheme.ConvertToVersion(internal(object), kind.GroupVersion())
	if err != nil {
		panic(err)
	}
	versioned.GetObjectKind().SetGroupVersionKind(kind)
	a.Stored, err = runtime.DefaultUnstructuredConverter.ToUnstructured(versioned)
	if err != nil {
		panic(err)
	}
	return a
}

type recorder struct {
	validating.Validator
	decisions *[][]string
}

func (r recorder) Validate(ctx context.Context, resource schema.GroupVersionResource, attr *admission.VersionedAttributes, params runtime.Object, namespace *corev1.Namespace, budget int64, authz authorizer.UnconditionalAuthorizer) validating.ValidateResult {
	result := r.Validator.Validate(ctx, resource, attr, params, namespace, budget, authz)
	decisions := []string{}
	for _, each := range result.Decisions {
		decisions = append(decisions, string(each.Action)+":"+string(each.Evaluation)+":"+each.Message)
	}
	*r.decisions = append(*r.decisions, decisions)
	return result
}

type warnings struct{ texts *[]string }

func (w warnings) AddWarning(agent, text string) { *w.texts = append(*w.texts, text) }

type informer struct{ indexer cache.Indexer }

type synced struct{ cache.SharedIndexInformer }

func (synced) HasSynced() bool { return true }

func (i informer) Informer() cache.SharedIndexInformer { return synced{} }
func (i informer) Lister() cache.GenericLister {
	return cache.NewGenericLister(i.indexer, schema.GroupResource{Resource: "params"})
}

var _ informers.GenericInformer = informer{}

func evaluate(r request) (a answer) {
	a = answer{ID: r.ID}
	defer func() {
		// cel-go panics over some expressions; the API server answers with an error then.
		if p := recover(); p != nil {
			a = answer{ID: r.ID, Refused: []string{fmt.Sprintf("panic: %v", p)}}
		}
	}()
	object, err := decode(r.Policy, strict)
	if err != nil {
		a.Refused = []string{err.Error()}
		return a
	}
	policy := object.(*v1.ValidatingAdmissionPolicy)
	for _, each := range admissionvalidation.ValidateValidatingAdmissionPolicy(internal(policy).(*admissionregistration.ValidatingAdmissionPolicy)) {
		a.Refused = append(a.Refused, each.Error())
	}
	hook := validating.PolicyHook{Policy: policy}
	for _, raw := range r.Bindings {
		object, err := decode(raw, strict)
		if err != nil {
			a.Refused = append(a.Refused, err.Error())
			return a
		}
		binding := object.(*v1.ValidatingAdmissionPolicyBinding)
		for _, each := range admissionvalidation.ValidateValidatingAdmissionPolicyBinding(internal(binding).(*admissionregistration.ValidatingAdmissionPolicyBinding)) {
			a.Refused = append(a.Refused, each.Error())
		}
		hook.Bindings = append(hook.Bindings, binding)
	}
	if len(a.Refused) > 0 {
		return a
	}
	params := cache.NewIndexer(cache.MetaNamespaceKeyFunc, cache.Indexers{cache.NamespaceIndex: cache.MetaNamespaceIndexFunc})
	for _, raw := range r.Params {
		object, err := decode(raw, loose)
		if runtime.IsNotRegisteredError(err) {
			other := &unstructured.Unstructured{}
			if err := other.UnmarshalJSON(raw); err != nil {
				panic(err)
			}
			object = other
		} else if err != nil {
			panic(err)
		}
		if known, ok := object.(*corev1.ConfigMap); ok {
			known.TypeMeta.Kind, known.TypeMeta.APIVersion = "", ""
		}
		params.Add(object)
	}
	hook.ParamInformer = informer{params}
	hook.ParamScope = meta.RESTScopeNamespace
	if r.ParamScope == "cluster" {
		hook.ParamScope = meta.RESTScopeRoot
	}
	namespaces := cache.NewIndexer(cache.MetaNamespaceKeyFunc, cache.Indexers{})
	for _, raw := range r.Namespaces {
		object, err := decode(raw, loose)
		if err != nil {
			panic(err)
		}
		namespaces.Add(object)
	}
	var decisions [][]string
	hook.Evaluator = recorder{compile(policy), &decisions}

	workload, err := decode(r.Object, strict)
	if err != nil {
		a.Decoding = err.Error()
		return a
	}
	kind := workload.GetObjectKind().GroupVersionKind()
	accessor, _ := meta.Accessor(workload)
	attributes := admission.NewAttributesRecord(internal(workload), nil, kind, accessor.GetNamespace(), accessor.GetName(),
		schema.GroupVersionResource{Group: kind.Group, Version: kind.Version, Resource: r.Resource}, "",
		admission.Create, nil, false, &user.DefaultInfo{Name: "alice", Groups: []string{"system:authenticated"}})
	matcher := matching.NewMatcher(listersv1.NewNamespaceLister(namespaces), fake.NewSimpleClientset())
	dispatcher := validating.NewDispatcher(nobody{}, generic.NewPolicyMatcher(matcher))
	ctx := warning.WithWarningRecorder(context.Background(), warnings{&a.Warnings})
	err = dispatcher.Dispatch(ctx, attributes, admission.NewObjectInterfacesFromScheme(legacyscheme.Scheme), []validating.PolicyHook{hook})
	if err != nil {
		a.Denied = true
		a.Message = err.Error()
	}
	a.Decisions = decisions
	return a
}

type nobody struct{}

func (nobody) Authorize(context.Context, authorizer.Attributes) (authorizer.Decision, string, error) {
	return authorizer.DecisionNoOpinion, "", nil
}

// As compilePolicy of the plugin does it.
func compile(policy *v1.ValidatingAdmissionPolicy) validating.Validator {
	hasParam := policy.Spec.ParamKind != nil
	withAuthorizer := cel.OptionalVariableDeclarations{HasParams: hasParam, HasAuthorizer: true}
	without := cel.OptionalVariableDeclarations{HasParams: hasParam}
	compiler, err := cel.NewCompositedCompiler(environment.MustBaseEnvSet(environment.DefaultCompatibilityVersion()))
	if err != nil {
		panic(err)
	}
	var variables []cel.NamedExpressionAccessor
	for _, each := range policy.Spec.Variables {
		variables = append(variables, &validating.Variable{Name: each.Name, Expression: each.Expression})
	}
	compiler.CompileAndStoreVariables(variables, withAuthorizer, environment.StoredExpressions)
	var matcher matchconditions.Matcher
	if len(policy.Spec.MatchConditions) > 0 {
		var conditions []cel.ExpressionAccessor
		for i := range policy.Spec.MatchConditions {
			conditions = append(conditions, (*matchconditions.MatchCondition)(&policy.Spec.MatchConditions[i]))
		}
		matcher = matchconditions.NewMatcher(compiler.CompileCondition(conditions, withAuthorizer, environment.StoredExpressions), policy.Spec.FailurePolicy, "policy", "validate", policy.Name)
	}
	var validations []cel.ExpressionAccessor
	messages := make([]cel.ExpressionAccessor, len(policy.Spec.Validations))
	for i, each := range policy.Spec.Validations {
		validations = append(validations, &validating.ValidationCondition{Expression: each.Expression, Message: each.Message, Reason: each.Reason})
		if each.MessageExpression != "" {
			messages[i] = &validating.MessageExpressionCondition{MessageExpression: each.MessageExpression}
		}
	}
	var annotations []cel.ExpressionAccessor
	for _, each := range policy.Spec.AuditAnnotations {
		annotations = append(annotations, &validating.AuditAnnotationCondition{Key: each.Key, ValueExpression: each.ValueExpression})
	}
	return validating.NewValidator(
		compiler.CompileCondition(validations, withAuthorizer, environment.StoredExpressions),
		matcher,
		compiler.CompileCondition(annotations, withAuthorizer, environment.StoredExpressions),
		compiler.CompileCondition(messages, without, environment.StoredExpressions),
		policy.Spec.FailurePolicy, nil)
}

// One line a Go type: its fields in JSON, `?` where an empty one is left out, and their types: s(tring), i(nteger),
// b(ool), f(loat), q(uantity), x (integer or string), t(ime), y (bytes), j (any JSON), *T, [T], {T}, or a name.
func printTypes() {
	seen := map[string]string{}
	for _, each := range []any{corev1.Pod{}, corev1.PodTemplate{}, corev1.ReplicationController{}, appsv1.Deployment{},
		appsv1.DaemonSet{}, appsv1.StatefulSet{}, appsv1.ReplicaSet{}, batchv1.Job{}, batchv1.CronJob{}, corev1.ConfigMap{}} {
		describe(reflect.TypeOf(each), seen)
	}
	names := []string{}
	for name := range seen {
		names = append(names, name)
	}
	sort.Strings(names)
	fmt.Println("// Generated by test/oracles/go-admission from k8s.io/api v0.37.2. Do not edit.")
	fmt.Println()
	fmt.Println("/**\n * The fields of the Go types behind workloads: `?` where an empty one is left out of what expressions see, and the type:\n * s(tring), i(nteger), b(ool), f(loat), q(uantity), x (integer or string), t(ime), y (bytes), j (any JSON), `*T` pointer,\n * `[T]` list, `{T}` map, or the name of another type.\n */")
	fmt.Println("export const GO_TYPES: Readonly<Record<string, string>> = {")
	for _, name := range names {
		fmt.Printf("  %s:\n    '%s',\n", name, seen[name])
	}
	fmt.Println("};")
}

func describe(t reflect.Type, seen map[string]string) string {
	switch t.PkgPath() + "." + t.Name() {
	case "k8s.io/apimachinery/pkg/api/resource.Quantity":
		return "q"
	case "k8s.io/apimachinery/pkg/util/intstr.IntOrString":
		return "x"
	case "k8s.io/apimachinery/pkg/apis/meta/v1.Time", "k8s.io/apimachinery/pkg/apis/meta/v1.MicroTime":
		return "t"
	case "k8s.io/apimachinery/pkg/apis/meta/v1.FieldsV1", "k8s.io/apimachinery/pkg/runtime.RawExtension":
		return "j"
	}
	switch t.Kind() {
	case reflect.Pointer:
		return "*" + describe(t.Elem(), seen)
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return "y"
		}
		return "[" + describe(t.Elem(), seen) + "]"
	case reflect.Map:
		return "{" + describe(t.Elem(), seen) + "}"
	case reflect.String:
		return "s"
	case reflect.Bool:
		return "b"
	case reflect.Float32, reflect.Float64:
		return "f"
	case reflect.Struct:
		name := t.Name()
		if _, done := seen[name]; !done {
			seen[name] = ""
			seen[name] = strings.Join(fields(t, seen), " ")
		}
		return name
	}
	return "i"
}

func fields(t reflect.Type, seen map[string]string) []string {
	var list []string
	for i := 0; i < t.NumField(); i++ {
		f := t.Field(i)
		parts := strings.Split(f.Tag.Get("json"), ",")
		if parts[0] == "-" {
			continue
		}
		if parts[0] == "" && f.Anonymous {
			inner := f.Type
			if inner.Kind() == reflect.Pointer {
				inner = inner.Elem()
			}
			list = append(list, fields(inner, seen)...)
			continue
		}
		if parts[0] == "status" || parts[0] == "managedFields" {
			// The API server writes these.
			list = append(list, map[string]string{"status": "status:j", "managedFields": "managedFields?:j"}[parts[0]])
			continue
		}
		mark := ""
		for _, option := range parts[1:] {
			if option == "omitempty" && mark == "" {
				mark = "?"
			}
			if option == "omitzero" {
				mark = "?"
			}
		}
		list = append(list, parts[0]+mark+":"+describe(f.Type, seen))
	}
	return list
}
