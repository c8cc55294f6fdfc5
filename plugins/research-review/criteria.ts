import { z } from 'zod'

const share = z.number({ error: 'expected a number from 0 to 1' }).min(0, { error: 'expected a number from 0 to 1' }).max(1, { error: 'expected a number from 0 to 1' })
const count = z.number({ error: 'expected a whole number from 0 on' }).int({ error: 'expected a whole number from 0 on' }).min(0, { error: 'expected a whole number from 0 on' })

export const reviewCriteriaSchema = z.strictObject({
  autoApproveConfidence: share.default(0.9),
  autoRejectConfidence: share.default(0.3),
  requireHumanReview: z.boolean().default(true),
  minFindingsRequired: count.default(1),
  minRecommendationsRequired: count.default(1),
})

/** When research is approved or rejected without a person. `new ReviewCriteria({ requireHumanReview: false })`: what is left out has its default. */
export class ReviewCriteria {
  /** From this confidence on (0 to 1) research with enough findings and recommendations is approved. */
  readonly autoApproveConfidence: number
  /** Up to this confidence it is rejected. */
  readonly autoRejectConfidence: number
  /** Nothing is decided by rules: every review waits for a person. */
  readonly requireHumanReview: boolean
  readonly minFindingsRequired: number
  readonly minRecommendationsRequired: number

  /** @throws TypeError for a value that cannot be one. */
  constructor(given: Partial<ReviewCriteria> = {}) {
    const checked = reviewCriteriaSchema.safeParse({ ...given })
    if (!checked.success) throw new TypeError(`these are no review criteria: ${z.prettifyError(checked.error)}`)
    this.autoApproveConfidence = checked.data.autoApproveConfidence
    this.autoRejectConfidence = checked.data.autoRejectConfidence
    this.requireHumanReview = checked.data.requireHumanReview
    this.minFindingsRequired = checked.data.minFindingsRequired
    this.minRecommendationsRequired = checked.data.minRecommendationsRequired
  }
}
