import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { strictSchema } from '../../../core/builders/strict-schema.ts'
import { planJsonSchema } from '../../../core/config/json-schema.ts'
import { planSchema } from '../../../core/model/plan.ts'
import { draftText } from '../../../core/project/draft/text.ts'
import { yaml } from '../../../core/config/yaml.ts'
import { generator } from '../store/support.ts'

const test = suite('strict schema')

type Schema = { type?: string | string[]; properties?: Record<string, Schema>; required?: string[]; items?: Schema; anyOf?: Schema[]; enum?: unknown[]; additionalProperties?: unknown }

const plan = strictSchema(planJsonSchema()) as Schema

test('that of a plan keeps to what is allowed: every property is required, no other one may stand there, and nothing else is said', () => {
  const allowed = new Set(['type', 'description', 'enum', 'const', 'properties', 'required', 'additionalProperties', 'items', 'anyOf'])
  const look = (schema: Schema, depth: number): void => {
    for (const key of Object.keys(schema)) assert.ok(allowed.has(key), key)
    assert.ok(depth <= 10)
    if (schema.properties) {
      assert.is(schema.type, 'object')
      assert.equal(schema.required, Object.keys(schema.properties))
      assert.is(schema.additionalProperties, false)
      for (const one of Object.values(schema.properties)) look(one, depth + 1)
    }
    if (schema.items) look(schema.items, depth)
    for (const one of schema.anyOf ?? []) look(one, depth)
    assert.ok(schema.properties || schema.items || schema.anyOf || (schema.type !== 'object' && schema.type !== 'array'), JSON.stringify(schema))
  }
  look(plan, 1)
  assert.is(plan.type, 'object')
  const phase = plan.properties!['phases']!.items!
  assert.equal([phase.properties!['goal']!.type, phase.properties!['timeout']!.type, phase.properties!['kind']!.enum], ['string', ['string', 'number', 'null'], ['build', 'research', null]])
  const check = phase.properties!['checks']!.anyOf![0]!.items!
  assert.is(check.properties!['env'], undefined, 'keys of any name cannot be said')
})

test('whatever satisfies it is a plan once its nulls are out', () => {
  for (let seed = 1; seed <= 100; seed++) {
    const random = generator(seed)
    let names = 0
    const make = (schema: Schema, name: string): unknown => {
      if (schema.anyOf) return make(schema.anyOf[Math.floor(random() * schema.anyOf.length)]!, name)
      if (schema.enum) return schema.enum[Math.floor(random() * schema.enum.length)]
      if (schema.properties) return Object.fromEntries(Object.entries(schema.properties).map(([key, one]) => [key, make(one, key)]))
      if (schema.items) return Array.from({ length: name === 'needs' || name === 'repairs' ? 0 : 1 + Math.floor(random() * 2) }, () => make(schema.items!, name))
      const types = [schema.type!].flat()
      switch (types[Math.floor(random() * types.length)]) {
        case 'null': return null
        case 'boolean': return random() < 0.5
        case 'number': return 60
        default: return name === 'timeout' ? '5m' : `a${names++}`
      }
    }
    const value = make({ ...plan, properties: Object.fromEntries(Object.entries(plan.properties!).filter(([key]) => key !== '$schema')) }, 'plan')
    const draft = draftText('/nowhere', JSON.stringify(value))
    assert.is(draft.type, 'draft', `seed ${seed}`)
    const found = planSchema.safeParse(yaml().parse(draft.type === 'draft' ? draft.text : ''))
    assert.ok(found.success, `seed ${seed}: ${found.error?.message} ${JSON.stringify(value)}`)
  }
})

test.run()
