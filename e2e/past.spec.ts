import AxeBuilder from '@axe-core/playwright'
import { expect, type Page, test } from '@playwright/test'
import { Laboratory } from './laboratory.ts'

function moment(page: Page) {
  return page.getByRole('slider', { name: 'Moment shown' })
}

/** Plays to where the second Pod of the tutorial is Ready, and stops there. */
async function openWithTwoPods(page: Page): Promise<Laboratory> {
  const lab = new Laboratory(page)
  await lab.open()
  const lesson = page.getByRole('region', { name: 'Lesson' })
  await lesson.getByRole('button', { name: 'Stable network identity' }).click()
  await lab.slotReads(1, /Ready/)
  await page.getByRole('button', { name: 'Pause' }).click()
  return lab
}

async function uidOf(lab: Laboratory, ordinal: number): Promise<string> {
  const [text = ''] = await lab.slot(ordinal).locator('article dl').allTextContents()
  return /UID\s*([0-9a-f]{8})/.exec(text)?.[1] ?? ''
}

test('a person looks back by keys and by mouse, sees who was there, and comes back', async ({
  page,
}) => {
  const lab = await openWithTwoPods(page)
  const first = await uidOf(lab, 0)
  expect(first).not.toBe('')
  await page.getByRole('button', { name: 'Play', exact: true }).click()
  await lab.speed('×10')
  await lab.run(2, 'clear')
  await lab.run(2, 'kubectl delete pod web-0 --now')
  await expect.poll(() => uidOf(lab, 0), { timeout: 60_000 }).not.toBe(first)
  await lab.slotReads(0, /Ready/)
  await page.getByRole('button', { name: 'Pause' }).click()
  await expect(page.getByText('Paused', { exact: true })).toBeVisible()
  const second = await uidOf(lab, 0)
  const clock = page.getByRole('toolbar', { name: 'Transport' })
  const now = (await clock.textContent()) ?? ''

  // Along what happened, with the keys, until the earlier occupant is back.
  await moment(page).focus()
  await expect(moment(page)).toHaveAttribute('aria-valuetext', 'now')
  await expect
    .poll(
      async () => {
        await page.keyboard.press('ArrowLeft')
        return uidOf(lab, 0)
      },
      { timeout: 60_000, intervals: [50] },
    )
    .toBe(first)
  await expect(moment(page)).toHaveAttribute('aria-valuetext', /before now$/)
  const stage = page.getByRole('region', { name: 'Stage' })
  await expect(stage).toContainText(
    /At \d+:\d\d\.\d The controller (was|waited|had|created|deleted)/,
  )
  await expect(page.getByRole('toolbar')).toContainText(/Past, .* before now/)
  await expect(page.getByRole('contentinfo')).toContainText(/You look at .* paused at/)

  // Terminals end where the moment is, and take no keys.
  await expect(lab.terminal(2)).toContainText('read-only in the past')
  await lab.run(2, 'echo typed-in-the-past')
  await expect(lab.terminal(2)).not.toContainText('typed-in-the-past')
  await expect(page.getByRole('slider', { name: 'Replicas' })).toBeDisabled()

  // Every panel is of that moment.
  await page.getByRole('tab', { name: 'DNS' }).click()
  await expect(page.getByRole('region', { name: 'DNS' })).toContainText('in the present only')
  await page.getByRole('tab', { name: 'Storage' }).click()
  await expect(page.getByRole('region', { name: 'Storage' })).toContainText('is not kept')
  await lab
    .slot(0)
    .getByRole('button', { name: /Inspect web-0/ })
    .click()
  const inspector = page.getByRole('region', { name: 'Inspector' })
  await expect(inspector).toContainText(first)
  await expect(inspector.getByRole('button', { name: 'Delete' })).toBeDisabled()

  // Home is the beginning, before there was a set; End is now.
  await moment(page).focus()
  await page.keyboard.press('Home')
  await expect(stage).toContainText('No StatefulSet yet')
  await page.keyboard.press('End')
  await expect.poll(() => uidOf(lab, 0)).toBe(second)
  await expect(page.getByText('Paused', { exact: true })).toBeVisible()
  expect(await clock.textContent()).toBe(now)
  await lab.shows(2, 'deleted')

  // By mouse: a press on the axis, a drag, and the button back.
  await page.getByRole('button', { name: 'Fit' }).click()
  const axis = page.locator('[data-scrub]').first()
  const box = (await axis.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 }
  await page.mouse.move(box.x + 4, box.y + 8)
  await page.mouse.down()
  await expect(stage).toContainText('No StatefulSet yet')
  await page.mouse.move(box.x + box.width * 0.3, box.y + 8, { steps: 6 })
  await page.mouse.up()
  await expect(stage).toContainText(/At \d/)
  await page.getByRole('button', { name: 'Forward' }).click()
  await page.getByRole('button', { name: 'Back', exact: true }).first().click()
  await page.keyboard.press('Escape')
  await expect(page.getByText('Paused', { exact: true })).toBeVisible()
  await expect.poll(() => uidOf(lab, 0)).toBe(second)
})

