/** Tells at the end of a drain what changed in the main checkout meanwhile: nobody else notices a builder that wrote outside of its worktree. */
import path from 'node:path'
import { shellQuote } from '../model/command-text.ts'
import type { Engine } from '../pipeline/engine.ts'
import { checkoutChanges, matchesScope, readCheckout } from '../workspace/index.ts'

const mostNamed = 5

/**
 * Looks now, and again when the function that it returns is called. What decides how phases are judged (the config, plans, `protect`) is a warning:
 * the next run reads it. The rest is told as it may as well be: people work in their checkout while runs go on.
 */
export async function watchMainCheckout(engine: Engine): Promise<() => Promise<void>> {
  const { repository, config, emit } = engine
  const fromRepository = (file: string): string => path.relative(repository.root, file).split(path.sep).join('/')
  const configFile = fromRepository(config.configPath)
  const also = configFile.startsWith('..') ? [] : [configFile]
  const plans = config.plans.map((glob) => path.posix.join(fromRepository(config.configDir), glob))
  // DATABASE_URL may put our own store there.
  const store = ['', '-wal', '-shm', '-journal'].map((ending) => fromRepository(engine.store.identity.location + ending))
  const read = () => readCheckout(repository, also).catch((error: Error) => {
    emit({ type: 'notice', level: 'warning', message: `what changes in the main checkout cannot be told: ${error.message}` })
  })
  const before = await read()
  return async () => {
    const after = before && (await read())
    if (!after) return
    const changed = checkoutChanges(before, after).filter((file) => !store.includes(file))
    const deciding = changed.filter((file) => matchesScope(file, [...engine.protect, ...plans]))
    const others = changed.filter((file) => !deciding.includes(file))
    const whose = 'by you, or by a builder that wrote outside of its worktree'
    if (deciding.length > 0) {
      emit({ type: 'notice', level: 'warning', message: `changed in the main checkout while this ran, ${whose}: ${name(deciding)}; the next run is judged by what stands there now: look first, git -C ${shellQuote(repository.root)} diff -- ${deciding.slice(0, mostNamed).map(shellQuote).join(' ')}` })
    }
    if (others.length > 0) emit({ type: 'notice', level: 'info', message: `${others.length} ${others.length === 1 ? 'file' : 'files'} of the main checkout changed while this ran, ${whose}: ${name(others)}` })
  }
}

const name = (files: readonly string[]): string => `${files.slice(0, mostNamed).join(', ')}${files.length > mostNamed ? ` and ${files.length - mostNamed} more` : ''}`
