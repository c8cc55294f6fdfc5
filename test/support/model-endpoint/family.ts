import type { ServerResponse } from 'node:http'
import { isAbsolute, join } from 'node:path'
import type { Call, ModelRequest, Step } from './script.ts'

/** One way in which clients talk to models. */
export interface Family {
  name: string
  matches(method: string, path: string): boolean
  /** Reads the body; undefined for a request that asks no model. */
  read(body: Readonly<Record<string, unknown>>, path: string): Pick<ModelRequest, 'model' | 'tools'> | undefined
  answer(response: ServerResponse, request: ModelRequest, step: Extract<Step, { type: 'answer' | 'cut' }>, number: number): void
  refuse(step: Extract<Step, { type: 'refuse' }>): Readonly<Record<string, unknown>>
  /** What it says to a request that asks no model. */
  other?(path: string): Readonly<Record<string, unknown>>
}

/** Begins a stream of server-sent events. */
export function eventStream(response: ServerResponse): (event: Readonly<Record<string, unknown>>, named?: boolean) => void {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  return (event, named = true) => void response.write(`${named ? `event: ${String(event['type'])}\n` : ''}data: ${JSON.stringify(event)}\n\n`)
}

/** The tools by which clients write a file or run a command, and what they take: the first that a client offers is called. */
const writers: readonly (readonly [name: string, input: (file: string, content: string) => Record<string, unknown>])[] = [
  ['Write', (file_path, content) => ({ file_path, content })],
  ['write', (filePath, content) => ({ filePath, content })],
  ['write_file', (file_path, content) => ({ file_path, content })],
]
const runners: readonly (readonly [name: string, input: (command: string) => Record<string, unknown>])[] = [
  ['Bash', (command) => ({ command, description: 'Run a command' })],
  ['bash', (command) => ({ command, description: 'Run a command' })],
  ['exec_command', (cmd) => ({ cmd })],
  ['functions.exec', (cmd) => ({ source: `text(await tools.exec_command(${JSON.stringify({ cmd })}))` })],
  ['shell_command', (command) => ({ command })],
  ['run_shell_command', (command) => ({ command, description: 'Run a command' })],
]

/** A call as the client's own tool takes it. A client without a tool for files gets a command that writes it. */
export function toolCall(call: Call, { tools, cwd }: ModelRequest): { name: string; input: Record<string, unknown> } {
  if (call.type === 'tool') return { name: call.name, input: { ...call.input } }
  if (call.type === 'write') {
    const writer = writers.find(([name]) => tools.includes(name))
    if (writer) return { name: writer[0], input: writer[1](isAbsolute(call.file) ? call.file : join(cwd, call.file), call.content) }
    return toolCall({ type: 'run', command: `cat > '${call.file}' <<'END_OF_FILE'\n${call.content}END_OF_FILE` }, { tools, cwd } as ModelRequest)
  }
  const runner = runners.find(([name]) => tools.includes(name))
  if (!runner) throw new Error(`the client offers no tool that runs a command: ${tools.join(', ')}`)
  return { name: runner[0], input: runner[1](call.command) }
}

export const namesOf = (tools: unknown): string[] =>
  Array.isArray(tools) ? tools.flatMap((tool: { name?: unknown; function?: { name?: unknown } }) => [tool.name ?? tool.function?.name].filter((name) => typeof name === 'string')) : []
