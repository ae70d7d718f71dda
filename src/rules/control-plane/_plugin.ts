import type { Project } from '../../engine/project.ts';
import type { ComponentView } from '../../k8s/control-plane/component-view.ts';
import type { FlagWord } from '../../k8s/control-plane/flags.ts';
import type { Change } from '../../yaml/edit.ts';
import { componentsOf } from './_component.ts';

/** API servers on which an admission plugin is certainly not in force. */
export function withoutPlugin(project: Project, plugin: string, minor: number): readonly ComponentView[] {
  return componentsOf(project, 'kube-apiserver').filter((view) => view.plugin(plugin, view.minor ?? minor) === false);
}

/** Takes one word out of the value of its list flag. */
export function withoutWord(word: FlagWord): readonly Change[] | undefined {
  const rest = word.flag.words.filter(({ text }) => text !== word.text).map(({ text }) => text);
  return rest.length === 0 ? word.flag.removal() : word.flag.change(rest.join(','));
}

/** Puts a word behind the value of a list flag. */
export function withWord(view: ComponentView, name: string, word: string): readonly Change[] | undefined {
  const flag = view.flag(name);
  if (flag === undefined) return undefined;
  return flag.change(flag.value === '' ? word : `${flag.value},${word}`);
}
