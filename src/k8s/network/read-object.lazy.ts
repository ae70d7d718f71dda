import type { Resource } from '../resource.ts';
import { type NetworkObject, readNetworkObject as read } from './objects.ts';

/** What the analysis keeps of a resource. Services and policies are read with more than most inputs need. */
export function readNetworkObject(resource: Resource): NetworkObject | undefined {
  return read(resource);
}
