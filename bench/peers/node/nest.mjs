// Hello on NestJS over its default platform, Express: `nest.mjs PORT`. Decorators are applied by
// hand, since this is no TypeScript; what they do is the same.
import 'reflect-metadata'
import { Controller, Get, Header, Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'

class Hello {
  hello() {
    return 'Hello, World!'
  }
}
const method = Object.getOwnPropertyDescriptor(Hello.prototype, 'hello')
Get('hello')(Hello.prototype, 'hello', method)
Header('Content-Type', 'text/plain; charset=utf-8')(Hello.prototype, 'hello', method)
Controller()(Hello)

class Main {}
Module({ controllers: [Hello] })(Main)

const app = await NestFactory.create(Main, { logger: ['error'] })
await app.listen(Number(process.argv[2]), '127.0.0.1')
