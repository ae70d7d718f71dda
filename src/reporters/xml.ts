import { plain } from './plain.ts';

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text for elements and attributes, of XML and of HTML. */
export function xml(text: string): string {
  return plain(text).replaceAll(/[&<>"']/g, (sign) => ENTITIES[sign] ?? sign);
}
