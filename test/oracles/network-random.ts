/**
 * Compares the network engine with the naive evaluator over random small clusters, cluster-level policies included:
 * `tsx test/oracles/network-random.ts [count] [first seed]`.
 */
import { boundsHold, compareWithNaive } from '../k8s/network/compare.ts';
import { randomCluster } from '../k8s/network/random-world.ts';

const count = Number(process.argv[2] ?? 50_000);
const first = Number(process.argv[3] ?? 1);
let wrong = 0;
let unsound = 0;
for (let seed = first; seed < first + count; seed++) {
  const cluster = randomCluster(seed);
  const found = compareWithNaive(cluster);
  if (found.length > 0 && ++wrong <= 5) console.log(`seed ${seed}`, found.slice(0, 3));
  if (seed % 5 === 0) {
    const broken = boundsHold(cluster, seed);
    if (broken.length > 0 && ++unsound <= 5) console.log(`bounds, seed ${seed}`, broken.slice(0, 3));
  }
}
console.log(
  `${count} clusters: ${wrong} differ; ${Math.floor(count / 5)} with parts hidden: ${unsound} outside the bounds`,
);
process.exitCode = wrong + unsound === 0 ? 0 : 1;
