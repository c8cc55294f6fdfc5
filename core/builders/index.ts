export { command } from './command.ts'
export type { CommandOptions } from './command.ts'
export { patch } from './patch.ts'
export type { PatchOptions } from './patch.ts'
