import { defineRule } from '../../engine/rule.ts';
import { parseAddress } from '../../k8s/cidr.ts';
import { partOf } from '../../k8s/command.ts';
import { type CorefileWord, type Directive, parseCorefile } from '../../k8s/dns/corefile.ts';
import type { AnyNode } from '../../yaml/node.ts';
import { isPublicAddress } from './_address.ts';

export default defineRule({
  id: 'coredns-config-risky',
  title: 'CoreDNS answers names of the cluster with something else',
  category: 'platform',
  severity: 'medium',
  preset: 'recommended',
  on: 'resource',
  kinds: ['ConfigMap'],
  messages: {
    cluster: '{plugin} answers "{name}" in place of the cluster: who looks for that service is led elsewhere',
    everything: 'template answers every name, those of the cluster among them',
    registry: '{plugin} leads the registry "{name}" elsewhere for all that asks the DNS of the cluster',
    transfer: 'transfer to * gives the list of all services to whoever asks for it',
    pods: 'pods insecure answers a name for every IP address: a certificate for such a name proves nothing',
    forward: 'queries go to {address} in clear text: who is on the way reads and answers them',
  },
  check({ root, head }, context) {
    const data: AnyNode = root.get('data');
    if (!data.isMap) return;
    const isCustom = head.name === 'coredns-custom';
    const keys = isCustom ? data.entries().map(([key]) => key) : ['Corefile'];
    for (const key of keys) {
      const scalar: AnyNode = data.get(key);
      const text = scalar.string;
      if (text === undefined || (isCustom && !/^Corefile$|\.(?:server|override)$/.test(key))) continue;
      const lines = parseCorefile(text);
      if (lines === undefined) continue;
      // An override stands within the server of the root.
      const servers = key.endsWith('.override') ? [{ words: [], block: lines }] : lines;
      const domains = clusterDomains(servers);
      for (const server of servers) {
        // `kubernetes.io:53` is the zone with the port; a snippet `(name)` may be imported by any server.
        const zones = server.words.map(({ text: word }) => word.replace(/^[a-z]+:\/\//, '').replace(/:\d+,?$|,$/, ''));
        for (const plugin of server.block) {
          for (const { word, message, name } of risksOf(plugin, zones, domains)) {
            const part = partOf({ ...word, node: scalar });
            const where = part === undefined ? {} : { part };
            const pluginName = plugin.words[0]!.text;
            if (message === 'cluster')
              context.report(scalar, 'cluster', { ...where, data: { plugin: pluginName, name } });
            else if (message === 'everything') context.report(scalar, 'everything', where);
            else if (message === 'registry') {
              const more = { severity: 'low', preset: 'strict' } as const;
              context.report(scalar, 'registry', { ...where, ...more, data: { plugin: pluginName, name } });
            } else if (message === 'transfer') {
              context.report(scalar, 'transfer', { ...where, severity: 'low', preset: 'strict' });
            } else if (message === 'pods') {
              context.report(scalar, 'pods', { ...where, severity: 'info', preset: 'all' });
            } else {
              context.report(scalar, 'forward', { ...where, severity: 'info', preset: 'all', data: { address: name } });
            }
          }
        }
      }
    }
  },
  docs: {
    why: 'Every pod believes what the DNS of the cluster says. One line in its configuration leads the clients of the API server, of a database or of a registry to another machine, and stays when the pod that wrote it is gone.',
    fix: 'Remove the line, and let RBAC keep everyone but the administrators from writing ConfigMaps in kube-system. Names of your own belong into a zone of your own.',
    frameworks: { nsa: ['N4'], mitre: ['T1557'] },
    equivalents: { kubescape: ['C-0037'] },
    cks: 'Cluster Hardening',
    references: [
      'https://coredns.io/plugins/rewrite/',
      'https://coredns.io/plugins/hosts/',
      'https://coredns.io/plugins/template/',
      'https://coredns.io/plugins/kubernetes/',
    ],
    limits:
      'Regular expressions of rewrite are compared as text, `import` and `{$VARIABLE}` are not followed, files of the plugins hosts and file are not read. `pods insecure`, which kubeadm writes, and forwarding in clear text are told in the preset all.',
    examples: {
      bad: [
        {
          title: 'names of the cluster led elsewhere',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: ConfigMap
metadata:
  name: coredns
  namespace: kube-system
data:
  Corefile: |
    .:53 {
        errors
        rewrite name kubernetes.default.svc.cluster.local proxy.example.com # finding: cluster
        hosts {
            10.0.0.66 db.prod.svc.cluster.local # finding: cluster
            10.0.0.67 registry-1.docker.io # finding: registry
            fallthrough
        }
        template IN A svc.cluster.local { # finding: cluster
            answer "{{ .Name }} 60 IN A 10.0.0.68"
        }
        kubernetes cluster.local in-addr.arpa ip6.arpa {
            pods insecure # finding: pods
        }
        transfer {
            to * # finding: transfer
        }
        forward . 9.9.9.9 # finding: forward
    }`,
        },
        {
          title: 'in the ConfigMap for additions',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: ConfigMap
metadata:
  name: coredns-custom
  namespace: kube-system
data:
  api.override: |
    template IN ANY . { # finding: everything
        answer "{{ .Name }} 60 IN A 10.0.0.68"
    }
  db.server: |
    db.svc.cluster.local:53 {
        template IN A { # finding: cluster
            answer "{{ .Name }} 60 IN A 10.0.0.68"
        }
    }`,
        },
      ],
      good: [
        {
          title: 'names of its own, and none for IPv6',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: ConfigMap
metadata:
  name: coredns
  namespace: kube-system
data:
  Corefile: |
    .:53 {
        errors
        health {
           lameduck 5s
        }
        rewrite name shop.example.com shop.prod.svc.cluster.local
        rewrite stop {
            name regex (.*)\\.example\\.com {1}.prod.svc.cluster.local
            answer name (.*)\\.prod\\.svc\\.cluster\\.local {1}.example.com
        }
        hosts {
            10.0.0.7 host.minikube.internal
            fallthrough
        }
        template ANY AAAA {
            rcode NOERROR
        }
        kubernetes cluster.local in-addr.arpa ip6.arpa {
            pods verified
            fallthrough in-addr.arpa ip6.arpa
        }
        forward . /etc/resolv.conf
        cache 30
    }
    secure.example.com {
        forward . tls://9.9.9.9 {
            tls_servername dns.quad9.net
        }
    }`,
        },
      ],
    },
  },
});

interface Risk {
  readonly word: CorefileWord;
  readonly message: 'cluster' | 'everything' | 'registry' | 'transfer' | 'pods' | 'forward';
  readonly name: string;
}

/** The zones that the plugin kubernetes answers for, reverse ones left out. */
function clusterDomains(servers: readonly Directive[]): readonly string[] {
  const zones = servers.flatMap(({ block }) =>
    block.flatMap(({ words }) => (words[0]!.text === 'kubernetes' ? words.slice(1).map(({ text }) => text) : [])),
  );
  return ['cluster.local', ...zones.map(bare).filter((zone) => zone !== '' && !zone.endsWith('.arpa'))];
}

function risksOf(plugin: Directive, zones: readonly string[], domains: readonly string[]): readonly Risk[] {
  const [first, ...args] = plugin.words;
  switch (first!.text) {
    case 'hosts':
      return plugin.block.flatMap(({ words }) => {
        if (parseAddress(words[0]!.text) === undefined) return [];
        return words.slice(1).flatMap((word) => riskOfName(word, word.text, domains));
      });
    case 'rewrite':
      return [args, ...plugin.block.map(({ words }) => words)].flatMap((words) => riskOfRewrite(words, domains));
    case 'template':
      return riskOfTemplate(plugin, zones, domains);
    case 'transfer':
      return plugin.block.flatMap(({ words }): readonly Risk[] => {
        const all = words[0]!.text === 'to' ? words.find(({ text }) => text === '*') : undefined;
        return all === undefined ? [] : [{ word: all, message: 'transfer', name: '' }];
      });
    case 'kubernetes':
      return plugin.block.flatMap(({ words }): readonly Risk[] =>
        words[0]!.text === 'pods' && words[1]?.text === 'insecure'
          ? [{ word: words[1], message: 'pods', name: '' }]
          : [],
      );
    case 'forward':
      return args.slice(1).flatMap((word): readonly Risk[] => {
        const address = word.text.replace(/^dns:\/\//, '');
        return isPublic(address) ? [{ word, message: 'forward', name: address }] : [];
      });
    default:
      return [];
  }
}

function riskOfRewrite(words: readonly CorefileWord[], domains: readonly string[]): readonly Risk[] {
  const rest = words.filter(({ text }, index) => index > 0 || (text !== 'continue' && text !== 'stop'));
  if (rest[0]?.text !== 'name') return [];
  const isTyped = /^(?:exact|prefix|suffix|substring|regex)$/.test(rest[1]?.text ?? '') && rest.length > 3;
  const from = rest[isTyped ? 2 : 1];
  if (from === undefined) return [];
  // Of an expression what it is compared with: dots without their backslash, anchors and what stands before a name.
  const name = isTyped ? from.text.replaceAll('\\', '').replace(/^\^/, '').replace(/\$$/, '') : from.text;
  return riskOfName(from, name, domains);
}

function riskOfTemplate(plugin: Directive, zones: readonly string[], domains: readonly string[]): readonly Risk[] {
  const [first, , , ...own] = plugin.words;
  if (!plugin.block.some(({ words }) => words[0]!.text === 'answer')) return [];
  const answered = own.length > 0 ? own.map(({ text }) => text) : zones;
  const zone = answered.find((each) => isOfCluster(each, domains));
  if (zone !== undefined)
    return [{ word: own.find(({ text }) => text === zone) ?? first!, message: 'cluster', name: zone }];
  const all = answered.some((each) => each === '.') && !plugin.block.some(({ words }) => words[0]!.text === 'match');
  return all ? [{ word: first!, message: 'everything', name: '' }] : [];
}

function riskOfName(word: CorefileWord, name: string, domains: readonly string[]): readonly Risk[] {
  if (isOfCluster(name, domains)) return [{ word, message: 'cluster', name: word.text }];
  return REGISTRY.test(bare(name)) ? [{ word, message: 'registry', name: word.text }] : [];
}

/** A name of a service: `kubernetes.default`, `….svc`, `….svc.cluster.local`, or the zone itself. */
function isOfCluster(text: string, domains: readonly string[]): boolean {
  const name = bare(text);
  if (/^kubernetes(?:\.default(?:\.svc)?)?$/.test(name)) return true;
  return domains.some((domain) => name === domain || name === `svc.${domain}` || name.endsWith(`.svc.${domain}`));
}

function bare(name: string): string {
  return name.replace(/\.$/, '').toLowerCase();
}

const REGISTRY =
  /^(?:(?:registry-1|index|auth|registry)\.docker\.io|docker\.io|(?:[a-z]+\.)?gcr\.io|quay\.io|ghcr\.io|registry\.k8s\.io|mcr\.microsoft\.com|public\.ecr\.aws|[a-z0-9-]+\.pkg\.dev)$/;

/** With or without a port. */
function isPublic(text: string): boolean {
  return isPublicAddress(/^\[([^\]]+)\]/.exec(text)?.[1] ?? text.replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1'));
}
