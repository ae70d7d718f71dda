import { defineRule } from '../../engine/rule.ts';
import { isFault } from '../../k8s/image.ts';
import { imagesOf } from '../../k8s/images.ts';

interface Options {
  readonly known: readonly string[];
}

export default defineRule({
  id: 'image-name-lookalike',
  title: 'Image name that differs from a well-known one by a typo',
  category: 'image',
  severity: 'medium',
  preset: 'strict',
  on: 'resource',
  messages: { lookalike: 'image "{image}" of {owner} looks like "{known}": a typo or an impostor' },
  options: {
    defaults: { known: [] } as Options,
    schema: {
      type: 'object',
      properties: { known: { type: 'array', items: { type: 'string' } } },
      additionalProperties: false,
    },
  },
  check(resource, context) {
    for (const use of imagesOf(resource)) {
      const { image } = use;
      if (isFault(image) || !PUBLIC.has(image.domain)) continue;
      const path = image.path.replace(/^library\//, '');
      if (OFFICIAL.has(path) || context.options.known.includes(path)) continue;
      const slash = path.indexOf('/');
      const known = slash === -1 ? nearest(path, OFFICIAL) : nearestNamespace(path.slice(0, slash), path.slice(slash));
      if (known !== undefined)
        context.report(use.node, 'lookalike', { data: { image: use.text, owner: use.owner, known } });
    }
  },
  docs: {
    why: 'Names one letter away from popular images are registered by people who hope for typos. What is pulled then is theirs, and runs with whatever the pod may do.',
    fix: 'Correct the name, or add it to the option `known` where it is meant.',
    frameworks: { nsa: ['P3'], mitre: ['T1204.003', 'T1036.005', 'T1195.002'] },
    cks: 'Supply Chain Security',
    references: ['https://attack.mitre.org/techniques/T1036/005/'],
    limits: 'Compared with some 120 popular names on docker.io, quay.io and ghcr.io.',
    examples: {
      bad: [
        { title: 'two letters swapped', in: 'container', yaml: 'image: ngnix:1.29.1 # finding' },
        { title: 'a zero for an o', in: 'container', yaml: 'image: p0stgres:16.4 # finding' },
        { title: 'a namespace', in: 'container', yaml: 'image: bitnarni/redis:7.4.0 # finding' },
      ],
      good: [
        { title: 'the name itself', in: 'container', yaml: 'image: nginx:1.29.1' },
        { title: 'another popular image, close to one', in: 'container', yaml: 'image: mysql:8.4.0' },
        { title: 'a private registry', in: 'container', yaml: 'image: registry.example.com/ngnix:1.0.0' },
        { title: 'an ordinary name', in: 'container', yaml: 'image: acme/storefront:1.0.0' },
      ],
    },
  },
});

const PUBLIC: ReadonlySet<string> = new Set(['docker.io', 'quay.io', 'ghcr.io']);

const OFFICIAL: ReadonlySet<string> = new Set(
  (
    'adminer aerospike alpine almalinux amazoncorretto amazonlinux arangodb archlinux bash bonita buildpack-deps busybox caddy cassandra ' +
    'centos chronograf clojure composer consul couchbase couchdb crate dart debian docker drupal eclipse-mosquitto eclipse-temurin elasticsearch ' +
    'elixir emqx erlang fedora flink fluentd gazebo gcc geonetwork ghost golang gradle groovy haproxy haskell haxe hello-world httpd hylang ' +
    'ibmjava influxdb irssi jenkins jetty joomla jruby julia kapacitor kibana kong lightstreamer logstash mageia mariadb matomo maven mediawiki ' +
    'memcached mongo mongo-express monica mysql nats neo4j neurodebian nextcloud nginx node nodered odoo openjdk oraclelinux orientdb perl photon ' +
    'php postfixadmin postgres pypy python r-base rabbitmq rakudo-star redis redmine registry rethinkdb rocket.chat rockylinux ros ruby rust ' +
    'sapmachine solr sonarqube spark spiped storm swift swipl teamspeak telegraf tomcat tomee traefik ubuntu unit varnish vault websphere-liberty ' +
    'wordpress xwiki yourls zookeeper'
  ).split(' '),
);

const NAMESPACES: ReadonlySet<string> = new Set(
  (
    'bitnami grafana hashicorp istio jenkins calico cilium prometheus linuxserver kubernetesui rancher minio datadog newrelic sonatype ' +
    'atlassian confluentinc elastic fluent flannel falcosecurity aquasec anchore google googlecontainer microsoft nvidia pytorch tensorflow ' +
    'jupyter apache cockroachdb kubernetes coredns envoyproxy portainer gitlab argoproj jetstack strimzi quay.io'
  ).split(' '),
);

function nearestNamespace(namespace: string, rest: string): string | undefined {
  if (NAMESPACES.has(namespace)) return undefined;
  const known = nearest(namespace, NAMESPACES);
  return known === undefined ? undefined : `${known}${rest}`;
}

/** Short names are one letter apart from too many words to say anything. */
function nearest(name: string, known: ReadonlySet<string>): string | undefined {
  if (name.length < 5) return undefined;
  const plain = straighten(name);
  for (const each of known) {
    if (each.length < 5 || Math.abs(each.length - name.length) > 1) continue;
    if (plain === straighten(each) || isOneEditApart(name, each)) return each;
  }
  return undefined;
}

/** Letters that look alike are made the same: 0 and o, 1 and l, rn and m. */
function straighten(name: string): string {
  return name.replaceAll('0', 'o').replaceAll('1', 'l').replaceAll('rn', 'm').replaceAll('vv', 'w');
}

/** One letter put in, left out, changed, or swapped with its neighbour. */
function isOneEditApart(one: string, other: string): boolean {
  if (one.length > other.length) return isOneEditApart(other, one);
  let at = 0;
  while (at < one.length && one[at] === other[at]) at++;
  if (one.length < other.length) return one.slice(at) === other.slice(at + 1);
  if (one.slice(at + 1) === other.slice(at + 1)) return true;
  return one[at] === other[at + 1] && one[at + 1] === other[at] && one.slice(at + 2) === other.slice(at + 2);
}
