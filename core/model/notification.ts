import { z } from 'zod'
import { drainReportSchema } from './drain-report.ts'
import { blameSchema } from './failure.ts'

const common = {
  version: z.literal(1),
  project: z.string(),
  session: z.string(),
  at: z.string().meta({ description: 'ISO 8601, UTC.' }),
  text: z.string().meta({ description: 'One line for a person.' }),
}

/** What a command of `notify` finds in the file that AUTOPACK_NOTIFICATION_FILE names, and what a webhook is sent. */
export const notificationSchema = z.discriminatedUnion('event', [
  z.object({ ...common, event: z.literal('drain-finished'), report: drainReportSchema }),
  z.object({
    ...common,
    event: z.literal('bucket-opened'),
    bucket: z.object({ fingerprint: z.string(), class: z.string(), title: z.string(), blame: blameSchema, radius: z.string(), members: z.number().int() }),
  }),
])
export type Notification = z.infer<typeof notificationSchema>
