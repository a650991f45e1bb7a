import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { ask, Links } from './src/links.js'

function fresh(t) {
  const dir = mkdtempSync(join(tmpdir(), 'links'))
  t.after(() => rmSync(dir, { recursive: true }))
  return new Links(dir)
}

test('a link that is added is queued', (t) => {
  const links = fresh(t)
  links.add('https://example.com')
  assert.deepEqual(links.all(), [{ url: 'https://example.com/', state: 'queued' }])
})

test('what is no web address is refused', (t) => {
  const links = fresh(t)
  for (const bad of ['', 'file:///etc/passwd', 'nonsense']) assert.throws(() => links.add(bad), TypeError)
  assert.equal(links.all().length, 0)
})

test('an answer makes a link good or bad', async () => {
  const link = { url: 'https://example.com/', state: 'queued' }
  assert.equal((await ask(link, async () => ({ ok: true, status: 200 }))).state, 'good')
  assert.equal((await ask(link, async () => ({ ok: false, status: 404 }))).answer, '404')
  assert.equal((await ask(link, async () => { throw new TypeError('no') })).state, 'bad')
})

test('all are queued again', async (t) => {
  const links = fresh(t)
  links.write({ url: 'https://example.com/', state: 'good', answer: '200' })
  assert.equal(links.queueAll(), 1)
  assert.equal(links.all()[0].state, 'queued')
})
