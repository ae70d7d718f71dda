/**
 * Image references exactly as the kubelet reads them: `ParseNormalizedNamed` of github.com/distribution/reference
 * v0.6.0 (pkg/util/parsers in kubernetes/kubernetes), with the digest algorithms that the kubelet links in.
 */
export interface ImageReference {
  /** As normalized: `docker.io` where none is written. Empty for a first segment that is no host but a valid path. */
  readonly domain: string;
  /** The repository below the domain: `library/nginx` for `nginx`. */
  readonly path: string;
  readonly tag: string | undefined;
  /** `sha256:…` */
  readonly digest: string | undefined;
  /** The registry is written out, not left to the default. */
  readonly qualified: boolean;
}

export interface ImageFault {
  readonly fault:
    | 'empty'
    | 'blank'
    | 'scheme'
    | 'identifier'
    | 'uppercase'
    | 'domain'
    | 'path'
    | 'too-long'
    | 'tag-empty'
    | 'tag'
    | 'digest';
  /** What is wrong with it, to follow "is not a valid reference:". */
  readonly reason: string;
}

const DEFAULT_DOMAIN = 'docker.io';
const LEGACY_DOMAIN = 'index.docker.io';
const PATH_LIMIT = 255;

const IDENTIFIER = /^[a-f0-9]{64}$/;
const DOMAIN =
  /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?$/;
const PATH = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^\w[\w.-]{0,127}$/;
/** Lengths of the algorithms that go-digest knows; every other algorithm is refused. */
const DIGEST = /^(?:sha256:[a-f0-9]{64}|sha384:[a-f0-9]{96}|sha512:[a-f0-9]{128})$/;

export function parseImage(text: string): ImageReference | ImageFault {
  if (text === '') return { fault: 'empty', reason: 'it is empty' };
  if (IDENTIFIER.test(text)) {
    return { fault: 'identifier', reason: '64 hexadecimal digits are an image id, which cannot be pulled' };
  }
  const { domain, rest, qualified } = splitDomain(text);
  const at = rest.indexOf('@');
  const named = at === -1 ? rest : rest.slice(0, at);
  const digest = at === -1 ? undefined : rest.slice(at + 1);
  const colon = named.indexOf(':');
  const path = colon === -1 ? named : named.slice(0, colon);
  const tag = colon === -1 ? undefined : named.slice(colon + 1);

  const joined = joinPath(domain, path);
  if (joined === undefined) return faultOfName(text, domain, path);
  if (tag !== undefined && !TAG.test(tag)) return faultOfTag(tag, digest);
  if (digest !== undefined && !DIGEST.test(digest)) return faultOfDigest(digest);
  if (joined.path.length > PATH_LIMIT) {
    return {
      fault: 'too-long',
      reason: `the repository name has ${joined.path.length} characters, ${PATH_LIMIT} are allowed`,
    };
  }
  return { domain: joined.domain, path: joined.path, tag, digest, qualified };
}

