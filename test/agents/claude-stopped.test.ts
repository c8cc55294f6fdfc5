import { suite } from 'uvu'
import { claudeClient } from '../support/agents/claude-rig.ts'
import { scenarioTests } from '../support/agents/scenario-tests.ts'

const test = suite('claude')

scenarioTests(test, claudeClient, ['cut', 'stop', 'kill'])

test.run()
