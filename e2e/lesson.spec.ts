import { expect, type Locator, type Page, test } from '@playwright/test'
import { type CommandBlock, lessonIn, type Step } from '../src/lessons/lesson.ts'
import { stepsOf } from '../src/lessons/parse-lesson.ts'
import { lessonsFromFolder } from '../src/serve/lesson-files.ts'
import { Laboratory } from './laboratory.ts'

const lesson = basics()

function basics(): ReturnType<typeof lessonIn> {
  const found = lessonsFromFolder().find(({ id }) => id === 'basics')
  if (found === undefined) throw new Error('the lesson basics is not there')
  return lessonIn(found, '1.36')
}

/** The lesson's panel, and how a learner goes through it. */
class Learner {
  readonly lab: Laboratory
  readonly panel: Locator

  constructor(page: Page) {
    this.lab = new Laboratory(page)
    this.panel = page.getByRole('region', { name: 'Lesson' })
  }

  async take(step: Step, how: 'click' | 'type'): Promise<void> {
    await expect(this.panel.getByRole('heading', { name: step.title, exact: true })).toBeVisible()
    for (const block of step.blocks) {
      if (block.type === 'command') await this.#run(block, how)
      if (block.type === 'checks') {
        for (const { text } of block.checks) {
          const row = this.panel.getByRole('listitem').filter({ hasText: text }).first()
          await expect(row).toHaveAttribute('data-state', 'passed', { timeout: 60_000 })
        }
      }
    }
  }

  async goOn(): Promise<void> {
    await this.goOnFrom('Next step')
  }

  async goOnFrom(name: 'Next step' | 'Skip step'): Promise<void> {
    await this.panel.getByRole('button', { name, exact: true }).click()
  }

  async #run(block: CommandBlock, how: 'click' | 'type'): Promise<void> {
    const { terminal, command } = block
    const [first = ''] = command.split('\n')
    const name = (word: string): string => `${word}: ${first}`
    if (how === 'click') {
      await this.panel.getByRole('button', { name: name('Run'), exact: true }).click()
    } else if (command === '^C') {
      await this.lab.interrupt(terminal)
    } else if (first !== command) {
      // What is pasted waits for the Enter, as in any shell of today.
      await this.lab.paste(terminal, command)
      await this.lab.run(terminal, '')
    } else {
      await this.lab.run(terminal, command)
    }
    if (command === '^C') {
      await expect.poll(() => this.lab.screen(terminal)).toMatch(/\^C\n?\$$/)
    }
    const again = this.panel.getByRole('button', { name: name('Run again'), exact: true })
    await expect(again).toBeVisible({ timeout: 60_000 })
    const box = this.panel.getByRole('group', { name: first, exact: true })
    if (block.staysOpen) {
      // A shell that did not show its prompt gets an Enter, as a person would press one.
      if (command.includes('--tty')) await this.lab.shows(terminal, /\/ # $|\/ #$/)
    } else await expect(box).toHaveAttribute('data-run', 'ended', { timeout: 60_000 })
  }
}

test('the lesson by hand: the first half by clicking, the second by typing', async ({ page }) => {
  const learner = new Learner(page)
  await learner.lab.open()
  await learner.lab.speed('max')
  const steps = stepsOf(lesson).map(({ step }) => step)
  for (const [index, step] of steps.entries()) {
    await learner.take(step, index < steps.length / 2 ? 'click' : 'type')
    if (index < steps.length - 1) await learner.goOn()
  }
  for (const { title } of lesson.chapters.slice(0, -1)) {
    const row = learner.panel.getByRole('listitem').filter({ hasText: title }).first()
    await expect(row).toContainText('done')
  }
})

test('each chapter can be jumped to, and begins with its first step', async ({ page }) => {
  const learner = new Learner(page)
  await learner.lab.open()
  for (const { title, steps } of [...lesson.chapters.slice(1), ...lesson.chapters.slice(0, 1)]) {
    await learner.panel.getByRole('button', { name: title, exact: true }).click()
    const heading = learner.panel.getByRole('heading', { name: steps[0]?.title ?? '', exact: true })
    await expect(heading).toBeVisible()
    await expect(learner.panel.getByRole('button', { name: 'Play for me' })).toBeVisible()
  }
})

test('a step can be started over, and a wrong command is told apart from nothing', async ({
  page,
}) => {
  const learner = new Learner(page)
  const { lab, panel } = learner
  await lab.open()
  await lab.speed('×100')
  await panel.getByRole('button', { name: 'Scaling up and down' }).click()
  // The chapter's button has the focus, and takes no digit.
  await page.keyboard.press('2')
  const speeds = page.getByRole('group', { name: 'Speed' })
  await expect(speeds.getByRole('button', { name: '×1', exact: true })).toHaveAttribute(
    'aria-pressed',
    'true',
  )
  await page.keyboard.press('4')
  const check = panel.getByRole('listitem').filter({ hasText: 'all five Pods are Ready' })
  await expect(check).toHaveAttribute('data-state', 'waiting')
  await lab.run(2, 'kubectl scale sts web --replicas=4')
  await expect(check).toHaveAttribute('data-state', 'failed')
  await expect(check).toContainText(
    'expected status.readyReplicas of statefulsets/web to be 5, saw 4',
  )
  const said = panel.getByRole('status').filter({ hasText: 'checks failed' })
  await expect(said).toContainText('Run kubectl scale sts web --replicas=5')
  await said.getByRole('button', { name: 'Start over' }).click()
  await expect(check).toHaveAttribute('data-state', 'waiting')
  await lab.run(2, 'kubectl get sts web')
  await lab.shows(2, /web +2\/2/)
})

test('a command is typed once and on a clean line, whatever was begun, clicked or playing', async ({
  page,
}) => {
  const learner = new Learner(page)
  const { lab, panel } = learner
  await lab.open()
  const watch = panel.getByRole('button', { name: 'Run: kubectl get pods -w -l app=nginx' })
  await watch.dblclick()
  await lab.shows(1, /^\$ kubectl get pods -w -l app=nginx\s*$/)
  await panel.getByRole('button', { name: 'Play for me' }).click()
  await expect(panel.getByRole('heading', { name: 'The manifest' })).toBeVisible()
  await learner.goOnFrom('Skip step')
  await expect(panel.getByRole('button', { name: 'Play for me' })).toBeVisible()
  await expect(panel.getByRole('heading', { name: 'Create both objects' })).toBeFocused()
  await panel.getByRole('button', { name: 'Back' }).click()
  await lab.terminal(2).locator('textarea').focus()
  await page.keyboard.type("echo 'half a li")
  await panel.getByRole('button', { name: 'Run: cat << EOF > web.yaml' }).click()
  const check = panel.getByRole('listitem').filter({ hasText: 'the file web.yaml holds' })
  await expect(check).toHaveAttribute('data-state', 'passed')
  await panel.getByRole('button', { name: 'Back' }).click()
  await panel.getByRole('button', { name: 'Next step' }).click()
  await expect(check).toHaveAttribute('data-state', 'passed')
})
