import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'

const [manifest, lock] = ['package.json', 'package-lock.json'].map((file) => JSON.parse(readFileSync(file, 'utf8')))
assert.equal(lock.version, manifest.version, 'package-lock.json names another version than package.json')
assert.equal(lock.packages[''].name, manifest.name)
