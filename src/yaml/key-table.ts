import { plainKey } from './scalar.ts';

/** Keys seen before, found by hash, so that a key costs no new string. */
export class KeyTable {
  private slots = new Int32Array(1 << 12);
  /** Per entry: what is written, in quotes or not, its hash, and the id of the key that it is. Entry 0 is none. */
  private written: string[] = [''];
  private hashes: number[] = [0];
  private ids: number[] = [0];
  /** Per id: the key as the server reads it. `yes`, `true` and `"true"` are one. */
  private texts: string[] = [''];
  private readonly idsByText = new Map<string, number>();
  private readonly plainIds = new Map<string, number>();

  /** The id of a plain key that has been found before. */
  known(written: string): number | undefined {
    return this.plainIds.get(written);
  }

  textOf(id: number): string {
    return this.texts[id]!;
  }

  /** The id of the key written there, plain or, with `isQuoted`, inside quotes; -1 for what is not for the fast path. */
  find(text: string, start: number, end: number, hash: number, isQuoted: boolean): number {
    const { slots, written, hashes } = this;
    const mask = slots.length - 1;
    const length = end - start;
    const mixed = isQuoted ? ~hash : hash;
    let slot = (mixed ^ (mixed >>> 15)) & mask;
    for (let probes = 0; probes < 64; probes++) {
      const entry = slots[slot]!;
      if (entry === 0) return this.add(text.slice(start, end), mixed, slot, isQuoted);
      if (hashes[entry] === mixed) {
        const candidate = written[entry]!;
        if (candidate.length === length && matches(text, start, candidate)) return this.ids[entry]!;
      }
      slot = (slot + 1) & mask;
    }
    return -1;
  }

  /** The id of a key whose text is known. */
  findText(text: string): number {
    const known = this.idsByText.get(text);
    if (known !== undefined) return known;
    if (text === '__proto__') return -1;
    const own = ownString(text);
    const id = this.texts.length;
    this.texts.push(own);
    this.idsByText.set(own, id);
    return id;
  }

  /** Called between documents: ids must not change within one. */
  trim(): void {
    if (this.texts.length < 20_000 && this.written.length < 20_000) return;
    this.slots = new Int32Array(1 << 12);
    this.written = [''];
    this.hashes = [0];
    this.ids = [0];
    this.texts = [''];
    this.idsByText.clear();
    this.plainIds.clear();
  }

  private add(written: string, hash: number, slot: number, isQuoted: boolean): number {
    const text = isQuoted ? written : plainKey(written);
    if (text === undefined || (text === '<<' && !isQuoted)) return -1;
    const id = this.findText(text);
    if (id === -1) return -1;
    const entry = this.written.length;
    const own = text === written ? this.texts[id]! : ownString(written);
    this.written.push(own);
    if (!isQuoted) this.plainIds.set(own, id);
    this.hashes.push(hash);
    this.ids.push(id);
    this.slots[slot] = entry;
    if (entry * 2 > this.slots.length) this.grow();
    return id;
  }

  private grow(): void {
    const slots = new Int32Array(this.slots.length * 2);
    const mask = slots.length - 1;
    for (let entry = 1; entry < this.hashes.length; entry++) {
      const hash = this.hashes[entry]!;
      let slot = (hash ^ (hash >>> 15)) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = entry;
    }
    this.slots = slots;
  }
}

/** As an object's key a text is a string of its own, where a slice would keep the whole file alive. */
function ownString(text: string): string {
  return Object.keys({ [text]: 0 })[0]!;
}

function matches(text: string, start: number, candidate: string): boolean {
  for (let at = 0; at < candidate.length; at++) {
    if (text.charCodeAt(start + at) !== candidate.charCodeAt(at)) return false;
  }
  return true;
}

/** The hash that `find` wants. */
export function hashOf(text: string, start: number, end: number): number {
  let hash = 0;
  for (let at = start; at < end; at++) hash = (Math.imul(hash, 31) + text.charCodeAt(at)) | 0;
  return hash;
}
