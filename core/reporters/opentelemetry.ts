import type { Attributes, Context, Span } from '@opentelemetry/api'
import type { AutopackEvent } from '../model/events.ts'
import type { Reporter } from '../model/plugin.ts'
import { unpricedPart, type Usage } from '../model/usage.ts'
import type { PhaseFinished } from './outcome.ts'

export type OpenTelemetryApi = typeof import('@opentelemetry/api')

/** A span that is open, and the context in which its children begin. */
interface Open { span: Span; context: Context }
interface OpenPhase extends Open { stage?: Open; check?: Span; builder: string }

/** A provider of an SDK can be flushed; the API does not say so. */
type Flushable = { forceFlush?: () => Promise<void>; getDelegate?: () => Flushable }

/** How long an exporter is waited for at the end, in milliseconds. */
const flushMs = 5_000

/**
 * Spans and metrics of what a drain does, through whatever SDK is registered: a span for the drain, below it one for each attempt at a phase, its stages and
 * checks; counters for attempts, tokens and cost, and a histogram of how long attempts took.
 */
export function createOpenTelemetryReporter(api: OpenTelemetryApi, version: string): Reporter {
  const tracer = api.trace.getTracer('autopack', version)
  const meters = createMeters(api, version)
  const phases = new Map<string, OpenPhase>()
  let drain: Open | undefined
  const nameOf = (of: { run: string; phase: string }) => JSON.stringify([of.run, of.phase])
  const open = (name: string, at: string, parent: Context, attributes: Attributes): Open => {
    const span = tracer.startSpan(name, { startTime: new Date(at), attributes }, parent)
    return { span, context: api.trace.setSpan(parent, span) }
  }
  const closeStage = (phase: OpenPhase, at: string): void => {
    phase.check?.end(new Date(at))
    phase.stage?.span.end(new Date(at))
    delete phase.check
    delete phase.stage
  }

  return {
    name: 'opentelemetry',
    event(event) {
      const time = new Date(event.at)
      switch (event.type) {
        case 'drain-started':
          drain = open('autopack.drain', event.at, api.context.active(), { 'autopack.session': event.session, 'autopack.runs': event.runs.length, 'autopack.phases': event.phases })
          return
        case 'phase-started': {
          const attributes = { 'autopack.run': event.run, 'autopack.phase': event.phase, 'autopack.attempt': event.attempt, 'autopack.builder': event.builder }
          phases.set(nameOf(event), { ...open('autopack.phase', event.at, drain?.context ?? api.context.active(), attributes), builder: event.builder })
          return
        }
        case 'stage-started': {
          const phase = phases.get(nameOf(event))
          if (!phase) return
          // Within a stage, what begins is a check.
          if (phase.stage && isCheck(event)) {
            phase.check?.end(time)
            phase.check = tracer.startSpan('autopack.check', { startTime: time, attributes: { 'autopack.check': event.detail! } }, phase.stage.context)
          } else {
            closeStage(phase, event.at)
            phase.stage = open(`autopack.stage.${event.stage}`, event.at, phase.context, { 'autopack.stage': event.stage })
          }
          return
        }
        case 'stage-finished': {
          const phase = phases.get(nameOf(event))
          if (phase) closeStage(phase, event.at)
          return
        }
        case 'check-judged':
          phases.get(nameOf(event))?.span.addEvent('check', { 'autopack.check': event.delta.check, 'autopack.verdict': event.delta.verdict.type }, time)
          return
        case 'phase-finished': {
          const phase = phases.get(nameOf(event))
          meters.ended(event, phase?.builder ?? 'unknown')
          if (!phase) return
          closeStage(phase, event.at)
          finishPhase(api, phase.span, event)
          phases.delete(nameOf(event))
          return
        }
        case 'bucket-changed':
          drain?.span.addEvent('bucket', { 'autopack.fingerprint': event.fingerprint, 'autopack.class': event.class, 'autopack.bucket.state': event.state, 'autopack.bucket.radius': event.radius }, time)
          return
        case 'drain-finished': {
          const { stop, exitCode, goNoGo } = event.report
          drain?.span.setAttributes({ 'autopack.stop': stop.reason, 'autopack.exit_code': exitCode, 'autopack.go_no_go': goNoGo.verdict })
          if (exitCode === 4) drain?.span.setStatus({ code: api.SpanStatusCode.ERROR, message: stop.detail })
          drain?.span.end(time)
          drain = undefined
          return
        }
        case 'run-imported': case 'progress': case 'notice': case 'drain-previewed':
          return
      }
    },
    async close() {
      // What is still open was cut off.
      for (const phase of phases.values()) {
        phase.check?.end()
        phase.stage?.span.end()
        phase.span.end()
      }
      drain?.span.end()
      await flush(api)
    },
  }
}

