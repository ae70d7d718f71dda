export const TAB = 0x09;
export const LF = 0x0a;
export const CR = 0x0d;
export const SPACE = 0x20;
export const DOUBLE_QUOTE = 0x22;
export const HASH = 0x23;
export const SINGLE_QUOTE = 0x27;
export const PLUS = 0x2b;
export const COMMA = 0x2c;
export const DASH = 0x2d;
export const POINT = 0x2e;
export const COLON = 0x3a;
export const QUESTION = 0x3f;
export const OPEN_BRACKET = 0x5b;
export const BACKSLASH = 0x5c;
export const CLOSE_BRACKET = 0x5d;
export const BAR = 0x7c;
export const GREATER = 0x3e;
export const OPEN_BRACE = 0x7b;
export const CLOSE_BRACE = 0x7d;

// What a character means inside a scalar.
export const ORDINARY = 0;
export const FLOW = 1;
export const BLANK = 2;
export const BREAK = 3;
export const AT_COLON = 4;
export const AT_HASH = 5;
export const AT_TAB = 6;
/** Control characters and the line breaks that only libyaml knows. */
export const ODD = 7;

/** Whether a plain scalar can begin so. */
export function startsPlain(code: number, next: number): boolean {
  if (code >= 0x61 && code <= 0x7a) return true;
  switch (code) {
    case DASH:
    case COLON:
    case QUESTION:
      return !isBlankOrBreak(next);
    case TAB:
    case LF:
    case SPACE:
    case 0x21: // !
    case DOUBLE_QUOTE:
    case HASH:
    case 0x25: // %
    case 0x26: // &
    case SINGLE_QUOTE:
    case 0x2a: // *
    case COMMA:
    case GREATER:
    case 0x40: // @
    case OPEN_BRACKET:
    case CLOSE_BRACKET:
    case 0x60: // `
    case OPEN_BRACE:
    case BAR:
    case CLOSE_BRACE:
      return false;
    default:
      return true;
  }
}

/** Whether a text that begins so may be something other than a string: a boolean, null, or a number. */
export function mayBeWord(code: number): boolean {
  switch (code) {
    case PLUS:
    case DASH:
    case POINT:
    case 0x46: // F
    case 0x4e: // N
    case 0x4f: // O
    case 0x54: // T
    case 0x59: // Y
    case 0x66: // f
    case 0x6e: // n
    case 0x6f: // o
    case 0x74: // t
    case 0x79: // y
    case 0x7e: // ~
      return true;
    default:
      return false;
  }
}

/** libyaml's blanks and line breaks. */
/** A blank, a tab, a line feed or a carriage return. */
export function isSpace(code: number): boolean {
  return code === SPACE || code === LF || code === CR || code === TAB;
}

export function isBlankOrBreak(code: number): boolean {
  return (
    code === SPACE || code === LF || code === TAB || code === CR || code === 0x85 || code === 0x2028 || code === 0x2029
  );
}

/** What each of the first 256 characters means inside a scalar. */
export function makeClasses(): Uint8Array {
  const classes = new Uint8Array(256);
  classes.fill(ODD, 0, 0x20);
  classes.fill(ODD, 0x7f, 0xa0);
  classes[TAB] = AT_TAB;
  classes[LF] = BREAK;
  classes[CR] = BREAK;
  classes[SPACE] = BLANK;
  classes[COLON] = AT_COLON;
  classes[HASH] = AT_HASH;
  for (const code of [COMMA, QUESTION, OPEN_BRACKET, CLOSE_BRACKET, OPEN_BRACE, CLOSE_BRACE]) classes[code] = FLOW;
  return classes;
}
