import { SourceFile } from '../../src/text/source-file.ts';
import type { Document } from '../../src/yaml/document.ts';
import { parseFast } from '../../src/yaml/fast.ts';
import { parseChunk, parseReference } from '../../src/yaml/reference.ts';
import { readStream } from '../../src/yaml/stream.ts';
import { tapeFault } from './tape.ts';

export interface Comparison {
  /** How the two readings differ, undefined when they do not. */
  readonly difference: string | undefined;
  /** Chunks that were read, and how many of them the fast path declined. */
  readonly chunks: number;
  readonly declined: readonly string[];
}

/** Holds the fast path to the complete reader: value, tape, comments, duplicates, span, errors, chunk by chunk. */
export function compareReaders(text: string): Comparison {
  const file = new SourceFile('a.yaml', text);
  let chunks = 0;
  const declined: string[] = [];
  const documents = readStream(file, (source, chunk, into, carried) => {
    chunks++;
    if (parseFast(source, chunk, into, carried)) return;
    declined.push(text.slice(chunk.start, chunk.end));
    parseChunk(source, chunk, into, carried);
  });
  const fault = documents.map(tapeFault).find((each) => each !== undefined);
  return { difference: difference(documents, parseReference(file)) ?? fault, chunks, declined };
}

function difference(actual: readonly Document[], expected: readonly Document[]): string | undefined {
  if (actual.length !== expected.length) return `${actual.length} documents, expected ${expected.length}`;
  for (const [index, document] of actual.entries()) {
    const [one, other] = [written(document), written(expected[index]!)];
    for (const [part, value] of one) {
      const wanted = other.get(part);
      if (value !== wanted) return `document ${index}, ${part}: ${value}, expected ${wanted}`;
    }
  }
  return undefined;
}

function written(document: Document): ReadonlyMap<string, string> {
  const { index, span, value, tape, comments, errors, duplicates } = document;
  const parts = { index, span, value, tape: [...tape], comments, errors, duplicates };
  return new Map(Object.entries(parts).map(([part, each]) => [part, show(each)]));
}

function show(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => {
    if (typeof inner === 'bigint') return `${inner}n`;
    return Object.is(inner, -0) ? '-0' : inner;
  });
}
