import { createServer } from 'node:http'
import { Links } from './links.js'

const links = new Links(process.env.DATA_DIR ?? '.')
const escape = (text) => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`)

function page() {
  const rows = links.all().map((l) => `<tr><td>${escape(l.url)}<td>${l.state}<td>${escape(l.answer ?? '')}`).join('\n')
  return `<!doctype html><title>Links</title><h1>Links</h1>
<form method="post"><label>Address <input name="url" type="url" required></label><button>Watch</button></form>
${rows ? `<table>${rows}</table>` : '<p>No link is watched yet.</p>'}`
}

function metrics() {
  const count = { good: 0, bad: 0, queued: 0 }
  for (const link of links.all()) count[link.state]++
  return '# TYPE linkcheck_links gauge\n' + Object.entries(count).map(([state, n]) => `linkcheck_links{state="${state}"} ${n}\n`).join('')
}

async function post(request, response) {
  let body = ''
  for await (const chunk of request) if ((body += chunk).length > 8192) break
  try {
    links.add(new URLSearchParams(body).get('url') ?? '')
    response.writeHead(303, { Location: '/' }).end()
  } catch (error) {
    response.writeHead(400).end(error.message)
  }
}

const server = createServer((request, response) => {
  if (request.method === 'POST') return post(request, response)
  if (request.url === '/healthz') return response.end(`ok ${links.all().length}\n`)
  if (request.url === '/metrics') return response.writeHead(200, { 'Content-Type': 'text/plain; version=0.0.4' }).end(metrics())
  if (request.url !== '/') return response.writeHead(404).end('There is no such page.')
  response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' }).end(page())
})
server.listen(Number(process.env.PORT ?? 8080), '127.0.0.1', () => console.log('listening on', process.env.PORT))
process.on('SIGTERM', () => server.close(() => process.exit(0)))
