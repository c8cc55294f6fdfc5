import type { Runtime } from '../model/runtime.ts'

export interface WebhookRequest {
  url: string
  headers: Readonly<Record<string, string>>
  body: string
  /** Of one try. */
  timeoutMs: number
  runtime: Pick<Runtime, 'sleep'>
}

/** Before the second try: a service that is being restarted is often back by then. */
const retryAfterMs = 2_000

/** Posts JSON; a try that fails is repeated once. Returns what went wrong, if it did; what is said never holds more of the address than its host. */
export async function postJson(request: WebhookRequest): Promise<string | undefined> {
  const first = await tryOnce(request)
  // What the other side refuses, it will refuse again.
  if (first === undefined || !first.again) return first?.problem
  await request.runtime.sleep(retryAfterMs)
  const second = await tryOnce(request)
  return second && `${second.problem}, twice`
}

async function tryOnce({ url, headers, body, timeoutMs, runtime }: WebhookRequest): Promise<{ problem: string; again: boolean } | undefined> {
  const tooLong = new AbortController()
  const over = new AbortController()
  void runtime.sleep(timeoutMs, over.signal).then(() => tooLong.abort())
  try {
    // A redirect would carry what is sent, and the headers, to somewhere else.
    const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body, redirect: 'manual', signal: tooLong.signal })
    await response.body?.cancel()
    if (response.ok) return undefined
    return { problem: `answered ${response.status}`, again: response.status >= 500 || response.status === 429 || response.status === 408 }
  } catch (error) {
    return { problem: tooLong.signal.aborted ? `did not answer within ${timeoutMs / 1_000}s` : `could not be reached: ${codeOf(error)}`, again: true }
  } finally {
    over.abort()
  }
}

/** `ECONNREFUSED` rather than a message that repeats the address. */
function codeOf(error: unknown): string {
  const { cause } = error as { cause?: { code?: unknown } }
  return typeof cause?.code === 'string' ? cause.code : 'the request failed'
}
