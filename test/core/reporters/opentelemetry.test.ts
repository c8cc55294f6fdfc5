import * as api from '@opentelemetry/api'
import { AggregationTemporality, InMemoryMetricExporter, MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics'
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider, type ReadableSpan } from '@opentelemetry/sdk-trace'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTelemetryReporter } from '../../../core/cli/open-telemetry.ts'
import { projectFiles, runInside } from '../../support/cli.ts'
import { makeProject } from '../../support/project.ts'

const test = suite('opentelemetry')

test('where no SDK is registered there is no reporter', async () => {
  assert.is(await openTelemetryReporter('/'), undefined)
})

test('a run is a span with its phases, their stages and checks below it; attempts, tokens and cost are counted', async () => {
  const spans = new InMemorySpanExporter()
  const metrics = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const meterProvider = new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter: metrics, exportIntervalMillis: 600_000, exportTimeoutMillis: 10_000 })] })
  api.trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter: spans })] }))
  api.metrics.setGlobalMeterProvider(meterProvider)
  try {
    const builder = 'echo \'{"usage":{"input_tokens":1200,"output_tokens":300,"cached_input_tokens":100,"cost":0.5}}\' > "$AUTOPACK_USAGE_FILE"; echo x > "$AUTOPACK_PHASE.txt"'
    const plan = 'id: demo\nphases: [{ id: good, goal: G }, { id: bad, goal: B, checks: [{ name: never, run: ["false"] }] }]\n'
    await using project = await makeProject({ files: projectFiles({ builder, plan, config: "drain: { maxAttemptsPerPhase: 1 }, checks: [{ name: 'fine', run: ['true'] }]" }) })
    assert.is((await runInside(project, ['run'])).exitCode, 1)

    const ended = spans.getFinishedSpans()
    const named = (name: string) => ended.filter((span) => span.name === name)
    const [drain] = named('autopack.drain')
    assert.equal([named('autopack.drain').length, drain?.attributes['autopack.stop'], drain?.attributes['autopack.exit_code'], drain?.parentSpanContext], [1, 'drained', 1, undefined])
    const below = (span: ReadableSpan) => ended.filter((one) => one.parentSpanContext?.spanId === span.spanContext().spanId)
    const [good, bad] = below(drain!)
    assert.equal([good, bad].map((span) => [span?.name, span?.attributes['autopack.phase'], span?.attributes['autopack.outcome'], span?.attributes['autopack.tokens.input'], span?.status.code]), [
      ['autopack.phase', 'good', 'complete', 1200, api.SpanStatusCode.UNSET], ['autopack.phase', 'bad', 'failed', 1200, api.SpanStatusCode.ERROR],
    ])
    assert.is(bad!.attributes['autopack.class'], 'unknown', 'a command that prints nothing')
    assert.equal(below(good!).map((span) => span.name), ['workspace', 'scope', 'before-phase', 'baseline', 'stubs', 'build', 'guard', 'deliverables', 'checks', 'commit'].map((stage) => `autopack.stage.${stage}`))
    const checks = below(bad!).find((span) => span.name === 'autopack.stage.checks')!
    assert.equal(below(checks).map((span) => [span.name, span.attributes['autopack.check']]).slice(0, 2), [['autopack.check', 'fine'], ['autopack.check', 'never']])
    for (const span of ended) assert.ok(span.ended && span.duration[0] < 600, span.name)

    await meterProvider.forceFlush()
    const points = new Map(metrics.getMetrics().at(-1)!.scopeMetrics[0]!.metrics.map((metric) => [metric.descriptor.name, metric.dataPoints]))
    const sum = (name: string, filter: (attributes: api.Attributes) => boolean = () => true) =>
      (points.get(name) ?? []).filter((point) => filter(point.attributes)).reduce((total, point) => total + (point.value as number), 0)
    assert.equal([sum('autopack.attempts'), sum('autopack.attempts', ({ outcome }) => outcome === 'failed'), sum('autopack.tokens', ({ type }) => type === 'input'), sum('autopack.cost')], [2, 1, 2_400, 1])
    assert.equal(points.get('autopack.attempt.duration')?.length, 2)
    assert.is(points.get('autopack.attempts.unknown_usage'), undefined)
  } finally {
    await meterProvider.shutdown()
    api.trace.disable()
    api.metrics.disable()
  }
})

test.run()
