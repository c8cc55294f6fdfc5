import { statSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'

/** Why a program could not be started, and what to do about it: one line. */
export function spawnFailureMessage(failure: { program: string; cwd: string; code: string | undefined; message: string }): string {
  const { program, cwd, code } = failure
  const name = JSON.stringify(program)
  const folder = statSync(cwd, { throwIfNoEntry: false })
  if (folder === undefined) return `the working directory ${cwd} does not exist; create it, or correct the path`
  if (!folder.isDirectory()) return `the working directory ${cwd} is not a folder; correct the path`
  const file = program.includes('/') ? (isAbsolute(program) ? program : join(cwd, program)) : undefined
  switch (code) {
    case 'ENOENT':
      if (file === undefined) return `program not found: ${name}; install it, or add its folder to PATH`
      if (statSync(file, { throwIfNoEntry: false }) === undefined) return `program not found: ${name} (looked for ${file}); correct the path`
      return `${name} cannot be started: the interpreter in its first line was not found; install it, or correct that line`
    case 'EACCES':
    case 'EPERM':
      return `${name} is not executable; run chmod +x on it, or start it with its interpreter`
    case 'ENOEXEC':
      return `${name} is not a program for this machine; install the right build, or begin a script with a #! line`
    case 'E2BIG':
      return `the arguments of ${name} are too long for the system; pass them in a file`
    default:
      return `${name} cannot be started: ${failure.message.split('\n')[0]}; check the command and the limits of this machine`
  }
}
