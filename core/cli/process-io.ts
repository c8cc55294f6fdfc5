import { writeSync } from 'node:fs'
import { systemRuntime } from '../runtime.ts'
import type { CliIo, Output } from './context.ts'

/**
 * The process's own streams, and its end. Standard output is ours alone, so that what is piped on is what the command says, and JSON stays JSON:
 * what code of the project prints by `console.log` goes to stderr. `endedElsewhere`: called where such code ends the process; it returns the exit code.
 */
export function processIo(endedElsewhere: () => number): { io: CliIo; end(exitCode: number): Promise<void> } {
  const closed = new AbortController()
  const writeOut = process.stdout.write.bind(process.stdout)
  // By its name, not bound: a live view keeps what comes to stderr until it is out of the way.
  const writeError = ((...args: Parameters<typeof process.stderr.write>) => process.stderr.write(...args)) as typeof process.stderr.write
  process.stdout.write = writeError
  const stdout = outputOf(process.stdout, writeOut, () => closed.abort())
  let ended = false
  process.on('exit', () => {
    if (!ended) process.exitCode = endedElsewhere()
  })
  const io: CliIo = {
    runtime: systemRuntime(),
    stdout,
    stderr: outputOf(process.stderr, writeError, () => undefined),
    stdin: () => process.stdin as AsyncIterable<Uint8Array>,
    stdinIsTTY: () => process.getBuiltinModule('node:tty').isatty(0),
    closed: closed.signal,
    // Naming process.stdin makes a stream of it.
    ask: process.stdout.isTTY && process.stdin.isTTY ? (question) => ask(question, writeOut) : undefined,
    ownsProcess: true,
    exitNow: (exitCode) => {
      // A live view hides the cursor and the drain has its own title; and what is written to the stream is kept for later, so this goes past it.
      if (process.stdout.isTTY) giveBack(process.stdout.fd)
      ended = true
      process.exit(exitCode)
    },
  }
  return {
    io,
    // A timer or a socket that a plugin left open would keep the process for ever: it ends once everything is written.
    async end(exitCode) {
      process.exitCode = exitCode
      await Promise.all([writeOut, writeError].map((write) => new Promise<void>((resolve) => void write('', () => resolve()))))
      ended = true
      process.exit(exitCode)
    },
  }
}

function giveBack(descriptor: number): void {
  try {
    writeSync(descriptor, '\u001b[?25h\u001b[23;0t\n')
  } catch {
    // The terminal is gone.
  }
}

function outputOf(stream: NodeJS.WriteStream, write: (text: string) => boolean, onClosed: () => void): Output {
  let gone = false
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && error.code !== 'EIO' && error.code !== 'ERR_STREAM_DESTROYED') throw error
    gone = true
    onClosed()
  })
  return {
    write: (text) => {
      if (!gone) write(text)
    },
    isTTY: stream.isTTY === true,
    get columns() {
      return stream.isTTY ? stream.columns || 80 : Infinity
    },
  }
}

async function ask(question: string, write: (text: string) => boolean): Promise<string> {
  const { createInterface } = await import('node:readline/promises')
  const lines = createInterface({ input: process.stdin, output: Object.create(process.stdout, { write: { value: write } }) as NodeJS.WriteStream })
  try {
    return (await lines.question(question)).trim()
  } finally {
    lines.close()
  }
}
