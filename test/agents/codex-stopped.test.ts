import { suite } from 'uvu'
import { codexClient } from '../support/agents/codex-rig.ts'
import { scenarioTests } from '../support/agents/scenario-tests.ts'

const test = suite('codex')

scenarioTests(test, codexClient, ['cut', 'stop', 'kill'])

test.run()