/** Checks are told of by a detail; so is the builder, by the stage that it begins. */
function isCheck(event: Extract<AutopackEvent, { type: 'stage-started' }>): boolean {
  return event.detail !== undefined && (event.stage === 'baseline' || event.stage === 'checks' || event.stage === 'delta')
}

function finishPhase(api: OpenTelemetryApi, span: Span, event: PhaseFinished): void {
  const { classification } = event
  span.setAttributes({
    'autopack.outcome': event.outcome, ...usageAttributes(event.usage),
    ...(classification && { 'autopack.class': classification.class, 'autopack.fingerprint': classification.fingerprint, 'autopack.blame': classification.blame }),
    ...(event.commit !== undefined && { 'autopack.commit': event.commit }),
  })
  if (event.outcome === 'failed') span.setStatus({ code: api.SpanStatusCode.ERROR, message: classification?.title ?? event.reason ?? 'failed' })
  span.end(new Date(event.at))
}

function usageAttributes(usage: Usage): Attributes {
  if (usage === 'unknown') return { 'autopack.usage.known': false }
  const { inputTokens, outputTokens, cachedInputTokens, cost } = usage
  const unpriced = unpricedPart(usage)?.tokens
  return {
    'autopack.usage.known': true, 'autopack.tokens.input': inputTokens, 'autopack.tokens.output': outputTokens,
    ...(cachedInputTokens !== undefined && { 'autopack.tokens.cached': cachedInputTokens }), ...(cost !== undefined && { 'autopack.cost': cost }), ...(unpriced !== undefined && { 'autopack.tokens.unpriced': unpriced }),
  }
}

/** Labels are few on purpose: a name of a run or phase in each would make a series of each. */
function createMeters(api: OpenTelemetryApi, version: string) {
  const meter = api.metrics.getMeter('autopack', version)
  const attempts = meter.createCounter('autopack.attempts', { unit: '{attempt}', description: 'Attempts that ended, by outcome, class of failure and builder.' })
  const unknown = meter.createCounter('autopack.attempts.unknown_usage', { unit: '{attempt}', description: 'Those whose builder did not tell what it spent.' })
  const tokens = meter.createCounter('autopack.tokens', { unit: '{token}', description: 'Tokens that builders told of: input, of which cached, and output; and which of these have no price.' })
  const cost = meter.createCounter('autopack.cost', { unit: '{USD}', description: 'US dollars that builders told of.' })
  const duration = meter.createHistogram('autopack.attempt.duration', { unit: 's', description: 'From claim to end.' })
  return {
    ended({ outcome, classification, usage, durationMs }: PhaseFinished, builder: string): void {
      const labels = { outcome, builder, ...(classification && { class: classification.class }) }
      attempts.add(1, labels)
      duration.record(durationMs / 1_000, labels)
      if (usage === 'unknown') return unknown.add(1, labels)
      tokens.add(usage.inputTokens, { ...labels, type: 'input' })
      tokens.add(usage.outputTokens, { ...labels, type: 'output' })
      if (usage.cachedInputTokens !== undefined) tokens.add(usage.cachedInputTokens, { ...labels, type: 'cached' })
      const unpriced = unpricedPart(usage)
      if (unpriced) tokens.add(unpriced.tokens, { ...labels, type: 'unpriced' })
      if (usage.cost !== undefined) cost.add(usage.cost, labels)
    },
  }
}

/** The process ends right after: what an exporter has gathered would be lost. */
async function flush(api: OpenTelemetryApi): Promise<void> {
  const providers = [api.trace.getTracerProvider(), api.metrics.getMeterProvider()] as Flushable[]
  const flushed = providers.map(async (provider) => await (provider.getDelegate?.() ?? provider).forceFlush?.())
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => { timer = setTimeout(resolve, flushMs) })
  await Promise.race([Promise.allSettled(flushed), late])
  clearTimeout(timer)
}
