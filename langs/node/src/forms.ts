import { SAVE, STATUS, TrivetError } from './abi_gen.js'
import { ContentError } from './errors.js'
import { checkNames, type NamesOf } from './names.js'
import { native, type NativePart } from './native.js'
import type { Request } from './request.js'

/** What a form may be; beyond a limit it is refused as a whole. */
export interface FormOptions {
  /** Most parts that are no files; 1000. */
  readonly fieldsMax?: number
  /** Most files; 64. */
  readonly filesMax?: number
  /** Longest name of a part; 1024. */
  readonly nameBytesMax?: number
  /** Longest name of a file; 1024. */
  readonly filenameBytesMax?: number
  /** Longest field; 1 MiB. */
  readonly valueBytesMax?: number
  /** All fields together; 4 MiB. */
  readonly fieldsBytesMax?: number
  /** Largest file; 1 GiB. */
  readonly fileBytesMax?: number
  /** A file of a streaming route that is larger goes to a temporary file; 64 KiB. */
  readonly memoryBytesMax?: number
  /** Where temporary files lie; TMPDIR, else /tmp. */
  readonly directory?: string
}

export interface SaveOptions {
  /** What has the path already is replaced. */
  readonly replace?: boolean
}

const OPTIONS: NamesOf<FormOptions> = {
  fieldsMax: true,
  filesMax: true,
  nameBytesMax: true,
  filenameBytesMax: true,
  valueBytesMax: true,
  fieldsBytesMax: true,
  fileBytesMax: true,
  memoryBytesMax: true,
  directory: true,
}
const SAVE_OPTIONS: NamesOf<SaveOptions> = { replace: true }

const CHUNK_BYTES = 65536

/**
 * One part of a form, in memory or in a temporary file without a name. It can be read until its
 * request is answered; what `open()` gives lives longer.
 */
export class Part implements AsyncIterable<Buffer> {
  /** Its name in the form. */
  readonly name: string
  /** Its media type as the client says; empty when it does not. */
  readonly contentType: string
  /** How many bytes it has. */
  readonly size: number
  /** Whether it lies in a temporary file. */
  readonly isSpooled: boolean
  /**
   * What the client calls the file, which may be a path: never one to write to. `undefined` of a
   * part that is no file.
   */
  readonly filename: string | undefined
  readonly #request: Request<unknown>
  readonly #index: number

  /** @internal */
  constructor(request: Request<unknown>, index: number, part: NativePart) {
    this.#request = request
    this.#index = index
    this.name = part.name
    this.contentType = part.contentType
    this.size = part.size
    this.isSpooled = part.isSpooled
    this.filename = part.filename
  }

  /** The content, or so many bytes of it from an offset on. Of a file, may wait for the disk. */
  read(offset = 0, size = this.size): Buffer {
    const { lo, hi } = this.#request
    const most = Math.min(size, Math.max(this.size - offset, 0))
    return native.formRead(lo, hi, this.#index, offset, most)
  }

  /** The content as UTF-8. */
  text(): string {
    return this.read().toString()
  }

  /** The content in chunks. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer, void, undefined> {
    for (let offset = 0; offset < this.size; offset += CHUNK_BYTES) {
      yield await Promise.resolve(this.read(offset, CHUNK_BYTES))
    }
  }

  /** Opens the content: a descriptor to read from, and to close, also after the answer. */
  open(): number {
    const { lo, hi } = this.#request
    return native.formDescriptor(lo, hi, this.#index)
  }

  /**
   * Keeps the content as a file that only its owner may read and write. A temporary file of the
   * same file system is given the name; all else is copied. Fails with ERR_TRIVET_CONFLICT when
   * the path exists.
   */
  save(path: string, options: SaveOptions = {}): Promise<void> {
    return new Promise((resolve) => {
      checkNames(options, SAVE_OPTIONS, 'option of save()')
      const { replace = false } = options
      const { lo, hi } = this.#request
      native.formSave(lo, hi, this.#index, path, replace ? SAVE.REPLACE : 0)
      resolve()
    })
  }
}

/** A part that came with a file name, be it empty. */
export class UploadFile extends Part {
  declare readonly filename: string
}

/** Values by name, which may repeat. */
export class NamedList<Value> implements Iterable<[string, Value]> {
  readonly #items: readonly (readonly [string, Value])[]

  /** @internal */
  constructor(items: readonly (readonly [string, Value])[]) {
    this.#items = items
  }

  /** The first value of that name. */
  get(name: string): Value | undefined {
    return this.#items.find(([key]) => key === name)?.[1]
  }

  has(name: string): boolean {
    return this.#items.some(([key]) => key === name)
  }

  /** All values of that name, in the order received. */
  getAll(name: string): Value[] {
    return this.#items.filter(([key]) => key === name).map(([, value]) => value)
  }

  /** Name and value of each, in the order received. */
  entries(): [string, Value][] {
    return this.#items.map(([name, value]) => [name, value])
  }

  [Symbol.iterator](): Iterator<[string, Value]> {
    return this.entries()[Symbol.iterator]()
  }
}

/** The fields of a form by name; its files are in `files`. */
export class Form extends NamedList<string> {
  readonly files: NamedList<UploadFile>
  /** Fields and files, in the order received. */
  readonly parts: readonly Part[]

  /** @internal */
  constructor(parts: readonly Part[], fields: readonly (readonly [string, string])[]) {
    super(fields)
    this.parts = parts
    this.files = new NamedList(
      parts.filter(isFile).map((file): [string, UploadFile] => [file.name, file]),
    )
  }
}

function isFile(part: Part): part is UploadFile {
  return part instanceof UploadFile
}

/** A form on its way; the engine reads it. */
export class FormReading {
  readonly promise: Promise<Form>
  readonly #request: Request<unknown>
  readonly #options: FormOptions
  #resolve: (form: Form) => void = () => undefined
  #reject: (error: unknown) => void = () => undefined

  /** Throws what is no outcome of the form's. */
  constructor(request: Request<unknown>, options: FormOptions) {
    this.#request = request
    this.#options = options
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    this.promise.catch(() => undefined)
    if (!this.#open()) request.driver.track(request as Request)
  }

  /** It may have ended. */
  readable(): void {
    try {
      this.#open()
    } catch (error) {
      this.#reject(error)
    }
  }

  /** It will not end. */
  fail(error: unknown): void {
    this.#reject(error)
  }

  /** Whether it has ended. */
  #open(): boolean {
    const { lo, hi } = this.#request
    const outcome = native.formOpen(lo, hi, this.#options, this.#options.directory ?? '')
    if (outcome === true) this.#resolve(formOf(this.#request))
    else if (outcome !== false) {
      const { refusal, detail, status } = outcome
      this.#reject(new ContentError(refusal, detail, status))
    }
    return outcome !== false
  }
}

function formOf(request: Request<unknown>): Form {
  const fields: [string, string][] = []
  const parts = native.formParts(request.lo, request.hi).map((part, index) => {
    if (part.filename !== undefined) return new UploadFile(request, index, part)
    fields.push([part.name, part.text ?? ''])
    return new Part(request, index, part)
  })
  return new Form(parts, fields)
}

/** Checks what the addon does not look at. */
export function checkForm(options: FormOptions): FormOptions {
  checkNames(options, OPTIONS, 'option of a form')
  const { directory } = options
  if (directory === undefined || (typeof directory === 'string' && !directory.includes('\0'))) {
    return options
  }
  throw new TrivetError(STATUS.TRIVET_E_ARGUMENT, 'directory is the path of a folder')
}
