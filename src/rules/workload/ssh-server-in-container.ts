import { defineRule } from '../../engine/rule.ts';
import { type Command, partOf } from '../../k8s/command.ts';
import type { ContainerView } from '../../k8s/container.ts';
import { baseName, isFault } from '../../k8s/image.ts';
import type { AnyNode } from '../../yaml/node.ts';
import { isList, isMap } from '../../yaml/value.ts';

export default defineRule({
  id: 'ssh-server-in-container',
  title: 'SSH server in a container',
  category: 'workload',
  severity: 'medium',
  preset: 'recommended',
  on: 'resource',
  messages: {
    command: 'container "{name}" runs the SSH server {program}',
    image: 'container "{name}" runs the SSH server image "{image}"',
    port: 'container "{name}" listens on the SSH port {port}',
    service: 'Service "{name}" publishes the SSH port {port}',
  },
  check(resource, context) {
    if (resource.groupKind === 'Service') {
      for (const port of resource.root.at(['spec', 'ports']).items() as readonly AnyNode[]) {
        const at = [port.get('targetPort'), port.get('port')].find((each) => each.number === 22) as AnyNode | undefined;
        if (at === undefined || SERVES_SSH.test(resource.head.name)) continue;
        context.report(at, 'service', {
          data: { name: resource.head.name, port: 22 },
          severity: 'low',
          preset: 'strict',
        });
      }
      return;
    }
    for (const pod of resource.pods) {
      for (const container of pod.containers) {
        const daemon = container.commands.find(isDaemon);
        if (daemon !== undefined) {
          const word = daemon.words[0]!;
          const part = partOf(word);
          context.report(word.node, 'command', {
            data: { name: container.name, program: daemon.program },
            ...(part === undefined ? {} : { part }),
            ...(servesSsh(container) ? { severity: 'info' } : {}),
          });
          continue;
        }
        const { image } = container;
        if (image !== undefined && !isFault(image) && SSH_IMAGE.test(baseName(image))) {
          const node = container.node.get('image');
          context.report(node, 'image', { data: { name: container.name, image: node.string! } });
          continue;
        }
        const ports = container.value['ports'];
        if (!isList(ports)) continue;
        for (let index = 0; index < ports.length; index++) {
          const port = ports[index];
          if (!isMap(port) || port['containerPort'] !== 22 || (port['protocol'] ?? 'TCP') !== 'TCP') continue;
          if (servesSsh(container)) continue;
          context.report(container.node.at(['ports', index, 'containerPort']), 'port', {
            data: { name: container.name, port: 22 },
            severity: 'low',
            preset: 'strict',
          });
        }
      }
    }
  },
  docs: {
    why: 'An SSH server is a second way in, with keys and passwords of its own, past the RBAC and the audit log of the API server.',
    fix: 'Use `kubectl exec` or an ephemeral debug container, under RBAC.',
    frameworks: { mitre: ['T1133', 'T1021.004'] },
    equivalents: { 'kube-linter': ['ssh-port'], kubescape: ['C-0042'] },
    cks: 'Minimize Microservice Vulnerabilities',
    references: ['https://kubernetes.io/docs/concepts/security/application-security-checklist/'],
    limits: 'Git servers and SFTP, which speak SSH for a living, are reported as info or not at all.',
    examples: {
      bad: [
        { title: 'the daemon', in: 'container', yaml: 'command:\n  - /usr/sbin/sshd # finding: command\n  - -D' },
        {
          title: 'in a script',
          in: 'container',
          yaml: 'command: [sh, -c]\nargs:\n  - service rsyslog start; dropbear -F # finding: command',
        },
        {
          title: 'an image of it',
          in: 'container',
          yaml: 'image: lscr.io/linuxserver/openssh-server:9.6 # finding: image',
        },
        { title: 'its port', in: 'container', yaml: 'ports:\n  - containerPort: 22 # finding: port' },
        {
          title: 'its port, published',
          in: 'manifests',
          yaml: 'apiVersion: v1\nkind: Service\nmetadata:\n  name: bastion\nspec:\n  selector:\n    app: bastion\n  ports:\n    - port: 2022\n      targetPort: 22 # finding: service',
        },
      ],
      good: [
        { title: 'another port', in: 'container', yaml: 'ports:\n  - containerPort: 8080' },
        {
          title: 'a Git server',
          in: 'container',
          yaml: 'image: docker.io/gitea/gitea:1.22.0\nports:\n  - containerPort: 22',
        },
        { title: 'a client', in: 'container', yaml: 'command: [ssh, backup@store.example.com]' },
      ],
    },
  },
});

const SSH_IMAGE = /^(?:openssh-server|sshd|docker-ssh|ssh-server)$/;
const SERVES_SSH = /gitea|gogs|gitlab|forgejo|soft-serve|bitbucket|sftp|gerrit/i;

function isDaemon({ program }: Command): boolean {
  return program === 'sshd' || program === 'dropbear';
}

function servesSsh(container: ContainerView): boolean {
  const { image } = container;
  return SERVES_SSH.test(container.name) || (image !== undefined && !isFault(image) && SERVES_SSH.test(image.path));
}
