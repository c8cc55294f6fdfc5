/**
 * A model that does what a script says, on loopback: real agents talk to it, and no model is needed.
 *
 *   await using endpoint = await startModelEndpoint([answer('I write it.', write('src/a.txt', 'one\n')), answer('Done.')])
 *   // ANTHROPIC_BASE_URL=endpoint.url, or endpoint.url + '/v1' as the base of OpenAI's API
 *   endpoint.requests  // what came, in order
 */
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { anthropic } from './anthropic.ts'
import type { Family } from './family.ts'
import { chat } from './chat.ts'
import { gemini } from './gemini.ts'
import { responses } from './responses.ts'
import type { ModelRequest, Script, Step } from './script.ts'

export { answer, run, write } from './script.ts'
export type { Call, ModelRequest, Script, Step } from './script.ts'

const families: readonly Family[] = [anthropic, responses, chat, gemini]

export interface ModelEndpoint extends AsyncDisposable {
  /** `http://127.0.0.1:PORT` */
  readonly url: string
  /** Requests that offered tools: those that took a step of the script. */
  readonly requests: readonly ModelRequest[]
  /** Everything that was asked, as `METHOD path`. */
  readonly asked: readonly string[]
  /** Resolves when so many requests have come. */
  reached(count: number): Promise<void>
  /** Takes another script; its steps begin anew. */
  use(script: Script): void
}

export async function startModelEndpoint(first: Script = []): Promise<ModelEndpoint> {
  let script = first
  let begun = 0
  let answers = 0
  const requests: ModelRequest[] = []
  const asked: string[] = []
  let waiting: { count: number; resolve(): void }[] = []

  const next = (request: ModelRequest): Step => {
    const index = requests.length - begun
    requests.push(request)
    const step = typeof script === 'function' ? script(request, index) : script[index]
    waiting = waiting.filter(({ count, resolve }) => (requests.length >= count ? resolve() : true))
    return step ?? { type: 'answer', text: 'Done.' }
  }

  const server = createServer((incoming, response) => {
    void handle(incoming, response).catch((error: unknown) => {
      response.destroy()
      console.error(error)
    })
  })

  async function handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = incoming.url ?? '/'
    const method = incoming.method ?? ''
    asked.push(`${method} ${path}`)
    let text = ''
    incoming.setEncoding('utf8')
    for await (const piece of incoming) text += piece as string
    const family = families.find((one) => one.matches(method, path))
    if (method === 'HEAD' || method === 'GET') return void response.writeHead(method === 'HEAD' ? 200 : 404, { 'content-type': 'application/json' }).end(method === 'HEAD' ? undefined : '{}')
    if (!family) return void response.writeHead(404, { 'content-type': 'application/json' }).end('{}')
    const body = JSON.parse(text || '{}') as Record<string, unknown>
    const read = family.read(body, path)
    if (!read) return void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(family.other?.(path) ?? {}))
    const request: ModelRequest = { family: family.name, ...read, text, cwd: cwdIn(text) }
    // Titles, summaries and the like are asked without tools: they are no step of the work.
    const step: Step = request.tools.length > 0 ? next(request) : { type: 'answer', text: 'A title' }
    answers++
    switch (step.type) {
      case 'answer': return family.answer(response, request, step, answers)
      case 'cut':
        family.answer(response, request, { ...step, text: step.text ?? 'I begin' }, answers)
        return void setImmediate(() => response.destroy())
      case 'refuse': return void response.writeHead(step.status, { 'content-type': 'application/json', ...step.headers }).end(JSON.stringify(family.refuse(step)))
      // The client's connection ends it.
      case 'hang': return undefined
    }
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests, asked,
    reached: (count) => (requests.length >= count ? Promise.resolve() : new Promise((resolve) => waiting.push({ count, resolve }))),
    use(other) {
      script = other
      begun = requests.length
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Every client tells the model where it works. */
function cwdIn(text: string): string {
  return /(?:Workspace Directories:\*\*\\n {2}- |working directory: |<cwd>|Current Working Directory: |(?<!temporary )directory is: )(\/[^\s"\\<]+)/i.exec(text)?.[1] ?? '/'
}
