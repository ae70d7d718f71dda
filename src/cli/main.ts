import { runProgram } from './program.ts';
import { processTerminal } from './terminal.ts';

process.exitCode = runProgram(process.argv.slice(2), processTerminal());
