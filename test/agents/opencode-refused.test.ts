import { suite } from 'uvu'
import { opencodeClient } from '../support/agents/opencode-rig.ts'
import { scenarioTests } from '../support/agents/scenario-tests.ts'

const test = suite('opencode')

scenarioTests(test, opencodeClient, ['limit', 'overload', 'retry', 'key', 'credit', 'model', 'context'])

test.run()