/** Marks of templates and of documentation, `<image>` and `{IMAGE}`: no reference can hold these characters. */
export function isImageTemplate(text: string): boolean {
  return /[<>{}$%]|\(\(/.test(text);
}

export function isFault(image: ImageReference | ImageFault): image is ImageFault {
  return 'fault' in image;
}

/** `docker.io/library/nginx`: the repository without tag and digest. */
export function repositoryOf(image: ImageReference): string {
  return image.domain === '' ? image.path : `${image.domain}/${image.path}`;
}

/** The last segment of the repository: `nginx` for `docker.io/library/nginx:1`. */
export function baseName(image: ImageReference): string {
  return image.path.slice(image.path.lastIndexOf('/') + 1);
}

/**
 * Matches a repository against a glob by whole segments: `*` is a part of one segment, `**` any number of segments.
 * A pattern without a wildcard also covers what lies below it: `ghcr.io/acme` admits `ghcr.io/acme/app`, never
 * `ghcr.io/acme-evil`.
 */
export function repositoryMatches(pattern: string, repository: string): boolean {
  const wanted = pattern.replace(/\/+$/, '').split('/');
  const given = repository.split('/');
  return matchSegments(wanted, 0, given, 0, !pattern.includes('*'));
}

/** Where the name begins to be a path: the rules of Docker's familiar names. */
function splitDomain(text: string): { readonly domain: string; readonly rest: string; readonly qualified: boolean } {
  const slash = text.indexOf('/');
  if (slash === -1) return { domain: DEFAULT_DOMAIN, rest: `library/${text}`, qualified: false };
  const first = text.slice(0, slash);
  const below = text.slice(slash + 1);
  const isDomain = first === 'localhost' || first.includes('.') || first.includes(':') || first.toLowerCase() !== first;
  const domain = isDomain && first !== LEGACY_DOMAIN ? first : DEFAULT_DOMAIN;
  const rest = isDomain ? below : text;
  return domain === DEFAULT_DOMAIN && !rest.includes('/')
    ? { domain, rest: `library/${rest}`, qualified: isDomain }
    : { domain, rest, qualified: isDomain };
}

/** A first segment such as `my_registry.local` is no host name, and the grammar then takes all of it for a path. */
function joinPath(domain: string, path: string): { readonly domain: string; readonly path: string } | undefined {
  if (!PATH.test(path)) return undefined;
  if (DOMAIN.test(domain)) return { domain, path };
  return PATH.test(domain) ? { domain: '', path: `${domain}/${path}` } : undefined;
}

function faultOfName(text: string, domain: string, path: string): ImageFault {
  if (text.trim() !== text) return { fault: 'blank', reason: 'it begins or ends with a blank' };
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(text);
  if (scheme !== null) return { fault: 'scheme', reason: `it begins with "${scheme[0]}"` };
  if (PATH.test(path)) return { fault: 'domain', reason: `"${domain}" is not a registry host` };
  if (path.toLowerCase() !== path && PATH.test(path.toLowerCase())) {
    return { fault: 'uppercase', reason: 'the repository name has upper case letters' };
  }
  const written = text.includes('library/') ? path : path.replace(/^library\//, '');
  if (written === '') return { fault: 'path', reason: 'the repository name is empty' };
  const segment = written.split('/').find((part) => !PATH.test(part)) ?? written;
  return {
    fault: 'path',
    reason: segment === '' ? 'a segment of the repository name is empty' : `"${segment}" is not a repository name`,
  };
}

function faultOfTag(tag: string, digest: string | undefined): ImageFault {
  if (tag === '')
    return { fault: 'tag-empty', reason: `the tag before ${digest === undefined ? 'the end' : '"@"'} is empty` };
  if (tag.trim() !== tag) return { fault: 'blank', reason: 'it ends with a blank' };
  if (tag.includes(':')) return { fault: 'tag', reason: 'it has two tags' };
  if (tag.length > 128 && /^[\w.-]+$/.test(tag)) {
    return { fault: 'tag', reason: `the tag has ${tag.length} characters, 128 are allowed` };
  }
  return { fault: 'tag', reason: `"${tag}" is not a tag` };
}

const DIGITS: ReadonlyMap<string, number> = new Map([
  ['sha256', 64],
  ['sha384', 96],
  ['sha512', 128],
]);

function faultOfDigest(digest: string): ImageFault {
  if (digest.trim() !== digest) return { fault: 'blank', reason: 'it ends with a blank' };
  const algorithm = digest.slice(0, Math.max(digest.indexOf(':'), 0));
  const digits = DIGITS.get(algorithm);
  if (digits === undefined) return { fault: 'digest', reason: 'the digest is not sha256, sha384 or sha512' };
  return { fault: 'digest', reason: `a ${algorithm} digest has ${digits} lower case hexadecimal digits` };
}

function matchSegments(
  wanted: readonly string[],
  w: number,
  given: readonly string[],
  g: number,
  open: boolean,
): boolean {
  if (w === wanted.length) return g === given.length || open;
  const pattern = wanted[w]!;
  if (pattern === '**') {
    for (let next = g; next <= given.length; next++) {
      if (matchSegments(wanted, w + 1, given, next, open)) return true;
    }
    return false;
  }
  return g < given.length && matchSegment(pattern, given[g]!) && matchSegments(wanted, w + 1, given, g + 1, open);
}

/** `*` stands for any run of characters; pieces between stars are looked for from left to right. */
function matchSegment(pattern: string, segment: string): boolean {
  if (!pattern.includes('*')) return pattern === segment;
  const pieces = pattern.split('*');
  const head = pieces[0]!;
  const tail = pieces[pieces.length - 1]!;
  if (segment.length < head.length + tail.length || !segment.startsWith(head) || !segment.endsWith(tail)) return false;
  let at = head.length;
  for (const piece of pieces.slice(1, -1)) {
    const found = segment.indexOf(piece, at);
    if (found === -1 || found + piece.length > segment.length - tail.length) return false;
    at = found + piece.length;
  }
  return true;
}
