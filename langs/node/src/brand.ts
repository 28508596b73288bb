/** What tells an App of any copy of this package from other objects. */
export const APP_BRAND: unique symbol = Symbol.for('trivet.app')

/** Emitted on `process` when an app is about to serve: `trivet/serve` has nothing to do then. */
export const BEGIN_EVENT = 'trivet:begin'
