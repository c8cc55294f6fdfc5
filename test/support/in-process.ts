import { createContext } from '../../core/cli/context.ts'
import { openProject } from '../../core/cli/open-project.ts'
import { systemRuntime } from '../../core/runtime.ts'
import type { TestProject } from './project.ts'

/** A test project opened in this process, as the command line opens it: for what needs a part of it replaced or watched. The caller closes it. */
export async function openInProcess(project: Pick<TestProject, 'dir' | 'env'>): ReturnType<typeof openProject> {
  const nowhere = { write: () => undefined, isTTY: false, columns: Infinity }
  const runtime = { ...systemRuntime(), env: project.env, cwd: project.dir }
  const io = {
    runtime, stdout: nowhere, stderr: nowhere, stdin: async function* () {}, stdinIsTTY: () => false,
    closed: new AbortController().signal, ask: undefined, exitNow: () => undefined,
  }
  const context = createContext(io, { cwd: project.dir, config: undefined, json: false, debug: false, color: false })
  return await openProject(context, { preview: false, log: () => undefined })
}
