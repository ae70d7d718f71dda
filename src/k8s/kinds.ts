import { type AnyNode, Node } from '../yaml/node.ts';
import type { ContainerSlot } from './pod.ts';
import { PodView } from './pod.ts';
import { groupKind, type Resource } from './resource.ts';

/**
 * Where each kind keeps its pod templates: the path of the object that holds `metadata` and `spec` of the pod, the
 * resource itself for ''. `*` stands for every item or entry.
 */
const POD_TEMPLATES: Readonly<Record<string, readonly string[]>> = {
  Pod: [''],
  PodTemplate: ['template'],
  ReplicationController: ['spec.template'],
  'Deployment.apps': ['spec.template'],
  'ReplicaSet.apps': ['spec.template'],
  'StatefulSet.apps': ['spec.template'],
  'DaemonSet.apps': ['spec.template'],
  // Removed in 1.16; still met in old manifests, where they deserve the same look.
  'Deployment.extensions': ['spec.template'],
  'ReplicaSet.extensions': ['spec.template'],
  'DaemonSet.extensions': ['spec.template'],
  'Job.batch': ['spec.template'],
  'CronJob.batch': ['spec.jobTemplate.spec.template'],
  'Rollout.argoproj.io': ['spec.template'],
  'Service.serving.knative.dev': ['spec.template'],
  'Configuration.serving.knative.dev': ['spec.template'],
  'Revision.serving.knative.dev': [''],
  'CloneSet.apps.kruise.io': ['spec.template'],
  'StatefulSet.apps.kruise.io': ['spec.template'],
  'DaemonSet.apps.kruise.io': ['spec.template'],
  'BroadcastJob.apps.kruise.io': ['spec.template'],
  'AdvancedCronJob.apps.kruise.io': [
    'spec.template.jobTemplate.spec.template',
    'spec.template.broadcastJobTemplate.spec.template',
  ],
  'DeploymentConfig.apps.openshift.io': ['spec.template'],
  'Job.batch.volcano.sh': ['spec.tasks.*.template'],
  'JobSet.jobset.x-k8s.io': ['spec.replicatedJobs.*.template.spec.template'],
  'LeaderWorkerSet.leaderworkerset.x-k8s.io': [
    'spec.leaderWorkerTemplate.leaderTemplate',
    'spec.leaderWorkerTemplate.workerTemplate',
  ],
  'ScaledJob.keda.sh': ['spec.jobTargetRef.template'],
  'RayCluster.ray.io': ['spec.headGroupSpec.template', 'spec.workerGroupSpecs.*.template'],
  'RayJob.ray.io': ['spec.rayClusterSpec.headGroupSpec.template', 'spec.rayClusterSpec.workerGroupSpecs.*.template'],
  'RayService.ray.io': [
    'spec.rayClusterConfig.headGroupSpec.template',
    'spec.rayClusterConfig.workerGroupSpecs.*.template',
  ],
  'PyTorchJob.kubeflow.org': ['spec.pytorchReplicaSpecs.*.template'],
  'TFJob.kubeflow.org': ['spec.tfReplicaSpecs.*.template'],
  'MPIJob.kubeflow.org': ['spec.mpiReplicaSpecs.*.template'],
  'XGBoostJob.kubeflow.org': ['spec.xgbReplicaSpecs.*.template'],
  'PaddleJob.kubeflow.org': ['spec.paddleReplicaSpecs.*.template'],
  'JAXJob.kubeflow.org': ['spec.jaxReplicaSpecs.*.template'],
  'GameServer.agones.dev': ['spec.template'],
  'Fleet.agones.dev': ['spec.template.spec.template'],
  'GameServerSet.agones.dev': ['spec.template.spec.template'],
  'Sandbox.agents.x-k8s.io': ['spec.podTemplate'],
  'SandboxTemplate.extensions.agents.x-k8s.io': ['spec.podTemplate'],
};

/** Argo keeps containers directly in workflow templates: path of the workflow spec. */
const WORKFLOWS: Readonly<Record<string, string>> = {
  'Workflow.argoproj.io': 'spec',
  'WorkflowTemplate.argoproj.io': 'spec',
  'ClusterWorkflowTemplate.argoproj.io': 'spec',
  'CronWorkflow.argoproj.io': 'spec.workflowSpec',
};

