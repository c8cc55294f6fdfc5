/** One finding or recommendation. */
export type ResearchItem = string | { title: string; detail?: string | undefined; sources?: string[] | undefined; confidence?: number | undefined }

/** What is reviewed: a findings file, or anything else that has as much. */
export interface Research {
  summary?: string | undefined
  /** From 0 to 1. */
  confidence: number
  findings: readonly ResearchItem[]
  recommendations: readonly ResearchItem[]
  questions?: readonly string[] | undefined
}

/** The sentence of a finding or recommendation. */
export const titleOf = (one: ResearchItem): string => (typeof one === 'string' ? one : one.title)

/** Several findings files as one: no surer than the least sure of them. */
export function mergeResearch(all: readonly Research[]): Research {
  const summaries = all.flatMap((one) => one.summary ?? [])
  const questions = all.flatMap((one) => one.questions ?? [])
  return {
    ...(summaries.length > 0 && { summary: summaries.join('\n\n') }),
    confidence: Math.min(...all.map((one) => one.confidence)),
    findings: all.flatMap((one) => one.findings),
    recommendations: all.flatMap((one) => one.recommendations),
    ...(questions.length > 0 && { questions }),
  }
}
