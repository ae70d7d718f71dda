/** A wildcard stands for exactly one label, the first: `*.example.com`. */
export function covers(pattern: string, host: string): boolean {
  const [wanted, own] = [pattern.toLowerCase(), host.toLowerCase()];
  if (wanted === own) return true;
  if (!wanted.startsWith('*.') || own.startsWith('*.')) return false;
  const dot = own.indexOf('.');
  return dot > 0 && own.slice(dot) === wanted.slice(1);
}

/** Names that mean nothing on the internet. */
export function isInternalHost(host: string): boolean {
  return (
    /(?:^|\.)(?:local|internal|localhost|localdomain|test|lan|home|corp|intranet|example|invalid)$/i.test(host) ||
    (host !== '' && !host.includes('.'))
  );
}

/** Domains under which anybody may register a name. */
const PUBLIC_SUFFIXES: ReadonlySet<string> = new Set([
  'co.uk',
  'org.uk',
  'ac.uk',
  'gov.uk',
  'com.au',
  'net.au',
  'org.au',
  'com.br',
  'co.jp',
  'ne.jp',
  'co.in',
  'co.kr',
  'co.nz',
  'co.za',
  'com.cn',
  'com.mx',
  'com.tr',
  'com.tw',
  'com.sg',
  'com.ar',
  'github.io',
  'gitlab.io',
  'herokuapp.com',
  'vercel.app',
  'netlify.app',
  'pages.dev',
  'workers.dev',
  'web.app',
  'firebaseapp.com',
  'azurewebsites.net',
  'cloudapp.net',
  'nip.io',
  'sslip.io',
  'xip.io',
]);

export function isPublicSuffix(domain: string): boolean {
  return domain !== '' && (!domain.includes('.') || PUBLIC_SUFFIXES.has(domain.toLowerCase()));
}
