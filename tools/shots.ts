// Pictures of the page at the telling moment of each chapter of a lesson: npx tsx tools/shots.ts --help
import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { type Browser, chromium, type Locator, type Page } from '@playwright/test'
import { preview } from 'vite'
import type { CommandBlock, Lesson } from '#lessons/lesson.ts'
import { lessonsFromFolder } from '#serve/lesson-files.ts'

/** Where the world is to be stopped: at this step, after these commands, once the stage reads so. */
type Moment = {
  readonly name: string
  readonly step: string
  readonly run: readonly string[]
  /** By ordinal, what the slot's label says. */
  readonly slots?: Readonly<Record<number, RegExp>>
  /** What the stage says somewhere, where no slot tells it. */
  readonly stage?: RegExp
  /** The key of the speed: the second is real time. */
  readonly speed?: number
  readonly side?: string
  readonly view?: 'Nodes'
}

const GONE = /Not created|Empty/
const MOMENTS: readonly Moment[] = [
  { name: '01-creating', step: 'create', run: ['create'], slots: { 0: /ContainerCreating/ } },
  {
    name: '02-ordered',
    step: 'create',
    run: ['create'],
    slots: { 0: /Ready/, 1: /ContainerCreating/ },
  },
  {
    name: '03-pods',
    step: 'ordinal',
    run: ['stop-late-watch', 'get-labelled'],
    slots: { 1: /Ready/ },
  },
  {
    name: '04-network',
    step: 'delete-pods',
    run: ['watch-deletion', 'delete-pods'],
    slots: { 0: /Terminating/ },
    side: 'DNS',
  },
  {
    name: '04-network-back',
    step: 'delete-pods',
    run: ['watch-deletion', 'delete-pods'],
    slots: { 0: /Ready/, 1: /ContainerCreating/ },
  },
  {
    name: '05-storage',
    step: 'delete-again',
    run: ['watch-storage', 'delete-pods-again'],
    slots: { 0: /ContainerCreating/, 1: GONE },
    side: 'Storage',
  },
  {
    name: '06-scaling-up',
    step: 'scale-up',
    run: ['watch-scaling', 'scale-up'],
    slots: { 2: /Ready/, 3: /ContainerCreating/ },
    stage: /for 1\d\.\d s/,
  },
  {
    name: '06-scaling-down',
    step: 'scale-down',
    run: ['scale-down'],
    slots: { 4: /Terminating/ },
  },
  {
    name: '06-scaling-stays',
    step: 'claims-stay',
    run: ['stop-scaling-watch', 'get-all-claims'],
    slots: { 3: GONE, 4: GONE },
  },
  {
    name: '07-rolling',
    step: 'rolling',
    run: ['watch-rolling', 'roll'],
    slots: { 2: /Ready/, 1: /Terminating/ },
  },
  {
    name: '07-rolling-creating',
    step: 'rolling',
    run: ['watch-rolling', 'roll'],
    slots: { 2: /Ready/, 1: /ContainerCreating/ },
  },
  {
    name: '07-staging',
    step: 'staging',
    run: ['stop-rolling-watch', 'stage', 'stage-image', 'delete-staged'],
    slots: { 2: /ContainerCreating/ },
  },
  { name: '07-canary', step: 'canary', run: ['canary'], stage: /controller is done.*Partition 2/ },
  { name: '07-phases', step: 'phases', run: ['phase'], slots: { 1: /ContainerCreating/ } },
  {
    name: '07-on-delete',
    step: 'on-delete',
    run: ['set-on-delete', 'on-delete-image'],
    slots: { 0: /Ready/, 1: /Ready/, 2: /Ready/ },
    stage: /OnDelete/,
  },
  {
    name: '08-orphans',
    step: 'orphans',
    run: ['watch-deleting', 'delete-orphan', 'get-orphans'],
    stage: /no owner|No StatefulSet/,
  },
  {
    name: '08-adopted',
    step: 'adopt',
    run: ['create-again'],
    slots: { 2: /Terminating/ },
  },
  {
    name: '08-cascade',
    step: 'cascade',
    run: ['delete-set'],
    slots: { 0: /Terminating/ },
  },
  {
    name: '08-leftovers',
    step: 'leftovers',
    run: ['get-no-pods', 'delete-service'],
  },
  {
    name: '09-parallel',
    step: 'parallel',
    run: ['write-parallel', 'watch-parallel', 'create-parallel'],
    slots: { 0: /ContainerCreating/, 1: /ContainerCreating/ },
  },
  {
    name: '09-parallel-scale',
    step: 'scale-parallel',
    run: ['scale-parallel'],
    slots: { 2: /ContainerCreating/, 3: /ContainerCreating/ },
  },
  {
    name: '09-parallel-delete',
    step: 'delete-parallel',
    run: ['delete-parallel'],
    slots: { 0: /Terminating/ },
  },
  { name: '10-cleaning', step: 'clean-claims', run: [] },
  { name: '10-cleaned', step: 'clean-claims', run: ['delete-claims'] },
  { name: 'nodes', step: 'rolling', run: [], slots: { 2: /Ready/ }, view: 'Nodes' },
]

