import manifest from '../../package.json' with { type: 'json' };

export const TOOL_VERSION: string = manifest.version;

/** Put in by the build: a hash of what it is made of. Results of one build are no results of another. */
declare const KUBESEC_LINT_BUILD: string | undefined;

/** Undefined where the sources run unbuilt. */
export const BUILD_ID: string | undefined = typeof KUBESEC_LINT_BUILD === 'string' ? KUBESEC_LINT_BUILD : undefined;
