import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import AxeBuilder from '@axe-core/playwright'
import { expect, test } from '@playwright/test'
import { Laboratory } from './laboratory.ts'

const manifest = readFileSync(join(import.meta.dirname, '../src/lessons/basics/web.yaml'), 'utf8')

test('a node is cut off and healed, and a container killed, without a terminal', async ({
  page,
}) => {
  const lab = new Laboratory(page)
  await lab.open()
  await lab.speed('×10')
  await lab.paste(2, `cat << EOF > web.yaml\n${manifest}EOF\n`)
  await lab.run(2, 'kubectl create -f web.yaml')
  await lab.slotReads(1, /Ready on node-/)
  // Which of the nodes it is, the scheduler drew by lot.
  const name = /node-\w+/.exec((await lab.slot(1).getAttribute('aria-label')) ?? '')?.[0] ?? ''
  const stage = page.getByRole('region', { name: 'Stage' })
  await stage.getByRole('button', { name: 'Nodes' }).click()

  await stage.getByRole('button', { name: `Break ${name}` }).press('Enter')
  const cut = page.getByRole('menuitem', { name: 'Cut off' })
  await expect(cut).toContainText(`fault cut-off ${name}`)
  await cut.press('Enter')
  const node = stage.getByRole('group', {
    name: new RegExp(`^${name}, .*cut off since \\d+:\\d\\d\\.\\d`),
  })
  await expect(node).toBeVisible()
  const timeline = page.getByRole('region', { name: 'Timeline' })
  await expect(timeline.getByTitle(`${name} cut off`)).toBeVisible()

  // The node life cycle finds out by itself.
  await lab.speed('×100')
  await expect(stage.getByRole('group', { name: new RegExp(`^${name}, NotReady`) })).toBeVisible()
  await lab.speed('×10')
  const explain = page.getByRole('region', { name: 'Explain' })
  await expect(explain.getByRole('heading', { name: 'Ways out for web-1' })).toBeVisible()
  await expect(explain.getByRole('button', { name: `Heal: Bring ${name} back` })).toBeEnabled()

  const faults = page.getByRole('button', { name: 'Faults, 1 active' })
  await faults.click()
  const dialog = page.getByRole('dialog', { name: 'Faults' })
  await expect(dialog.getByRole('list', { name: 'Active faults' })).toContainText(
    `fault heal ${name}`,
  )
  const { violations } = await new AxeBuilder({ page }).include('[role=dialog]').analyze()
  expect(violations.map(({ id }) => id)).toEqual([])
  await dialog.getByRole('button', { name: `Heal: ${name} cut off` }).click()
  await expect(dialog).toContainText('Nothing is broken on purpose.')
  await page.keyboard.press('Escape')
  await expect(stage.getByRole('group', { name: `${name}, Ready`, exact: true })).toBeVisible()

  await stage.getByRole('button', { name: 'Break web-0' }).click()
  await page.getByRole('menuitem', { name: /^Kill nginx/ }).click()
  await expect(timeline.getByTitle('nginx of web-0 killed')).toBeVisible()
  await lab.run(2, 'clear; kubectl get pod web-0')
  await lab.shows(2, /web-0 +\d\/1 +\w+ +1 /)
})
