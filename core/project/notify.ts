import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import type { NotifyTarget } from '../config/notify.ts'
import { writeJson } from '../layout/atomic.ts'
import { argvOf } from '../model/command-text.ts'
import { notifiedEvents } from '../model/drain.ts'
import type { DrainReport } from '../model/drain-report.ts'
import { parseDuration } from '../model/duration.ts'
import type { EventBody } from '../model/events.ts'
import type { Notification } from '../model/notification.ts'
import type { Engine } from '../pipeline/engine.ts'
import { formatUsage, plural } from '../reporters/format.ts'
import { postJson } from './webhook.ts'

const defaultTimeoutMs = 30_000

export interface Notifier {
  /** Tells whoever asked to be told of such an event; nothing is waited for. */
  event(event: EventBody): void
  /** Waits until everybody has been told, or their time is over. */
  flush(): Promise<void>
}

/** Tells the targets of the config's `notify`, one after the other. What goes wrong with it is a notice. */
export function createNotifier(engine: Pick<Engine, 'config' | 'layout' | 'runtime' | 'exec' | 'emit' | 'environment' | 'redactAll'>, session: string): Notifier {
  const { config, runtime, emit } = engine
  let telling = Promise.resolve()
  const tell = async (notification: Notification): Promise<void> => {
    for (const target of config.notify) {
      if (!(target.on ?? notifiedEvents).includes(notification.event)) continue
      const problem = await tellOne(engine, session, target, notification).catch((error: Error) => error.message)
      if (problem !== undefined) emit({ type: 'notice', level: 'warning', message: `notify: ${nameOf(target)} was not told of ${notification.event}: ${problem}` })
    }
  }
  return {
    event(event) {
      const body = config.notify.length === 0 ? undefined : bodyOf(event, config.project)
      if (!body) return
      const notification = engine.redactAll({ version: 1, project: config.project, session, at: new Date(runtime.now()).toISOString(), ...body }) as Notification
      telling = telling.then(() => tell(notification))
    },
    flush: () => telling,
  }
}

type Body = Notification extends infer One ? (One extends Notification ? Omit<One, 'version' | 'project' | 'session' | 'at'> : never) : never

/** Undefined for what nobody needs to be told of: every other event, and a drain that found nothing to do. */
function bodyOf(event: EventBody, project: string): Body | undefined {
  if (event.type === 'drain-finished') {
    const { report } = event
    if (report.phases.length === 0 && report.stop.reason === 'drained') return undefined
    return { event: 'drain-finished', text: textOf(report), report }
  }
  if (event.type !== 'bucket-changed' || event.state !== 'open' || !event.systemic) return undefined
  const { fingerprint, class: failure, title, blame, radius, members } = event
  return {
    event: 'bucket-opened', text: `${project}: ${title} (${failure}, ${fingerprint}) in ${plural(members, 'phase')}: ${radius} is parked until a probe comes through`,
    bucket: { fingerprint, class: failure, title, blame, radius, members },
  }
}

function textOf(report: DrainReport): string {
  const counts = Object.entries(report.counts).filter(([name, count]) => count > 0 || name === 'complete').map(([name, count]) => `${count} ${name}`)
  return `${report.project}: ${counts.join(', ')}; ${formatUsage(report.usage)}; stopped: ${report.stop.reason}${report.stop.detail === '' ? '' : ` (${report.stop.detail})`}`
}

/** Returns what went wrong, if anything did. */
async function tellOne({ config, layout, runtime, exec, environment }: Parameters<typeof createNotifier>[0], session: string, target: NotifyTarget, notification: Notification): Promise<string | undefined> {
  const timeoutMs = (target.timeout === undefined ? undefined : parseDuration(target.timeout)) ?? defaultTimeoutMs
  if (target.webhook !== undefined) return await postJson({ url: target.webhook, headers: target.headers ?? {}, body: JSON.stringify(notification), timeoutMs, runtime })
  const file = layout.drainNotification(session)
  await mkdir(path.dirname(file), { recursive: true })
  await writeJson(file, notification)
  const env = { ...environment().env, AUTOPACK_NOTIFICATION_FILE: file, AUTOPACK_EVENT: notification.event, AUTOPACK_SESSION: session }
  const result = await exec({ command: target.command!, cwd: config.configDir, env, logPath: layout.drainNotifyLog(session), timeoutMs })
  switch (result.ended) {
    case 'exit': return result.exitCode === 0 ? undefined : `it ended with ${result.exitCode === null ? result.signal : `exit code ${result.exitCode}`}; see ${result.logPath}`
    case 'spawn-failed': return result.message ?? 'it could not be started'
    default: return `it did not end within ${timeoutMs / 1_000}s; see ${result.logPath}`
  }
}

/** The address of a webhook is often its secret: the host is enough to know it by. */
function nameOf(target: NotifyTarget): string {
  return target.webhook === undefined ? argvOf(target.command!)[0]! : `the webhook at ${new URL(target.webhook).host}`
}
