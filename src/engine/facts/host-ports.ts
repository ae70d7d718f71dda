import { isList, isMap, type Value } from '../../yaml/value.ts';
import { defineFact } from '../project.ts';

/** Whether some pod opens a port at the address of its node. */
export const hostPortsFact = defineFact<boolean, true>({
  name: 'host-ports',
  kinds: [],
  pods: true,
  collect: ({ pods }) =>
    pods.some(({ containers }) => containers.some(({ node }) => opens(node.raw))) ? true : undefined,
  compute: (_project, collected) => collected.length > 0,
});

function opens(container: Value | undefined): boolean {
  if (!isMap(container)) return false;
  const { ports } = container;
  return isList(ports) && ports.some((port) => isMap(port) && port['hostPort'] !== undefined);
}
