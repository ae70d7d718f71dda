import { describe, expect, test } from 'vitest';
import { bootstrapObjects } from '../../../src/k8s/rbac/bootstrap.ts';
import { bootstrapTable } from '../../../src/k8s/rbac/bootstrap-table.lazy.ts';
import { isBinding } from '../../../src/k8s/rbac/policy.ts';
import { RbacWorld } from '../../../src/k8s/rbac/world.ts';
import { NEWEST_MINOR, OLDEST_MINOR } from '../../../src/k8s/version.ts';

const table = bootstrapTable();

describe('what every cluster starts with', () => {
  test('is known for every release', () => {
    const counts = Array.from({ length: NEWEST_MINOR - OLDEST_MINOR + 1 }, (_, index) => {
      const objects = bootstrapObjects(table, OLDEST_MINOR + index);
      const bindings = objects.filter(isBinding).length;
      return `1.${OLDEST_MINOR + index}: ${objects.length - bindings} roles, ${bindings} bindings`;
    });
    expect(counts).toMatchInlineSnapshot(`
      [
        "1.25: 69 roles, 50 bindings",
        "1.26: 69 roles, 50 bindings",
        "1.27: 69 roles, 50 bindings",
        "1.28: 69 roles, 50 bindings",
        "1.29: 70 roles, 51 bindings",
        "1.30: 71 roles, 52 bindings",
        "1.31: 71 roles, 52 bindings",
        "1.32: 71 roles, 52 bindings",
        "1.33: 73 roles, 54 bindings",
        "1.34: 75 roles, 56 bindings",
        "1.35: 75 roles, 56 bindings",
        "1.36: 76 roles, 57 bindings",
        "1.37: 80 roles, 61 bindings",
      ]
    `);
  });

  test('edit may read Secrets and view may not, by aggregation', () => {
    const world = new RbacWorld(bootstrapObjects(table, NEWEST_MINOR));
    const reads = ['admin', 'edit', 'view'].map((name) =>
      world
        .rulesOf(world.role('ClusterRole', '', name)!)
        .some(({ rule }) => rule.resources.includes('secrets') && rule.verbs.includes('get')),
    );
    expect(reads).toEqual([true, true, false]);
  });

  test('changes with the release: paths of the kubelet are told apart since 1.33', () => {
    const resources = (minor: number) => {
      const role = bootstrapObjects(table, minor).find(
        (object) => !isBinding(object) && object.name === 'system:kubelet-api-admin',
      );
      return role !== undefined && !isBinding(role) ? role.rules.flatMap((rule) => rule.resources) : [];
    };
    expect([resources(32).includes('nodes/pods'), resources(33).includes('nodes/pods')]).toEqual([false, true]);
  });
});
