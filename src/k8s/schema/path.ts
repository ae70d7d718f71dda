/** `spec.template.spec`, `spec.ingress[].from`: a path in words. */
export function pathInWords(path: readonly (string | number)[]): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += '[]';
    else text += text === '' ? step : `.${step}`;
  }
  return text;
}
