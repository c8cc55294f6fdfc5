import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { classOfException, meaningOf } from '../../../core/failure/meanings.ts'
import { harmless, isWrapper, transient } from '../../../core/failure/extractors/noise.ts'

const test = suite('meanings')

test('messages mean the same whichever tool prints them', () => {
  const expected: Readonly<Record<string, readonly string[]>> = {
    disk_full: ['write: No space left on device', 'ENOSPC: no space left on device, write'],
    oom: ['Cannot allocate memory', 'java.lang.OutOfMemoryError: Java heap space', 'CUDA out of memory'],
    rate_limit: ['HTTP 429', 'Too Many Requests', 'API Error: 429 rate limited'],
    auth: ['API Error: 401 x', '403 Forbidden', 'remote: Invalid credentials', 'Permission denied (publickey).'],
    network: ['connect ECONNREFUSED 127.0.0.1:1', 'Could not resolve host: x', 'dial tcp: lookup x: no such host'],
    timeout: ['operation timed out', 'context deadline exceeded', 'ETIMEDOUT'],
    permission_denied: ["EACCES: permission denied, open 'x'", 'Operation not permitted'],
    context_length: ["This model's maximum context length is 128000 tokens", 'prompt is too long: 250000 tokens'],
  }
  for (const [failureClass, messages] of Object.entries(expected)) for (const message of messages) assert.is(meaningOf(message), failureClass, message)
  for (const message of ['expected 404 to be 200', 'undefined is not a function', 'line 429', 'port 4010 is listed']) assert.is(meaningOf(message), undefined, message)
})

test('an exception by its name, then by its message, else a crash', () => {
  assert.is(classOfException('requests.exceptions.ConnectionError', 'x'), 'network')
  assert.is(classOfException('OSError', '[Errno 28] No space left on device'), 'disk_full')
  assert.is(classOfException('FileNotFoundError', "[Errno 2] No such file or directory: 'a'"), 'config_error')
  assert.is(classOfException('shop.errors.Declined', 'the card was declined'), 'crash')
  assert.is(classOfException('toString', 'x'), 'crash', 'a name of every object is no exception of the table')
})

test('alarming lines that say nothing', () => {
  for (const line of ['lint: 0 errors, 4 warnings', '  ok 7 - error handler returns 500 when the upstream fails (77ms)', 'npm warn deprecated inflight@1.0.6', '[WARN] cache failed', 'src/a.c:3:4: warning: x', '✓ fails well']) {
    assert.ok(harmless(line), line)
  }
  for (const line of ['Error: boom', '3 errors, 0 warnings', 'fatal: not a git repository', 'a.c:3:4: error: x']) assert.not.ok(harmless(line), line)
  for (const line of ['make: *** [Makefile:3: all] Error 2', 'Process completed with exit code 1.', '✖ 2 problems (2 errors, 0 warnings)', 'collect2: error: ld returned 1 exit status', '[run_1] command failed with exit code 1 after 0.2s (pid 1)', 'exit code 127']) {
    assert.ok(isWrapper(line), line)
  }
  for (const line of ["make: *** No rule to make target 'x'.  Stop.", 'Error: boom', "bash: x: command not found"]) assert.not.ok(isWrapper(line), line)
  assert.ok(transient('connection lost, retrying in 3s') && !transient('connection lost'))
})

test.run()
