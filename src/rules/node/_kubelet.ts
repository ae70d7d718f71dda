import type { Project } from '../../engine/project.ts';
import type { FixProposal, Preset } from '../../engine/rule.ts';
import { controlPlane } from '../../k8s/control-plane/inventory.ts';
import type { KubeletSetting, KubeletView, Setting } from '../../k8s/control-plane/kubelet.ts';
import type { Value } from '../../yaml/value.ts';

export function kubeletsOf(project: Project): readonly KubeletView[] {
  return project.fact(controlPlane).kubelets;
}

/** Writes another value where the setting is a field that is written. */
export function fixOf(
  setting: Setting,
  title: string,
  safety: 'safe' | 'hardening',
  value: Value,
): { readonly fix?: FixProposal } {
  const { field } = setting;
  return field?.written === true ? { fix: { title, safety, changes: [{ op: 'set', path: field.steps, value }] } } : {};
}

/** A hardening value that is not set: explicitly bad is for everyone, absent for those who ask for strictness. */
export function judgeValue(
  project: Project,
  key: KubeletSetting,
  isBad: (value: Value) => boolean,
  report: (setting: Setting, wider: { readonly preset?: Preset }, kubelet: KubeletView) => void,
  absent: 'bad' | 'good',
): void {
  for (const kubelet of kubeletsOf(project)) {
    if (kubelet.isWindows) continue;
    const setting = kubelet.setting(key);
    if (setting.value !== undefined) {
      if (isBad(setting.value)) report(setting, {}, kubelet);
    } else if (setting.missing && absent === 'bad') report(setting, { preset: 'strict' }, kubelet);
  }
}
