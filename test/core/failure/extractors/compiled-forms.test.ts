import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { causesOf } from '../../../../core/failure/index.ts'

/** Forms of versions and platforms that the fixtures do not have. */
const test = suite('compilers and build tools: other forms')

const forms: Readonly<Record<string, readonly [text: string, failureClass: string, title: string]>> = {
  'MSVC': ['src\\cart.c(3): error C2065: \'subtotal\': undeclared identifier', 'build_error', "src/cart.c: 'subtotal': undeclared identifier"],
  'MSVC linker': ['main.obj : error LNK2019: unresolved external symbol pay referenced in function main\napp.exe : fatal error LNK1120: 1 unresolved externals', 'build_error', 'Nothing defines pay'],
  'linker of Apple': ['Undefined symbols for architecture arm64:\n  "_pay", referenced from:\n      _main in main-1f2a3b.o\nld: symbol(s) not found for architecture arm64', 'build_error', 'Nothing defines _pay'],
  'library on Apple': ["ld: library 'acmepay' not found\nclang: error: linker command failed with exit code 1", 'missing_dependency', 'Library acmepay is missing'],
  'compiler without memory': ['g++: fatal error: Killed signal terminated program cc1plus\ncompilation terminated.\nmake: *** [Makefile:2: app] Error 1', 'oom', 'The compiler ran out of memory'],
  'rust before 1.73': ["thread 'main' panicked at 'index out of bounds: the len is 1 but the index is 5', src/main.rs:3:5\nnote: run with `RUST_BACKTRACE=1` environment variable to display a backtrace", 'crash', 'Rust panics in src/main.rs: index out of bounds: the len is 1 but the index is 5'],
  'rust test before 1.73': ["---- tests::total stdout ----\nthread 'tests::total' panicked at 'assertion failed: `(left == right)`\n  left: `3`,\n right: `4`', src/lib.rs:6:18\n\n\nfailures:\n    tests::total\n", 'test_failed', 'Test tests::total fails: assertion `left == right` failed left: 3 right: 4'],
  'unused import since Go 1.20': ['# shop\n./main.go:3:8: "os" imported and not used', 'build_error', 'main.go: os is imported and not used'],
  'unused variable since Go 1.20': ['# shop\n./main.go:4:2: declared and not used: total', 'build_error', 'main.go: total is declared and not used'],
  'package since Go 1.21': ['main.go:3:8: package strngs is not in std (/usr/local/go/src/strngs)', 'missing_dependency', 'Go package strngs is missing'],
  'golangci-lint': ['cart/cart.go:5:2: Error return value of `f.Close` is not checked (errcheck)\n\tf.Close()\n\t       ^', 'lint_error', 'cart/cart.go: Error return value of `f.Close` is not checked (errcheck)'],
  'time limit since Go 1.20': ['panic: test timed out after 1m0s\nrunning tests:\n\tTestPoll (1m0s)\n\ngoroutine 7 [running]:\nFAIL\tshop\t60.0s', 'timeout', 'Test TestPoll times out'],
  'gotestsum': ['=== FAIL: shop TestName (0.00s)\n    cart_test.go:36: Name() = "a", want "b"\n\nDONE 1 tests, 1 failure in 0.3s', 'test_failed', 'Test TestName fails: Name() = "a", want "b"'],
  'surefire before 3': ['[ERROR] total(shop.CartTest)  Time elapsed: 0.003 s  <<< FAILURE!\njava.lang.AssertionError: expected:<4> but was:<3>\n\tat org.junit.Assert.fail(Assert.java:89)\n\tat shop.CartTest.total(CartTest.java:8)\n', 'test_failed', 'Test shop.CartTest.total fails: expected:<4> but was:<3>'],
  'tests of Gradle': ['> Task :test FAILED\n\nCartTest > total() FAILED\n    org.opentest4j.AssertionFailedError at CartTest.java:8\n\n2 tests completed, 1 failed\n\nFAILURE: Build failed with an exception.\n\n* What went wrong:\nExecution failed for task \':test\'.\n> There were failing tests. See the report at: file:///x/index.html\n', 'test_failed', 'Test CartTest.total fails: AssertionFailedError'],
  'Kotlin': ['e: file:///home/ci/work/shop/src/Cart.kt:3:5 Unresolved reference: total\n\nFAILURE: Build failed with an exception.\n\n* What went wrong:\nExecution failed for task \':compileKotlin\'.\n> Compilation error. See log for more details\n', 'build_error', 'src/Cart.kt: Unresolved reference: total'],
  'download of Maven': ['[ERROR] Failed to execute goal on project shop: Could not resolve dependencies for project shop:shop:jar:1.0: Could not transfer artifact com.acme:pay:jar:1.2 from/to central (https://repo.example/maven2): Connect to repo.example:443 failed: Connection refused -> [Help 1]', 'network', ''],
  'libc++': ['libc++abi: terminating due to uncaught exception of type std::runtime_error: cart is empty', 'crash', 'Uncaught std::runtime_error: cart is empty'],
  'assertion of musl': ['Assertion failed: total > 4 (src/a.c: main: 2)', 'crash', 'Assertion fails in src/a.c: total > 4'],
  'loader of Apple': ['dyld[123]: Library not loaded: @rpath/libacmepay.dylib\n  Referenced from: /x/app', 'missing_dependency', 'Shared library libacmepay.dylib is missing'],
}

for (const [name, [text, failureClass, title]] of Object.entries(forms)) {
  test(name, () => {
    const [root] = causesOf(text)
    assert.is(root?.class, failureClass, root?.title)
    if (title !== '') assert.is(root?.title, title)
  })
}

test('a message of Go is one cause in the words of each version', () => {
  const templates = ['./main.go:3:8: imported and not used: "os"', './main.go:9:8: "os" imported and not used'].map((text) => causesOf(text)[0]?.template)
  assert.is(templates[0], templates[1])
})

test.run()