const SIZES = ['1280x800', '390x844']

const { values } = parseArgs({
  options: {
    lesson: { type: 'string', default: 'basics' },
    only: { type: 'string', default: '' },
    sizes: { type: 'string', default: SIZES.join() },
    themes: { type: 'string', default: 'light' },
    tab: { type: 'string', default: 'Stage' },
    out: { type: 'string', default: '.cache/shots' },
    dist: { type: 'string', default: 'dist' },
    port: { type: 'string', default: '4380' },
    help: { type: 'boolean', default: false },
  },
})

if (values.help) {
  console.log(`Options, with what they are by default:
  --only PART        moments whose name begins so
  --sizes ${SIZES.join()}   one picture each
  --themes light     or light,dark
  --tab Stage        the panel under 720 pixels
  --out .cache/shots
  --dist dist        the build to show
Moments: ${MOMENTS.map(({ name }) => name).join(' ')}`)
} else {
  await takeAll()
}

async function takeAll(): Promise<void> {
  const lesson = lessonsFromFolder().find(({ id }) => id === values.lesson)
  if (lesson === undefined) throw new RangeError(`no lesson ${values.lesson}`)
  mkdirSync(values.out, { recursive: true })
  const server = await preview({
    root: resolve(import.meta.dirname, '..'),
    logLevel: 'warn',
    build: { outDir: values.dist },
    preview: { port: Number(values.port), strictPort: true },
  })
  const executablePath = process.env['CHROMIUM_PATH']
  const browser = await chromium.launch({
    ...(executablePath === undefined ? {} : { executablePath }),
    args: ['--no-sandbox'],
  })
  try {
    for (const moment of MOMENTS) {
      if (values.only.split(',').some((part) => moment.name.startsWith(part))) {
        await take(browser, lesson, moment)
      }
    }
  } finally {
    await browser.close()
    await server.close()
  }
}

async function take(browser: Browser, lesson: Lesson, moment: Moment): Promise<void> {
  // The lesson is driven where its panel is in sight; other sizes come after the pause.
  const wide = values.sizes.split(',').find((size) => sizeOf(size).width >= 1180)
  const first = wide ?? '1280x800'
  const page = await browser.newPage({
    viewport: sizeOf(first),
    colorScheme: 'light',
    reducedMotion: 'reduce',
  })
  page.on('pageerror', (error) => console.log(`${moment.name}: ${error.message}`))
  await page.goto(`http://localhost:${values.port}`)
  const panel = page.getByRole('region', { name: 'Lesson' })
  await goTo(page, panel, lesson, moment.step)
  await key(page, String(moment.speed ?? 2))
  try {
    for (const id of moment.run) {
      if (id !== moment.run[0]) await page.waitForTimeout(300)
      await run(panel, commandOf(lesson, id))
    }
    await pauseWhen(page, moment)
  } catch (error) {
    // The picture shows what came instead.
    process.exitCode = 1
    console.log(`${moment.name}: ${String(error).split('\n')[0]}`)
  }
  if (moment.side !== undefined) await page.getByRole('tab', { name: moment.side }).click()
  if (moment.view !== undefined) await page.getByRole('button', { name: moment.view }).click()
  for (const size of values.sizes.split(',')) {
    const { width } = sizeOf(size)
    await page.setViewportSize(sizeOf(size))
    if (width < 720) {
      await page
        .getByRole('navigation', { name: 'Panels' })
        .getByRole('button', { name: values.tab })
        .click()
    }
    for (const colorScheme of values.themes.split(',') as ('light' | 'dark')[]) {
      await page.emulateMedia({ colorScheme })
      await page.waitForTimeout(400)
      const tab = width < 720 && values.tab !== 'Stage' ? `-${values.tab}` : ''
      await page.screenshot({
        path: join(values.out, `${moment.name}-${size}-${colorScheme}${tab}.png`),
      })
    }
  }
  console.log(moment.name)
  await page.close()
}

