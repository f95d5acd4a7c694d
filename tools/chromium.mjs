// Finds a Chromium for the browser tests and installs one where there is none.
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chromium } from '@playwright/test'

const SYSTEM_PATHS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** The executable's path. Throws where none can be had, with what was tried. */
export function findOrInstallChromium() {
  const found = find()
  if (found !== undefined) return found
  for (const [command, ...args] of installers()) {
    console.log(`No Chromium found; trying: ${[command, ...args].join(' ')}`)
    try {
      execFileSync(command, args, {
        stdio: 'inherit',
        env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      })
    } catch (error) {
      console.log(`  ${error.message}`)
    }
    const installed = find()
    if (installed !== undefined) return installed
  }
  throw new Error('No Chromium: set CHROMIUM_PATH to one, or install the package "chromium"')
}

function find() {
  const candidates = [process.env.CHROMIUM_PATH, chromium.executablePath(), ...SYSTEM_PATHS]
  return candidates.find((path) => path !== undefined && path !== '' && existsSync(path))
}

function installers() {
  const sudo = process.getuid?.() === 0 ? [] : ['sudo', '-n']
  const system = existsSync('/usr/bin/apt-get')
    ? [
        [...sudo, 'apt-get', 'update', '-q'],
        [...sudo, 'apt-get', 'install', '-q', '-y', '--no-install-recommends', 'chromium'],
      ]
    : []
  return [...system, ['npx', 'playwright', 'install', 'chromium']]
}
