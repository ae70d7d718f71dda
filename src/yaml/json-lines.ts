import { SourceFile } from '../text/source-file.ts';

/**
 * A file of one JSON object a line, where lines that begin with `#` are comments: an ABAC policy. The comments are
 * blanked, so that the rest is read as JSON texts one after the other, each at its place.
 */
export function withoutCommentLines(file: SourceFile): SourceFile {
  if (!/^[ \t]*#/m.test(file.text)) return file;
  const text = file.text.replace(/^[ \t]*#.*$/gm, (line) => ' '.repeat(line.length));
  return new SourceFile(file.path, text, file.origin);
}
