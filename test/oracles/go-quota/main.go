// Says what a pod is charged to a ResourceQuota, by the LimitRanger plugin and the pod evaluator of Kubernetes.
//
// Input: one JSON object a line, {"id", "pod", "ranges", "quota"}, the objects as in manifests. Output: one line each,
// {"id", "missing", "usage", "covers"}: what the evaluator says of containers that do not name what the quota limits,
// the amounts by the name of what is counted, and whether the quota is for the pod.
package main

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"sort"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	api "k8s.io/kubernetes/pkg/apis/core"
	_ "k8s.io/kubernetes/pkg/apis/core/install"
	quota "k8s.io/kubernetes/pkg/quota/v1/evaluator/core"
	"k8s.io/kubernetes/plugin/pkg/admission/limitranger"
	"k8s.io/utils/clock"
)

type request struct {
	ID     any                  `json:"id"`
	Pod    corev1.Pod           `json:"pod"`
	Ranges []corev1.LimitRange  `json:"ranges"`
	Quota  corev1.ResourceQuota `json:"quota"`
}

type answer struct {
	ID      any               `json:"id"`
	Missing string            `json:"missing"`
	Usage   map[string]string `json:"usage"`
	Covers  bool              `json:"covers"`
}

func main() {
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
		encoder.Encode(charge(&r))
	}
}

func charge(r *request) answer {
	evaluator := quota.NewPodEvaluator(nil, clock.RealClock{})
	legacyscheme.Scheme.Default(&r.Pod)
	var pod api.Pod
	if err := legacyscheme.Scheme.Convert(&r.Pod, &pod, nil); err != nil {
		panic(err)
	}
	for index := range r.Ranges {
		legacyscheme.Scheme.Default(&r.Ranges[index])
		if err := limitranger.PodMutateLimitFunc(&r.Ranges[index], &pod); err != nil {
			panic(err)
		}
	}
	names := []corev1.ResourceName{}
	for name := range r.Quota.Spec.Hard {
		names = append(names, name)
	}
	sort.Slice(names, func(a, b int) bool { return names[a] < names[b] })
	said := answer{ID: r.ID, Usage: map[string]string{}}
	if err := evaluator.Constraints(names, &pod); err != nil {
		said.Missing = err.Error()
	}
	usage, err := evaluator.Usage(&pod)
	if err != nil {
		panic(err)
	}
	for name, amount := range usage {
		said.Usage[string(name)] = amount.AsDec().String()
	}
	// The evaluator looks at the limits that the controller has taken over into the status.
	r.Quota.Status.Hard = r.Quota.Spec.Hard
	if said.Covers, err = evaluator.Matches(&r.Quota, &pod); err != nil {
		panic(err)
	}
	return said
}
