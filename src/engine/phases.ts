export type Phase = 'start' | 'discover' | 'read' | 'parse' | 'rules' | 'threads' | 'project' | 'settle' | 'write';

/** Says that what was done since the last call belongs to a phase. */
export type Lap = (phase: Phase) => void;
