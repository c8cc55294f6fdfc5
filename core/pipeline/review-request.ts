import { readFile } from 'node:fs/promises'
import { z } from 'zod'

/** That a plugin asked for a review. `data` is JSON. */
const reviewRequestSchema = z.object({ plugin: z.string(), reason: z.string(), data: z.unknown().optional() })
export type ReviewRequest = z.infer<typeof reviewRequestSchema>
const fileSchema = z.object({ requests: z.array(reviewRequestSchema) })

/** What stands in the `review.json` of an attempt; empty where there is none, as for work of an older version, and where somebody has broken it: the phase waits for its review all the same. */
export async function readReviewRequests(file: string): Promise<ReviewRequest[]> {
  try {
    return fileSchema.parse(JSON.parse(await readFile(file, 'utf8'))).requests
  } catch {
    return []
  }
}
