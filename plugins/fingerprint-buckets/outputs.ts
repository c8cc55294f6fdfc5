import { z } from 'zod'

/** ISO 8601, UTC. */
const time = z.string()
const state = z.enum(['closed', 'suspended', 'open', 'half-open'])
const phase = z.strictObject({ run: z.string(), phase: z.string() })

const bucketSchema = z.strictObject({
  fingerprint: z.string(), class: z.string(), title: z.string(), blame: z.enum(['phase', 'check', 'run', 'builder', 'project', 'machine']), state,
  radius: z.string().nullable().meta({ description: 'What it parks, for a person; null where it parks nothing.' }),
  count: z.number().int().meta({ description: 'Attempts that failed with it.' }), share: z.number().meta({ description: 'Of all attempts that failed, from 0 to 1.' }),
  firstSeen: time, lastSeen: time, runs: z.array(z.string()),
  phases: z.array(z.strictObject({ run: z.string(), phase: z.string(), attempts: z.number().int(), member: z.boolean().meta({ description: 'Its latest attempt carries the fingerprint.' }) })),
  spent: z.strictObject({ tokens: z.number().nullable(), cost: z.number().nullable(), unknown: z.number().int().meta({ description: 'Attempts that reached a builder and did not tell.' }), unpriced: z.number().int().meta({ description: 'Attempts of which tokens have no price: it cost at least `cost`.' }) }),
  parked: z.number().int().meta({ description: 'Phases that wait for it now.' }), parkedSince: time.nullable(), parkedBy: z.strictObject({ by: z.string(), reason: z.string(), at: time }).nullable(),
  probe: phase.nullable().meta({ description: 'Is executed now to see whether the fault is still there.' }), nextProbeAt: time.nullable(), release: z.string().nullable(),
  trend: z.array(z.strictObject({ session: z.string(), failures: z.number().int() })).meta({ description: 'Oldest drain first.' }),
  next: z.string().meta({ description: 'What to type next.' }),
})

/** `autopack buckets --json`. */
const bucketsOutputSchema = z.strictObject({
  project: z.string(), on: z.boolean().meta({ description: 'Whether the latest drain had buckets.' }), failures: z.number().int(), buckets: z.array(bucketSchema),
  runs: z.array(z.strictObject({ run: z.string(), failures: z.number().int(), fingerprint: z.string().meta({ description: 'With which most of its attempts failed.' }), share: z.number() })),
})
export type BucketsOutput = z.infer<typeof bucketsOutputSchema>

/** `autopack buckets close|park --json`. */
const decisionOutputSchema = z.strictObject({ project: z.string(), fingerprint: z.string(), title: z.string(), state, by: z.string(), reason: z.string(), parked: z.number().int() })
export type BucketDecisionOutput = z.infer<typeof decisionOutputSchema>

/** By the name under which they are published. */
export const fingerprintBucketsSchemas = { buckets: bucketsOutputSchema, 'buckets-decision': decisionOutputSchema } as const
