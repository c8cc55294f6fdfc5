import type { AutopackEvent } from '../model/events.ts'
import type { Reporter } from '../model/plugin.ts'
import type { CliContext } from './context.ts'

type Terminal = Pick<CliContext, 'stdout' | 'runtime' | 'json'>

/** Not a terminal that cannot move its cursor, nor a CI that pretends to be one. */
const canDraw = ({ stdout, runtime: { env }, json }: Terminal): boolean => !json && stdout.isTTY && env['TERM'] !== 'dumb' && !env['CI']

/** Whether the title of the terminal may say how far a drain has come. */
export const wantsTitle = (terminal: Terminal): boolean => canDraw(terminal) && !terminal.runtime.env['NO_COLOR']

/** JSON lines if asked, a live view on a terminal, plain lines elsewhere. `ageOf`: how long ago an event was, in milliseconds; default: it is now. */
export async function chooseReporter(context: CliContext, ageOf?: (event: AutopackEvent) => number): Promise<Reporter> {
  const options = { print: context.print, style: context.style, columns: context.stdout.columns, cwd: context.cwd, program: context.program }
  if (context.json) return (await import('../reporters/json.ts')).createJsonReporter(context.print)
  if (!canDraw(context)) return (await import('../reporters/lines.ts')).createLinesReporter(options)
  return (await import('../reporters/live.ts')).createLiveReporter({ ...options, write: context.stdout.write, monotonic: context.runtime.monotonic, ...(ageOf && { ageOf }) })
}
