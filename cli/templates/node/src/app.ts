import { App } from 'trivet'

const app = new App()

app.get('/', () => ({ hello: 'world', next: app.urlFor('greet', { name: 'you' }) }))

app.get('/hello/{name}', { name: 'greet' }, ({ params }) => ({ hello: params.name }))

export default app
