import type { Project } from '../../engine/project.ts';

/** The folder of a '/'-separated path; '' for a file without one. */
export function folderOf(file: string): string {
  const slash = file.lastIndexOf('/');
  return slash === -1 ? '' : file.slice(0, slash);
}

/** Folders whose files a kustomization puts together. */
export function kustomizedFolders(project: Project): ReadonlySet<string> {
  return new Set(
    ['Kustomization.kustomize.config.k8s.io', 'Component.kustomize.config.k8s.io'].flatMap((kind) =>
      project.ofKind(kind).map(({ head }) => folderOf(head.file)),
    ),
  );
}
