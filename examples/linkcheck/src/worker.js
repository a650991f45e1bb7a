import { ask, Links } from './links.js'

const links = new Links(process.env.DATA_DIR ?? '.')
let stopped = false
process.on('SIGTERM', () => { stopped = true })
console.log('waiting for links')
while (!stopped) {
  for (const link of links.all().filter((l) => l.state === 'queued')) {
    const asked = await ask(link)
    links.write(asked)
    console.log(asked.url, asked.state, asked.answer)
  }
  await new Promise((done) => setTimeout(done, 500))
}