/** Where a custom workload keeps its pod: `path` leads to the object with `metadata` and `spec` of the pod. */
export interface PodTemplateLocation {
  readonly group: string;
  readonly kind: string;
  readonly path: string;
}

/** GroupKinds whose objects hold pods, by path; the configured ones added to those that are built in. */
export type PodTemplates = ReadonlyMap<string, readonly Path[]>;
type Path = readonly string[];

export function podTemplates(configured: readonly PodTemplateLocation[] = []): PodTemplates {
  const templates = new Map<string, readonly Path[]>();
  for (const kind of Object.keys(POD_TEMPLATES)) templates.set(kind, POD_TEMPLATES[kind]!.map(splitPath));
  for (const { group, kind, path } of configured) {
    templates.set(groupKind(group, kind), [splitPath(path)]);
  }
  return templates;
}

/** The path to the pod of a kind whose objects hold a single one. */
export function solePodPath(kind: string, templates: PodTemplates): Path | undefined {
  const paths = templates.get(kind);
  return paths?.length === 1 && !paths[0]!.includes('*') ? paths[0] : undefined;
}

/** The one walker that finds the pods of a resource of any kind. */
export function podsOf(resource: Resource, templates: PodTemplates): readonly PodView[] {
  const { groupKind: kind, root } = resource;
  const paths = templates.get(kind);
  if (paths !== undefined) {
    const pods: PodView[] = [];
    for (const path of paths) addPods(resource, root, path, 0, pods);
    return pods;
  }
  if (kind === 'SidecarSet.apps.kruise.io') {
    return [new PodView(resource, root.at(['spec', 'metadata']), root.get('spec'), { partial: true })];
  }
  const workflow = WORKFLOWS[kind];
  return workflow === undefined ? [] : workflowPods(resource, root.at(workflow.split('.')));
}

function splitPath(path: string): Path {
  return path === '' ? [] : path.split('.');
}

function addPods(resource: Resource, from: AnyNode, path: Path, step: number, into: PodView[]): void {
  let node = from;
  for (let index = step; index < path.length; index++) {
    const key = path[index]!;
    if (key === '*') {
      const all = node.isList ? node.items() : node.entries().map(([, entry]) => entry);
      for (const each of all) addPods(resource, each, path, index + 1, into);
      return;
    }
    node = node.get(key);
    if (!node.present) return;
  }
  const spec: AnyNode = node.get('spec');
  if (spec.isMap) into.push(new PodView(resource, node.get('metadata'), spec));
}

function workflowPods(resource: Resource, workflow: AnyNode): readonly PodView[] {
  const templates = workflow.get('templates').items() as readonly AnyNode[];
  const pods: PodView[] = [];
  for (const template of templates) {
    const containers: ContainerSlot[] = [];
    for (const key of ['container', 'script']) {
      const node: AnyNode = template.get(key);
      if (node.isMap) containers.push({ list: 'containers', kind: 'main', node });
    }
    for (const node of template.at(['containerSet', 'containers']).items() as readonly AnyNode[]) {
      if (node.isMap) containers.push({ list: 'containers', kind: 'main', node });
    }
    for (const node of template.get('sidecars').items() as readonly AnyNode[]) {
      if (node.isMap) containers.push({ list: 'initContainers', kind: 'sidecar', node });
    }
    const spec = new TemplateOverWorkflow(template, workflow);
    if (containers.length > 0) pods.push(new PodView(resource, template.get('metadata'), spec, { containers }));
  }
  return pods;
}

/** Pod settings of an Argo template: its own, else those of the workflow. */
class TemplateOverWorkflow extends Node {
  readonly #workflow: AnyNode;

  constructor(template: AnyNode, workflow: AnyNode) {
    super(template.document, template.parent, template.key, template.raw);
    this.#workflow = workflow;
  }

  override get(key: string): Node {
    const own = super.get(key);
    return own.present ? own : this.#workflow.get(key).present ? this.#workflow.get(key) : own;
  }
}
