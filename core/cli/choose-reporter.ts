import type { AutopackEvent } from '../model/events.ts'
import type { Reporter } from '../model/plugin.ts'
import type { CliContext } from './context.ts'

/** JSON lines if asked, a live view on a terminal, plain lines elsewhere. `ageOf`: how long ago an event was, in milliseconds; default: it is now. */
export async function chooseReporter(context: CliContext, ageOf?: (event: AutopackEvent) => number): Promise<Reporter> {
  const options = { print: context.print, style: context.style, columns: context.stdout.columns, cwd: context.cwd, program: context.program }
  if (context.json) return (await import('../reporters/json.ts')).createJsonReporter(context.print)
  // A terminal that cannot move its cursor, or a CI that pretends to be one.
  const canDraw = context.stdout.isTTY && context.runtime.env['TERM'] !== 'dumb' && !context.runtime.env['CI']
  if (!canDraw) return (await import('../reporters/lines.ts')).createLinesReporter(options)
  return (await import('../reporters/live.ts')).createLiveReporter({ ...options, monotonic: context.runtime.monotonic, ...(ageOf && { ageOf }) })
}