test('a fork begins where the past was, something else is done there, and the way back is kept', async ({
  page,
}) => {
  const lab = await openWithTwoPods(page)
  await expect(page.getByRole('button', { name: 'Fork here' })).toBeHidden()
  const lesson = page.getByRole('region', { name: 'Lesson' })
  await expect(lesson).toContainText('Stable network identity')
  const [first, second] = [await uidOf(lab, 0), await uidOf(lab, 1)]

  // Back to where web-1 is not there yet.
  await moment(page).focus()
  await expect
    .poll(
      async () => {
        await page.keyboard.press('ArrowLeft')
        return uidOf(lab, 1)
      },
      { timeout: 60_000, intervals: [50] },
    )
    .toBe('')
  const then = await page.getByRole('toolbar').textContent()
  await page.getByRole('button', { name: 'Fork here' }).click()
  await expect(page.getByText('Paused', { exact: true })).toBeVisible()
  await expect(page.getByRole('contentinfo')).toContainText('This is a fork')
  await lab.slotReads(1, /Not created|Empty/)
  expect(await uidOf(lab, 0)).toBe(first)
  expect(await page.getByRole('toolbar').textContent()).toContain((then ?? '').slice(0, 6))
  await expect(lesson.getByRole('button', { name: /^Creating a StatefulSet/ })).toBeVisible()

  // Here web-0 is deleted instead, so web-1 comes later.
  await page.getByRole('button', { name: 'Play', exact: true }).click()
  await lab.interrupt(2)
  await lab.run(2, 'clear')
  await lab.run(2, 'kubectl delete pod web-0 --now')
  await lab.shows(2, 'deleted')
  await lab.speed('×100')
  await lab.slotReads(1, /Ready/)
  expect(await uidOf(lab, 0)).not.toBe(first)

  // The run that was left is one choice away, as it was.
  await page.getByRole('button', { name: /Lessons and cluster/ }).click()
  await page.getByRole('menuitem', { name: /Back to the other run/ }).click()
  await expect.poll(() => uidOf(lab, 0)).toBe(first)
  await expect.poll(() => uidOf(lab, 1)).toBe(second)
})

for (const colorScheme of ['light', 'dark'] as const) {
  test(`axe finds nothing in the past, ${colorScheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await page.setViewportSize({ width: 1280, height: 800 })
    await openWithTwoPods(page)
    for (let presses = 0; presses < 4; presses++) {
      await page.getByRole('button', { name: 'Back', exact: true }).first().click()
    }
    await expect(page.getByRole('toolbar')).toContainText('Past')
    for (const width of [1280, 390]) {
      await page.setViewportSize({ width, height: 800 })
      await expect(page.getByRole('navigation', { name: 'Panels' })).toHaveCount(
        width < 720 ? 1 : 0,
      )
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
      // A card that is still fading in has no contrast yet.
      await page.evaluate(() =>
        Promise.allSettled(document.getAnimations().map(({ finished }) => finished)),
      )
      const { violations } = await new AxeBuilder({ page }).exclude('.xterm').analyze()
      expect(
        violations.map(({ id, nodes }) => `${id}: ${nodes.map((n) => n.html).join(' ')}`),
      ).toEqual([])
    }
  })
}
