/** What the scripted model does with one request. */
export type Step =
  /** It says something, calls tools, or both. */
  | { type: 'answer'; text?: string; calls?: readonly Call[]; tokens?: Tokens }
  /** An error of the service. `headers`: a reset time, say. `fields`: what else stands in the error. */
  | { type: 'refuse'; status: number; kind?: string; message?: string; headers?: Readonly<Record<string, string>>; fields?: Readonly<Record<string, unknown>> }
  /** No answer, ever. */
  | { type: 'hang' }
  /** It begins to answer, and the connection breaks. */
  | { type: 'cut'; text?: string }

/** A tool call. The first two find the tool that the client offers for it. */
export type Call =
  /** `file` is relative to the client's working directory unless it is absolute. */
  | { type: 'write'; file: string; content: string }
  | { type: 'run'; command: string }
  | { type: 'tool'; name: string; input: Readonly<Record<string, unknown>> }

/** What a step tells as its usage. */
export interface Tokens { input?: number; cachedInput?: number; cacheWrite?: number; output?: number }

/** One request, as the script sees it. */
export interface ModelRequest {
  family: string
  model: string
  /** Names of the tools that the client offers. */
  tools: readonly string[]
  /** The body as it came. */
  text: string
  /** The client's working directory, by what it tells the model of it. */
  cwd: string
}

/** One step for each request that offers tools, in order, and `Done.` after the last; or a function that is asked for each, and answers `Done.` by undefined. */
export type Script = readonly Step[] | ((request: ModelRequest, index: number) => Step | undefined)

export const defaultTokens: Required<Tokens> = { input: 1_000, cachedInput: 300, cacheWrite: 200, output: 50 }

export const answer = (text: string, ...calls: Call[]): Step => ({ type: 'answer', text, calls })
export const write = (file: string, content: string): Call => ({ type: 'write', file, content })
export const run = (command: string): Call => ({ type: 'run', command })
