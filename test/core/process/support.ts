import { execFileSync } from 'node:child_process'
import { closeSync, constants, mkdtempSync, openSync, read, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const readBytes = promisify(read)

/** A temporary folder in which children tell by named pipes that they are ready: no test waits for a time to pass. */
export function childFolder() {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'autopack-process-')))
  const descriptors: number[] = []
  return {
    path,
    /** A named pipe; `lines(count)` resolves when that many lines were written to it. */
    fifo(name: string) {
      const file = join(path, name)
      execFileSync('mkfifo', [file])
      // Open for writing too, so that it does not end between two writers.
      const descriptor = openSync(file, constants.O_RDWR)
      descriptors.push(descriptor)
      return {
        async lines(count: number) {
          const byte = Buffer.alloc(1)
          // Byte by byte: a read that nobody will answer would hold a thread of the pool.
          for (let seen = 0; seen < count;) {
            await readBytes(descriptor, byte, 0, 1, null)
            if (byte[0] === 10) seen++
          }
        },
      }
    },
    remove() {
      for (const descriptor of descriptors) closeSync(descriptor)
      rmSync(path, { recursive: true, force: true })
    },
  }
}
