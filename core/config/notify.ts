import { z } from 'zod'
import { commandSchema } from '../model/command.ts'
import { notifiedEvents } from '../model/drain.ts'
import { durationSchema } from '../model/duration-schema.ts'

const isWebUrl = (text: string): boolean => /^https?:$/.test(URL.parse(text)?.protocol ?? '')

/** Whom to tell: a command, or a webhook. */
export const notifyTargetSchema = z
  .strictObject({
    command: commandSchema.optional().meta({ description: 'Run in the folder of the config; AUTOPACK_NOTIFICATION_FILE names a file with the notification as JSON.' }),
    webhook: z.string().refine(isWebUrl, { error: 'expected a URL that begins with https:// or http://' }).optional().meta({ description: 'Gets the notification as JSON by POST; tried twice.' }),
    headers: z.record(z.string().min(1), z.string()).optional().meta({ description: 'Sent to the webhook.' }),
    on: z.array(z.enum(notifiedEvents)).min(1).optional().meta({ description: 'Of what to tell: the end of a drain that did something, a systemic bucket that opens.', default: [...notifiedEvents] }),
    timeout: durationSchema.optional().meta({ description: 'Limit of one try. Default 30s.' }),
  })
  .refine((target) => (target.command === undefined) !== (target.webhook === undefined), { error: 'expected either a command or a webhook, as in { command: ["notify-send", "Autopack"] }' })
  .refine((target) => target.headers === undefined || target.webhook !== undefined, { error: 'headers are for a webhook' })
export type NotifyTarget = z.output<typeof notifyTargetSchema>
