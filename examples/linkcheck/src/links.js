// Links are kept one file each, named by the digest of their address and replaced by rename, so that
// several processes can write at the same time.
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export class Links {
  constructor(dir) {
    this.dir = join(dir, 'links')
    mkdirSync(this.dir, { recursive: true })
  }

  path(url) {
    return join(this.dir, createHash('sha256').update(url).digest('hex').slice(0, 32) + '.json')
  }

  // add keeps a link to be asked; throws for what is no web address.
  add(address) {
    const url = new URL(address)
    if (!['http:', 'https:'].includes(url.protocol)) throw new TypeError('only http and https are asked')
    this.write({ url: url.href, state: 'queued' })
  }

  write(link) {
    const path = this.path(link.url)
    const fresh = `${path}.${process.pid}.new`
    writeFileSync(fresh, JSON.stringify(link))
    renameSync(fresh, path)
  }

  all() {
    return readdirSync(this.dir)
      .filter((name) => name.endsWith('.json'))
      .map((name) => JSON.parse(readFileSync(join(this.dir, name), 'utf8')))
      .sort((a, b) => a.url.localeCompare(b.url))
  }

  queueAll() {
    const links = this.all()
    for (const link of links) this.write({ ...link, state: 'queued' })
    return links.length
  }
}

// ask returns the link with what became of it.
export async function ask(link, get = fetch) {
  try {
    const response = await get(link.url, { redirect: 'follow', signal: AbortSignal.timeout(10_000) })
    return { ...link, state: response.ok ? 'good' : 'bad', answer: String(response.status) }
  } catch (error) {
    return { ...link, state: 'bad', answer: error.cause?.code ?? error.name }
  }
}
