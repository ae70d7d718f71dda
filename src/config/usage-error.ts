/** Wrong use or wrong configuration: a sentence the user can act on, printed as it is, exit status 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