function sizeOf(size: string): { readonly width: number; readonly height: number } {
  const [width = 0, height = 0] = size.split('x').map(Number)
  return { width, height }
}

async function goTo(page: Page, panel: Locator, lesson: Lesson, step: string): Promise<void> {
  const chapter = lesson.chapters.find(({ steps }) => steps.some(({ id }) => id === step))
  const place = chapter?.steps.findIndex(({ id }) => id === step) ?? -1
  if (chapter === undefined || place < 0) throw new RangeError(`no step ${step}`)
  await panel.getByRole('button', { name: chapter.title, exact: true }).click()
  const first = panel.getByRole('heading', { level: 3 })
  await first.filter({ hasText: chapter.steps[0]?.title ?? '' }).waitFor()
  if (place > 0) {
    await panel.getByRole('button', { name: /^Step \d+ of/ }).click()
    await page.getByRole('menuitem', { name: chapter.steps[place]?.title ?? '' }).click()
    await first.filter({ hasText: chapter.steps[place]?.title ?? '' }).waitFor({ timeout: 60_000 })
  }
  await page.waitForTimeout(500)
}

function commandOf(lesson: Lesson, id: string): CommandBlock {
  const block = lesson.chapters
    .flatMap(({ steps }) => steps)
    .flatMap(({ blocks }) => blocks)
    .find((one): one is CommandBlock => one.type === 'command' && one.id === id)
  if (block === undefined) throw new RangeError(`no command ${id}`)
  return block
}

/** Runs a command by its button; one that stays open is not waited for. */
async function run(panel: Locator, block: CommandBlock): Promise<void> {
  const name = `Run: ${block.command.split('\n')[0]}`
  await panel.getByRole('button', { name, exact: true }).click()
  // A key is pressed, not run: nothing comes of it that could be waited for.
  if (block.command !== '^C')
    await panel
      .getByRole('button', { name: name.replace('Run:', 'Run again:') })
      .waitFor({ timeout: 15_000 })
}

/** Pauses in the page itself, in the frame in which it shows what is waited for. */
async function pauseWhen(page: Page, { slots = {}, stage }: Moment): Promise<void> {
  const wanted = {
    slots: Object.entries(slots).map(([ordinal, label]) => [ordinal, label.source] as const),
    stage: stage?.source,
  }
  if (wanted.slots.length === 0 && stage === undefined) await page.waitForTimeout(4000)
  await page.waitForFunction(
    (until) => {
      const place = document.querySelector('[aria-label=Stage]')
      const isThere =
        (until.stage === undefined || new RegExp(until.stage).test(place?.textContent ?? '')) &&
        until.slots.every(([ordinal, label]) =>
          new RegExp(label).test(
            place?.querySelector(`[aria-label^="Slot ${ordinal}:"]`)?.getAttribute('aria-label') ??
              '',
          ),
        )
      if (isThere) document.querySelector<HTMLElement>('[aria-label=Pause]')?.click()
      return isThere
    },
    wanted,
    { polling: 'raf', timeout: 60_000 },
  )
}

async function key(page: Page, pressed: string): Promise<void> {
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur())
  await page.keyboard.press(pressed)
}
