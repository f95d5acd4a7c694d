// The whole examination: `check`, then the browser tests.
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { check } from './check.mjs'
import { findOrInstallChromium } from './chromium.mjs'
import { bin, root, run } from './lib/run.mjs'

const browserReport = join(root, '.cache/browser.json')
mkdirSync(join(root, '.cache'), { recursive: true })

const { failed, tests } = await check()
const browser = await browserTests()
const passed = tests.passed + browser.passed
const failures =
  tests.failed + browser.failed + failed.filter((name) => !name.startsWith('unit')).length
if (failed.length > 0) console.log(`Failed: ${failed.join(', ')}`)
console.log(`Unit: ${tests.passed} passed. Browser: ${browser.passed} passed.`)
console.log(`${passed} passed, ${failures} failed, ${tests.skipped + browser.skipped} skipped`)
process.exit(
  failures === 0 && failed.length === 0 && tests.passed > 0 && browser.passed > 0 ? 0 : 1,
)

async function browserTests() {
  console.log('\n== browser tests')
  const { code } = await run(bin('playwright'), ['test'], {
    env: {
      CHROMIUM_PATH: findOrInstallChromium(),
      PLAYWRIGHT_JSON_OUTPUT_FILE: browserReport,
    },
  })
  const { stats } = JSON.parse(readFileSync(browserReport, 'utf8'))
  return {
    passed: stats.expected,
    failed: stats.unexpected + stats.flaky + (code !== 0 && stats.unexpected === 0 ? 1 : 0),
    skipped: stats.skipped,
  }
}
