/** A Go duration in seconds; undefined for text that is none. */
export function durationSeconds(text: string | undefined): number | undefined {
  if (text === undefined || !/^[-+]?(?:0|(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/.test(text))
    return undefined;
  let seconds = 0;
  for (const [, number, unit] of text.matchAll(/(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g)) {
    seconds += Number(number) * UNITS[unit!]!;
  }
  return text.startsWith('-') ? -seconds : seconds;
}

const UNITS: Readonly<Record<string, number>> = {
  ns: 1e-9,
  us: 1e-6,
  µs: 1e-6,
  μs: 1e-6,
  ms: 1e-3,
  s: 1,
  m: 60,
  h: 3600,
};

/** The host of a URL or of an address with a port, brackets taken off; '' where every interface is meant. */
export function hostOf(text: string): string {
  const address = text.replace(/^[a-z]+:\/\//, '').replace(/\/.*$/, '');
  const bracketed = /^\[([^\]]*)\]/.exec(address);
  if (bracketed !== null) return bracketed[1]!;
  return /^[0-9a-f]*:[0-9a-f:]*:[0-9a-f:]*$/i.test(address) ? address : address.replace(/:\d*$/, '');
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);
}

export function isEveryInterface(host: string): boolean {
  return host === '' || host === '0.0.0.0' || host === '::' || host === '*';
}

/** A whole number; undefined for other text. */
export function integer(text: string | undefined): number | undefined {
  return text !== undefined && /^[-+]?\d+$/.test(text) ? Number(text) : undefined;
}
