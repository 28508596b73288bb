import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { get } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { App, TrivetError, type TlsOptions } from 'trivet'

describe('TLS', () => {
  let folder = ''
  let certificate = ''
  let key = ''
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'trivet-node-tls-'))
    certificate = join(folder, 'certificate.pem')
    key = join(folder, 'key.pem')
    const words =
      'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost ' +
      '-addext subjectAltName=DNS:localhost -days 30'
    const files = ['-keyout', key, '-out', certificate]
    execFileSync('openssl', [...words.split(' '), ...files], { stdio: 'ignore' })
  })
  after(() => {
    rmSync(folder, { recursive: true })
  })

  function fetchText(port: number): Promise<string> {
    return new Promise((resolve, reject) => {
      const options = { host: 'localhost', port, ca: readFileSync(certificate), family: 4 }
      get(options, (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (part: string) => (text += part))
        response.on('end', () => {
          resolve(text)
        })
      }).on('error', reject)
    })
  }

  function mistake(tls: TlsOptions): string {
    try {
      new App({ tls })
    } catch (error) {
      assert.ok(error instanceof TrivetError)
      return error.detail
    }
    return ''
  }

  it('secures the connections of an app', async () => {
    const app = new App({ tls: { certificate, key, minVersion: '1.3' } })
    app.get('/', () => 'secured')
    const server = await app.listen({ port: 0, banner: false, signals: false })
    assert.equal(server.url, `https://127.0.0.1:${String(server.port)}/`)
    assert.equal(await fetchText(server.port), 'secured')
    await server.close()
  })

  it('names what is wrong', async () => {
    assert.match(mistake({ certificate: 'a,b' }), /certificate of tls: a path may not have a comma/)
    assert.match(
      mistake({ certificate: 3 as unknown as string }),
      /certificate of tls is a path or several, not 3/,
    )
    assert.match(
      mistake({ certificate: 'a', minVersion: '1.1' as '1.2' }),
      /minVersion is one of 1.2, 1.3, not 1.1/,
    )
    assert.match(
      mistake({ certificate: 'a', clientAuth: 'yes' as 'off' }),
      /clientAuth is one of off, optional, required, not yes/,
    )
    assert.match(mistake({ certificate: 'a', keys: 'b' } as TlsOptions), /keys/)
    const app = new App({ tls: { certificate: join(folder, 'nowhere.pem') } })
    await assert.rejects(app.listen({ port: 0, banner: false, signals: false }), (error) => {
      assert.ok(error instanceof TrivetError)
      assert.match(error.detail, /tls_certificate: '.*nowhere.pem' cannot be read/)
      return true
    })
  })
})
