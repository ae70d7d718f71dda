import { SourceFile } from '../text/source-file.ts';
import { Document, TAPE_STRIDE } from '../yaml/document.ts';
import type { AnyNode } from '../yaml/node.ts';
import { parse } from '../yaml/parse.ts';
import { scalarOffsets } from '../yaml/scalar-offsets.ts';
import { isMap, type Value } from '../yaml/value.ts';
import type { Resource } from './resource.ts';
import { splitApiVersion } from './resource.ts';

/** GroupKinds whose objects may hold other documents: what `embeddedDocuments` has to be called for. */
export const EMBEDDING_KINDS: ReadonlySet<string> = new Set([
  'ConfigMap',
  'AdmissionConfiguration.apiserver.config.k8s.io',
  'AdmissionConfiguration.apiserver.k8s.io',
  'KubeadmControlPlane.controlplane.cluster.x-k8s.io',
  'KubeadmControlPlaneTemplate.controlplane.cluster.x-k8s.io',
  'KubeadmConfig.bootstrap.cluster.x-k8s.io',
  'KubeadmConfigTemplate.bootstrap.cluster.x-k8s.io',
]);

/**
 * The configuration documents that a resource carries inside itself, always in the same order: in the values of a
 * ConfigMap and in the files of a Cluster API object as text, in the plugins of an AdmissionConfiguration as objects.
 *
 * Text has a SourceFile of its own, whose origin maps each offset back into the file around it. An object within the
 * host's tree is a document over the same text. What is not one of the cluster's own configuration files, what is a
 * template and what cannot be parsed is left alone: a ConfigMap may hold anything.
 */
export function embeddedDocuments(resource: Resource): readonly Document[] {
  switch (resource.groupKind) {
    case 'ConfigMap':
      return configMapDocuments(resource.root);
    case 'AdmissionConfiguration.apiserver.config.k8s.io':
    case 'AdmissionConfiguration.apiserver.k8s.io':
      return pluginDocuments(resource.root);
    case 'KubeadmConfig.bootstrap.cluster.x-k8s.io':
      return fileDocuments(resource.root.at(['spec']));
    case 'KubeadmConfigTemplate.bootstrap.cluster.x-k8s.io':
      return fileDocuments(resource.root.at(['spec', 'template', 'spec']));
    case 'KubeadmControlPlane.controlplane.cluster.x-k8s.io':
      return fileDocuments(resource.root.at(['spec', 'kubeadmConfigSpec']));
    case 'KubeadmControlPlaneTemplate.controlplane.cluster.x-k8s.io':
      return fileDocuments(resource.root.at(['spec', 'template', 'spec', 'kubeadmConfigSpec']));
    default:
      return [];
  }
}

/** The groups of the cluster's own configuration files: no object of these is ever sent to the API server. */
const CONFIGURATION_GROUPS: ReadonlySet<string> = new Set([
  'kubelet.config.k8s.io',
  'kubeproxy.config.k8s.io',
  'kubescheduler.config.k8s.io',
  'kubeadm.k8s.io',
  'apiserver.config.k8s.io',
  'apiserver.k8s.io',
  'audit.k8s.io',
  'pod-security.admission.config.k8s.io',
  'eventratelimit.admission.k8s.io',
  'resourcequota.admission.k8s.io',
]);

function configMapDocuments(root: AnyNode): readonly Document[] {
  const data: AnyNode = root.get('data');
  const documents: Document[] = [];
  for (const [, entry] of data.entries()) {
    const text = entry.string;
    if (text === undefined || !mayBeConfiguration(text)) continue;
    for (const document of documentsIn(entry, text)) if (isConfiguration(document.value)) documents.push(document);
  }
  return documents;
}

/** Cluster API writes `files` to the node: the components' own files are among them, and static pods. */
function fileDocuments(spec: AnyNode): readonly Document[] {
  const documents: Document[] = [];
  for (const file of spec.at(['files']).items() as readonly AnyNode[]) {
    const content: AnyNode = file.get('content');
    const text = content.string;
    if (text === undefined || file.get('encoding').present) continue;
    const isStaticPod = file.get('path').string?.startsWith('/etc/kubernetes/manifests/') === true;
    if (!isStaticPod && !mayBeConfiguration(text)) continue;
    for (const document of documentsIn(content, text)) {
      if (isConfiguration(document.value) || (isStaticPod && kindOf(document.value) === 'Pod'))
        documents.push(document);
    }
  }
  return documents;
}

function pluginDocuments(root: AnyNode): readonly Document[] {
  const documents: Document[] = [];
  for (const plugin of root.at(['plugins']).items() as readonly AnyNode[]) {
    const document = documentOver(plugin.get('configuration'), documents.length);
    if (document !== undefined) documents.push(document);
  }
  return documents;
}

function mayBeConfiguration(text: string): boolean {
  return (text.includes('kind') && text.includes('apiVersion')) || text.includes('imagePolicy');
}

function isConfiguration(value: Value): boolean {
  if (!isMap(value)) return false;
  const { apiVersion, kind } = value;
  if (kind === undefined && apiVersion === undefined) return isMap(value['imagePolicy']);
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') return false;
  if (CONFIGURATION_GROUPS.has(splitApiVersion(apiVersion).group)) return true;
  return apiVersion === 'v1' && (kind === 'EncryptionConfig' || (kind === 'Config' && value['clusters'] !== undefined));
}

function kindOf(value: Value): string | undefined {
  const kind = isMap(value) ? value['kind'] : undefined;
  return typeof kind === 'string' ? kind : undefined;
}

function documentsIn(scalar: AnyNode, text: string): readonly Document[] {
  if (text.includes('{{')) return [];
  return parse(textWithin(scalar, text)).filter(({ errors }) => errors.length === 0);
}

/** The text of a scalar as a file, whose offsets lead back into the file around it. */
export function textWithin(scalar: AnyNode, text: string): SourceFile {
  const host = scalar.document.file;
  const { start } = scalar.anchor;
  const toHost = scalarOffsets(scalar) ?? (() => start);
  return new SourceFile(host.path, text, { kind: 'embedded', host, toHost });
}

/** A part of a tree as a document of its own, over the same text: the tape's stretch with its links shifted. */
function documentOver(node: AnyNode, index: number): Document | undefined {
  const first = node.tapeIndex();
  if (!node.isMap || first === -1) return undefined;
  const { file, tape, comments } = node.document;
  const next = tape[first * TAPE_STRIDE + 4]!;
  const own = tape.slice(first * TAPE_STRIDE, next * TAPE_STRIDE);
  for (let at = 4; at < own.length; at += TAPE_STRIDE) own[at]! -= first;
  own[0] = -1;
  own[1] = -1;
  const span = node.span;
  return new Document({
    file,
    index,
    span,
    value: node.raw!,
    tape: own,
    comments: comments.filter(({ start, end }) => start >= span.start && end <= span.end),
    errors: [],
    duplicates: [],
  });
}
