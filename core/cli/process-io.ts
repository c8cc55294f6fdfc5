import { writeSync } from 'node:fs'
import { systemRuntime } from '../runtime.ts'
import type { CliIo, Output } from './context.ts'

/** The process's own streams, and its end. */
export function processIo(): { io: CliIo; end(exitCode: number): Promise<void> } {
  const closed = new AbortController()
  const stdout = outputOf(process.stdout, () => closed.abort())
  const io: CliIo = {
    runtime: systemRuntime(),
    stdout,
    stderr: outputOf(process.stderr, () => undefined),
    stdin: () => process.stdin as AsyncIterable<Uint8Array>,
    stdinIsTTY: () => process.getBuiltinModule('node:tty').isatty(0),
    closed: closed.signal,
    // Naming process.stdin makes a stream of it.
    ask: process.stdout.isTTY && process.stdin.isTTY ? ask : undefined,
    ownsProcess: true,
    exitNow: (exitCode) => {
      // A live view hides the cursor and the drain has its own title; and what is written to the stream is kept for later, so this goes past it.
      if (process.stdout.isTTY) giveBack(process.stdout.fd)
      process.exit(exitCode)
    },
  }
  return {
    io,
    // A timer or a socket that a plugin left open would keep the process for ever: it ends once everything is written.
    async end(exitCode) {
      process.exitCode = exitCode
      await Promise.all([process.stdout, process.stderr].map((stream) => new Promise<void>((resolve) => void stream.write('', () => resolve()))))
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

function outputOf(stream: NodeJS.WriteStream, onClosed: () => void): Output {
  let gone = false
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && error.code !== 'EIO' && error.code !== 'ERR_STREAM_DESTROYED') throw error
    gone = true
    onClosed()
  })
  return {
    write: (text) => {
      if (!gone) stream.write(text)
    },
    isTTY: stream.isTTY === true,
    get columns() {
      return stream.isTTY ? stream.columns || 80 : Infinity
    },
  }
}

async function ask(question: string): Promise<string> {
  const { createInterface } = await import('node:readline/promises')
  const lines = createInterface({ input: process.stdin, output: process.stdout })
  try {
    return (await lines.question(question)).trim()
  } finally {
    lines.close()
  }
}
