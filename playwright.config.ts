import { defineConfig } from '@playwright/test'

const executablePath = process.env['CHROMIUM_PATH']
// Two checkouts on one machine need two ports.
const port = process.env['E2E_PORT'] ?? '4174'
const address = `http://localhost:${port}`

export default defineConfig({
  testDir: 'e2e',
  timeout: 240_000,
  expect: { timeout: 30_000 },
  workers: 1,
  retries: 0,
  reporter: [['list'], ['json', { outputFile: '.cache/browser.json' }]],
  use: {
    baseURL: address,
    viewport: { width: 1440, height: 900 },
    launchOptions: {
      ...(executablePath === undefined ? {} : { executablePath }),
      args: ['--no-sandbox', '--disable-background-networking', '--disable-component-update'],
    },
  },
  webServer: {
    command: `node tools/start.mjs --port ${port}`,
    url: address,
    timeout: 240_000,
    reuseExistingServer: false,
  },
})
