/** Ports behind which something answers that strangers should not reach. */
export interface SensitivePort {
  readonly product: string;
  /** The number alone proves little: a name or an image has to speak of the product as well. */
  readonly evidence?: RegExp;
}

const TABLE: readonly (readonly [string, readonly number[], RegExp?])[] = [
  ['SSH', [22]],
  ['Telnet', [23]],
  ['Docker', [2375, 2376]],
  ['etcd', [2379, 2380]],
  ['ZooKeeper', [2181]],
  ['MySQL', [3306]],
  ['PostgreSQL', [5432]],
  ['Microsoft SQL Server', [1433]],
  ['Oracle Database', [1521]],
  ['Redis', [6379]],
  ['Memcached', [11211]],
  ['MongoDB', [27017]],
  ['Elasticsearch', [9200, 9300]],
  ['the kubelet', [10250, 10255]],
  ['the controller manager', [10257]],
  ['the scheduler', [10259]],
  ['the API server', [6443]],
  ['RabbitMQ', [5672]],
  ['Kibana', [5601], /kibana|opensearch-dashboards/],
  ['kubectl proxy', [8001], /proxy|dashboard/],
  ['Envoy administration', [15000], /envoy|istio|admin/],
  ['istiod', [15014], /istiod|pilot/],
  ['Prometheus', [9090], /prometheus/],
  ['Alertmanager', [9093], /alertmanager/],
  ['a container registry', [5000], /registry/],
  ['Consul', [8500], /consul/],
  ['Kafka', [9092], /kafka/],
  ['RabbitMQ management', [15672], /rabbit|management/],
  ['Jenkins agents', [50000], /jenkins|jnlp/],
  ['Jupyter', [8888], /jupyter|notebook/],
];

/** Programs that administer something, known by the end of their image's repository. */
const ADMINISTRATION =
  /(?:^|\/)(?:kubernetes-dashboard|dashboard-(?:web|api|auth)|scope|weave-scope|mongo-express|phpmyadmin|adminer|pgadmin4?|redis-commander|[\w-]*jupyter[\w-]*|[\w-]*-notebook)(?=[:@]|$)/;

export function sensitivePort(
  number: number,
  words: readonly string[],
  extra: Readonly<Record<string, string>> = {},
): string | undefined {
  const own = extra[String(number)];
  if (own !== undefined) return own;
  for (const [product, numbers, evidence] of TABLE) {
    if (!numbers.includes(number)) continue;
    if (evidence === undefined || words.some((word) => evidence.test(word.toLowerCase()))) return product;
  }
  return undefined;
}

export function administrationImage(images: readonly string[]): string | undefined {
  return images.find((image) => ADMINISTRATION.test(image));
}
