import { join } from 'node:path';
import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads';
import type { Mapped } from '../engine/lint.ts';
import { decodeShard } from '../engine/shard.ts';
import { type Share, takeTurns } from './turns.ts';
import type { Task } from './worker.ts';

/**
 * The map phase on several threads. The main thread takes its turns and then waits for the others; the joined result is
 * in the order of a single thread.
 */
export function mapInThreads(task: Omit<Task, 'next'>, threads: number, mapOwn: (share: Share) => Mapped): Mapped {
  const next = new Int32Array(new SharedArrayBuffer(4));
  const others = Array.from({ length: threads - 1 }, () => start({ ...task, next }));
  const parts = [mapOwn(takeTurns(task.found, next)), ...others.map((other) => decodeShard(other.result()).mapped)];
  return { outcomes: parts.flatMap(({ outcomes }) => outcomes).sort((one, other) => one.order - other.order) };
}

/** Runs in the worker, which knows nothing but the file that starts the program. It ends with a result, or with the error. */
const WORKER = `
const { workerData: { program, task, port, done } } = require('node:worker_threads');
try {
  const bytes = require(program).load().mapShare(task);
  port.postMessage({ bytes }, [bytes.buffer]);
} catch (error) {
  port.postMessage({ error });
} finally {
  Atomics.store(done, 0, 1);
  Atomics.notify(done, 0);
}`;

function start(task: Task): { result(): string } {
  const done = new Int32Array(new SharedArrayBuffer(4));
  const { port1, port2 } = new MessageChannel();
  const program = join(__dirname, '../bin/kubesec-lint.cjs');
  const worker = new Worker(WORKER, {
    eval: true,
    workerData: { program, task, port: port2, done },
    transferList: [port2],
  });
  return {
    result() {
      Atomics.wait(done, 0, 0);
      const answer = receiveMessageOnPort(port1)?.message as { bytes?: Uint8Array; error?: unknown } | undefined;
      worker.unref();
      port1.close();
      if (answer?.bytes === undefined) throw answer?.error ?? new Error('a thread ended without a result');
      return new TextDecoder().decode(answer.bytes);
    },
  };
}
