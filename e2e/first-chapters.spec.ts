import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@playwright/test'
import { Laboratory } from './laboratory.ts'

const manifest = readFileSync(join(import.meta.dirname, '../src/lessons/basics/web.yaml'), 'utf8')

test('the first chapters of the tutorial, by hand', async ({ page }) => {
  const lab = new Laboratory(page)
  await lab.open()
  await lab.speed('×10')

  await lab.run(1, 'kubectl get pods -w -l app=nginx')
  await lab.paste(2, `cat << EOF > web.yaml\n${manifest}EOF\n`)
  await lab.run(2, 'kubectl create -f web.yaml')
  await lab.shows(2, 'service/nginx created')
  await lab.shows(2, 'statefulset.apps/web created')

  // web-1 is not there, not even as Pending, while web-0 is not Ready.
  await lab.slotReads(0, /ContainerCreating/)
  expect(await lab.slot(1).getAttribute('aria-label')).not.toMatch(
    /Pending|ContainerCreating|Ready/,
  )
  await lab.slotReads(1, /ContainerCreating/)
  expect(await lab.slot(0).getAttribute('aria-label')).toMatch(/Ready/)
  await lab.slotReads(1, /Ready/)
  await lab.shows(1, /web-0 +1\/1 +Running[^]*web-1 +0\/1 +Pending[^]*web-1 +1\/1 +Running/)

  await lab.run(2, 'clear')
  await lab.run(2, "for i in 0 1; do kubectl exec web-$i -- sh -c 'hostname'; done")
  await lab.shows(2, /\nweb-0\nweb-1\n/)

  await lab.run(2, 'clear')
  await lab.run(2, 'kubectl run -it --image busybox:1.28 dns-test --restart=Never --rm /bin/sh')
  await lab.shows(2, '/ #')
  await lab.run(2, 'nslookup web-0.nginx')
  await lab.shows(2, /Address 1: (10\.244\.\d+\.\d+) web-0\.nginx\.default\.svc\.cluster\.local/)
  const address = /Address 1: (10\.244\.\d+\.\d+) web-0/.exec(await lab.screen(2))?.[1]
  expect(address).toBeDefined()
  await lab.run(2, 'exit')
  await lab.shows(2, 'pod "dns-test" deleted from default namespace')

  await lab.run(2, 'clear')
  await lab.run(
    2,
    "for i in 0 1; do kubectl exec web-$i -- sh -c 'echo $(hostname) > /usr/share/nginx/html/index.html'; done",
  )
  await lab.run(2, 'for i in 0 1; do kubectl exec -it web-$i -- curl localhost; done')
  await lab.shows(2, /\nweb-0\nweb-1\n/)

  await lab.run(2, 'clear')
  await lab.run(2, 'kubectl delete pod -l app=nginx')
  // kubectl prompts again once both Pods are gone; who is Ready after that is new.
  await lab.shows(2, /pod "web-1" deleted from default namespace\n\$/)
  await lab.slotReads(0, /Ready/)
  await lab.slotReads(1, /Ready/)

  // New occupants with other addresses serve what the old ones wrote.
  await lab.run(2, 'clear')
  await lab.run(2, 'for i in 0 1; do kubectl exec -it web-$i -- curl localhost; done')
  await lab.shows(2, /\nweb-0\nweb-1\n/)
  await lab.run(2, 'clear')
  await lab.run(2, 'kubectl get pod web-0 -o wide')
  await lab.shows(2, /web-0 +1\/1 +Running/)
  expect(await lab.screen(2)).not.toContain(`${address} `)
})

test('the lesson plays itself to its end, with every check passed', async ({ page }) => {
  const lab = new Laboratory(page)
  await lab.open()
  await lab.speed('×100')
  const lesson = page.getByRole('region', { name: 'Lesson' })
  await lesson.getByRole('button', { name: 'Play for me' }).click()
  await expect(lesson.getByRole('button', { name: 'Stop playing' })).toBeVisible()
  // It stops by itself at the end, or at a check that does not come true.
  await expect(lesson.getByRole('button', { name: 'Play for me' })).toBeVisible({
    timeout: 110_000,
  })
  await expect(lesson).toContainText('Claims and volumes')
  // Every check of every step passed: each chapter is done, and of the last one every row is green.
  const chapters = lesson.getByRole('list').first().getByRole('listitem')
  await expect(chapters).toHaveCount(10)
  for (let index = 0; index < 9; index++) await expect(chapters.nth(index)).toContainText('done')
  const checks = lesson.getByRole('list', { name: 'Checks' }).getByRole('listitem')
  expect(await checks.count()).toBeGreaterThan(0)
  for (const check of await checks.all()) {
    await expect(check).toHaveAttribute('data-state', 'passed')
  }
})

test('an endless loop leaves the page responsive and ends with Ctrl-C', async ({ page }) => {
  const lab = new Laboratory(page)
  await lab.open()
  await lab.run(1, 'while true; do :; done')
  await page.waitForTimeout(1500)
  await lab.run(2, 'echo still here')
  await lab.shows(2, '\nstill here')
  await lab.interrupt(1)
  await lab.run(1, 'echo ended with $?')
  await lab.shows(1, '\nended with 130')
})
