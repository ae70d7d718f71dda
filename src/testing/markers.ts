/** A line that says a finding starts on it, and which one where it matters. */
export interface Marker {
  /** 1-based. */
  readonly line: number;
  /** Message ids, '' where the marker names none; several findings of one line are separated by commas. */
  readonly messages: readonly string[];
}

const MARKER = /[ \t]*# finding(?::[ \t]*([\w-]+(?:[ \t]*,[ \t]*[\w-]+)*))?[ \t]*(?=\r?$)/gm;

/** The markers of a text: `# finding`, `# finding: messageId`, `# finding: one, other`. */
export function readMarkers(yaml: string): readonly Marker[] {
  const markers: Marker[] = [];
  yaml.split('\n').forEach((line, index) => {
    for (const [, ids] of line.matchAll(MARKER)) {
      markers.push({ line: index + 1, messages: ids === undefined ? [''] : ids.split(',').map((id) => id.trim()) });
    }
  });
  return markers;
}

export function stripMarkers(yaml: string): string {
  return yaml.replace(MARKER, '');
}
