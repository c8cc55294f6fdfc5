import { existsSync, readFileSync, watch } from 'node:fs'
import path from 'node:path'
import { UserError } from '../errors.ts'
import type { CliContext } from './context.ts'
import { loadProject } from './project.ts'

/** Writers save in several steps: what comes within this time is one change. Milliseconds. */
const settleMs = 80

const relativeImport = /(?:\bfrom|\bimport)\s*\(?\s*['"](\.{1,2}\/[^'"\n]+)['"]/g
const mostModules = 100

/** The config and the files of its own that it imports, as far as their text tells: classifiers lie in files of their own. */
function modulesOf(config: string): string[] {
  const found = [config]
  for (let index = 0; index < found.length && found.length < mostModules; index++) {
    let text = ''
    try {
      text = readFileSync(found[index]!, 'utf8')
    } catch {
      // Named and not there yet: it is heard when it comes.
    }
    for (const [, specifier] of text.matchAll(relativeImport)) {
      const imported = path.resolve(path.dirname(found[index]!), specifier!)
      if (!found.includes(imported)) found.push(imported)
    }
  }
  return found
}

/**
 * Classifies the file again whenever it, the config or a file that the config imports changes, until Ctrl-C. Each time in a process of its own: a module that was
 * imported once stays as it was, and the classifier under work is one.
 */
export async function watchClassify(context: CliContext, file: string, options: Readonly<Record<string, unknown>>): Promise<number> {
  const config = await loadProject(context).then((project) => project.config.configPath, (error: unknown) => {
    if (error instanceof UserError) return error.where?.file === undefined ? undefined : path.resolve(context.cwd, error.where.file)
    throw error
  })
  const own = process.argv.slice(0, 2)
  const args = [
    ...own.slice(1), 'classify', path.resolve(context.cwd, file), '-C', context.cwd, ...(context.configFlag === undefined ? [] : ['--config', context.configFlag]), ...(context.json ? ['--json'] : []),
    ...(options['exitCode'] === undefined ? [] : ['--exit-code', String(options['exitCode'])]), ...(options['command'] === undefined ? [] : ['--command', String(options['command'])]),
  ]
  const { execa } = await import('execa')
  const once = async (): Promise<void> => {
    if (context.stdout.isTTY) context.stdout.write('\u001b[2J\u001b[H')
    await execa(own[0]!, [...process.execArgv, ...args], { stdin: 'ignore', stdout: 'inherit', stderr: 'inherit', reject: false, cleanup: false })
  }
  await once()
  const stopped = new AbortController()
  const stop = () => stopped.abort()
  process.once('SIGINT', stop).once('SIGTERM', stop)
  let pending: Promise<void> | undefined
  let again = false
  const changed = (): void => {
    again = true
    pending ??= (async () => {
      while (again && !stopped.signal.aborted) {
        await context.runtime.sleep(settleMs, stopped.signal)
        again = false
        if (stopped.signal.aborted) break
        // A change may have brought an import.
        hear()
        await once()
      }
      pending = undefined
    })()
  }
  // Folders are watched: editors replace a file by renaming another over it.
  const names = new Map<string, Set<string>>()
  const hear = () => {
    // A folder that goes away while it is watched is heard no more; the others are.
    for (const one of [path.resolve(context.cwd, file), ...(config === undefined ? [] : modulesOf(config))]) {
      const folder = path.dirname(one)
      const wanted = names.get(folder)
      if (wanted) wanted.add(path.basename(one))
      else if (existsSync(folder)) {
        names.set(folder, new Set([path.basename(one)]))
        watch(folder, { signal: stopped.signal }, (_event, name) => { if (name !== null && names.get(folder)!.has(name)) changed() }).on('error', () => undefined)
      }
    }
  }
  hear()
  // Only now: who changes the file after this line is heard.
  context.stderr.write(`watching ${file}${config === undefined ? '' : ` and ${path.basename(config)}`}; Ctrl-C ends it\n`)
  await new Promise<void>((resolve) => {
    stopped.signal.addEventListener('abort', () => resolve(), { once: true })
    context.closed.addEventListener('abort', stop, { once: true })
  })
  await pending
  return 0
}
