import { Links } from './links.js'

console.log('queued', new Links(process.env.DATA_DIR ?? '.').queueAll(), 'links again')
