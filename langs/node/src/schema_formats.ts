import { isIPv4, isIPv6 } from 'node:net'

const DATE = /^(\d{4})-(\d\d)-(\d\d)$/
const TIME = /^([01]\d|2[0-3]):([0-5]\d):([0-5]\d|60)(?:\.\d+)?(Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/i
const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i
const LABEL = '[a-z\\d](?:[a-z\\d-]{0,61}[a-z\\d])?'
const HOST = new RegExp(`^(?=.{1,253}$)${LABEL}(?:\\.${LABEL})*$`, 'i')
const ATOM = "[\\w!#$%&'*+/=?^`{|}~-]+"
const LOCAL = new RegExp(`^(?=.{1,64}$)${ATOM}(?:\\.${ATOM})*$`)
const URI = /^[a-z][a-z\d+.-]*:(?:[\w\-.~:/?#[\]@!$&'()*+,;=]|%[\da-f]{2})*$/i

function isDate(text: string): boolean {
  const found = DATE.exec(text)
  if (found === null) return false
  const [year, month, day] = [Number(found[1]), Number(found[2]), Number(found[3])]
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  const days = month === 2 && isLeap ? 29 : (DAYS[month - 1] ?? 0)
  return day >= 1 && day <= days
}

/** A leap second is the last one of a day in UTC. */
function isTime(text: string): boolean {
  const found = TIME.exec(text)
  if (found === null) return false
  if (found[3] !== '60') return true
  const zone = found[4]!
  const sign = zone.startsWith('-') ? 1 : -1
  const shift = zone.length === 1 ? 0 : sign * minutes(zone.slice(1, 3), zone.slice(4))
  return (minutes(found[1]!, found[2]!) + shift + 1440) % 1440 === 1439
}

function minutes(hour: string, minute: string): number {
  return Number(hour) * 60 + Number(minute)
}

function isDateTime(text: string): boolean {
  const separator = text[10]
  return (separator === 'T' || separator === 't') && isDate(text.slice(0, 10))
    ? isTime(text.slice(11))
    : false
}

function isEmail(text: string): boolean {
  const at = text.lastIndexOf('@')
  return at > 0 && LOCAL.test(text.slice(0, at)) && HOST.test(text.slice(at + 1))
}

/** The formats of JSON Schema that are checked; any other one is only said. */
export const FORMATS: Readonly<Record<string, (text: string) => boolean>> = {
  date: isDate,
  time: isTime,
  'date-time': isDateTime,
  uuid: (text) => UUID.test(text),
  email: isEmail,
  uri: (text) => URI.test(text),
  ipv4: isIPv4,
  ipv6: (text) => isIPv6(text) && !text.includes('%'),
  hostname: (text) => HOST.test(text),
}
