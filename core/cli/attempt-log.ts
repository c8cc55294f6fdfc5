import type { ResolvedConfig } from '../config/config.ts'
import { secretValues } from '../process/environment.ts'
import { createRedactor } from '../process/redact.ts'
import type { CliContext } from './context.ts'
import { followLog } from './follow-log.ts'
import type { FollowedLog } from './follow-log.ts'

/** Prints a log on stdout. What is still written is redacted only when its command has ended: so it is redacted here. */
export function attemptLog(context: CliContext, config: ResolvedConfig, file: string): FollowedLog {
  const redactor = createRedactor({ secrets: secretValues({ ...context.runtime.env, ...config.env.set }) })
  return followLog(file, { redactor, print: (text) => context.stdout.write(text), closed: context.closed })
}
