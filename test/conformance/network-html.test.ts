import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { run } from '../cli/run.ts';

/**
 * The page of `network --format html` in a real browser: nothing is asked of the network, the content security policy
 * is not broken, and the filter filters. `NETWORK_HTML_SCREENSHOT=FILE` keeps a picture to look at.
 */
const BROWSER = ['chromium', 'chromium-browser', 'google-chrome'].find((name) => {
  try {
    execFileSync('which', [name], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
});

const pod = (namespace: string, name: string): string =>
  `apiVersion: v1\nkind: Pod\nmetadata: { namespace: ${namespace}, name: ${name}, labels: { app: ${name} } }\nspec: { containers: [] }\n---\n`;

const MANIFESTS = `${pod('shop', 'web')}${pod('shop', 'cart')}${pod('shop', 'db')}${pod('monitoring', 'prometheus')}${pod('bank', '"<img src=x onerror=alert(1)>"')}apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { namespace: shop, name: db }
spec:
  podSelector: { matchLabels: { app: db } }
  ingress:
    - from: [{ podSelector: { matchLabels: { app: cart } } }]
      ports: [{ port: 5432 }]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { namespace: shop, name: cart }
spec:
  podSelector: { matchLabels: { app: cart } }
  policyTypes: [Ingress, Egress]
  ingress:
    - from: [{ podSelector: { matchLabels: { app: web } } }, { namespaceSelector: { matchLabels: { team: observability } } }]
      ports: [{ port: 8080 }]
  egress:
    - to: [{ podSelector: { matchLabels: { app: db } } }]
      ports: [{ port: 5432 }]
`;

describe.skipIf(BROWSER === undefined)('the page of the network command (skipped where there is no chromium)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'network-html-'));
  let browser: Browser | undefined;
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  });

  it('works without breaking its content security policy', async () => {
    const { stdout } = run(['network', '-f', 'html', '-q'], { files: { 'all.yaml': MANIFESTS } });
    const file = join(folder, 'network.html');
    writeFileSync(file, stdout);
    browser = new Browser(BROWSER!, folder);
    const page = await browser.open(pathToFileURL(file).href);

    expect(page.complaints).toEqual([]);
    expect(page.requests).toEqual([pathToFileURL(file).href]);
    expect(await page.evaluate('document.getElementById("count").textContent')).toBe('21 of 21 connections');
    expect(await page.evaluate('document.images.length')).toBe(0);

    const visible = 'document.querySelectorAll("tbody tr:not(.away)").length';
    const type = (text: string): string =>
      `(() => { const i = document.getElementById("words"); i.value = ${JSON.stringify(text)}; i.dispatchEvent(new Event("input", { bubbles: true })); return ${visible}; })()`;
    expect(await page.evaluate(type('cart 8080'))).toBe(4);
    expect(await page.evaluate(type('nobody'))).toBe(0);
    expect(await page.evaluate(type(''))).toBe(21);
    const click =
      '(() => { document.querySelector("[aria-label=\\"shop/db[Pod]\\"]").dispatchEvent(new MouseEvent("click")); return [...document.querySelectorAll("tbody tr:not(.away)")].map((row) => row.cells[0].textContent + " => " + row.cells[1].textContent) })()';
    expect(await page.evaluate(click)).toContain('shop/cart[Pod] => shop/db[Pod]');
    await page.evaluate('document.getElementById("filter").reset()');

    // What the policy is for: a script that somebody smuggles in does not run, and nothing is fetched.
    await page.evaluate(
      '(() => { const s = document.createElement("script"); s.textContent = "window.smuggled = 1"; document.body.append(s); })()',
    );
    await page.evaluate(
      '(() => { const i = document.createElement("img"); i.src = "https://example.com/x.png"; document.body.append(i); })()',
    );
    expect(await page.evaluate('window.smuggled === undefined')).toBe(true);
    await page.evaluate('new Promise((resolve) => setTimeout(resolve, 300))');
    expect(page.blocked).toEqual(['csp']);

    const screenshot = process.env['NETWORK_HTML_SCREENSHOT'];
    if (screenshot !== undefined) writeFileSync(screenshot, await page.screenshot());
  });
});

interface Page {
  /** Errors, warnings and violations that the browser reported up to the first look. */
  readonly complaints: readonly string[];
  readonly requests: readonly string[];
  /** Why requests did not leave the browser. */
  readonly blocked: readonly string[];
  evaluate(expression: string): Promise<unknown>;
  screenshot(): Promise<Buffer>;
}

/** A browser driven over its debugging pipe. */
class Browser {
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, (result: Record<string, unknown>) => void>();
  readonly #listeners: ((method: string, params: Record<string, never>) => void)[] = [];
  #id = 0;

  constructor(program: string, folder: string) {
    const flags = [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--remote-debugging-pipe',
      '--window-size=1400,1000',
      `--user-data-dir=${join(folder, 'profile')}`,
    ];
    this.#process = spawn(program, flags, {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
      // A group of its own, so that its children end with it and write nothing any more.
      detached: true,
    });
    let rest = '';
    (this.#process.stdio[4] as Readable).on('data', (chunk: Buffer) => {
      rest += chunk.toString();
      const messages = rest.split('\0');
      rest = messages.pop() ?? '';
      for (const text of messages) {
        const message = JSON.parse(text);
        if (message.id !== undefined) this.#waiting.get(message.id)?.(message.result ?? message);
        else for (const listener of this.#listeners) listener(message.method, message.params);
      }
    });
  }

  async open(url: string): Promise<Page> {
    const complaints: string[] = [];
    const requests: string[] = [];
    const blocked: string[] = [];
    const { targetId } = await this.send('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await this.send('Target.attachToTarget', { targetId, flatten: true });
    let loaded: () => void = () => undefined;
    const whenLoaded = new Promise<void>((resolve) => {
      loaded = resolve;
    });
    this.#listeners.push((method, params: Record<string, unknown>) => {
      if (method === 'Log.entryAdded') complaints.push(JSON.stringify(params['entry']));
      if (method === 'Runtime.exceptionThrown') complaints.push(JSON.stringify(params));
      if (method === 'Network.requestWillBeSent') requests.push((params['request'] as { url: string }).url);
      if (method === 'Network.loadingFailed') blocked.push(String(params['blockedReason']));
      if (method === 'Page.loadEventFired') loaded();
    });
    for (const domain of ['Log', 'Runtime', 'Network', 'Page']) await this.send(`${domain}.enable`, {}, sessionId);
    await this.send('Page.navigate', { url }, sessionId);
    await whenLoaded;
    const seen = [...complaints];
    return {
      complaints: seen,
      requests,
      blocked,
      evaluate: async (expression) => {
        const { result } = (await this.send(
          'Runtime.evaluate',
          { expression, returnByValue: true, awaitPromise: true },
          sessionId,
        )) as unknown as {
          result: { value: unknown };
        };
        return result.value;
      },
      screenshot: async () => {
        const { data } = await this.send(
          'Page.captureScreenshot',
          { format: 'png', captureBeyondViewport: true },
          sessionId,
        );
        return Buffer.from(String(data), 'base64');
      },
    };
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#process.once('exit', () => resolve());
      process.kill(-this.#process.pid!, 'SIGKILL');
    });
  }

  private send(method: string, params: object, sessionId?: unknown): Promise<Record<string, unknown>> {
    this.#id++;
    const id = this.#id;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      (this.#process.stdio[3] as Writable).write(
        `${JSON.stringify({ id, method, params, ...(sessionId === undefined ? {} : { sessionId }) })}\0`,
      );
    });
  }
}
