'use strict'

/** The package is one set of modules, for require() as for import. */
module.exports = (file) => {
  try {
    return require(file)
  } catch (error) {
    if (error.code !== 'ERR_REQUIRE_ESM') throw error
    throw new Error(
      `require('trivet') needs Node 20.19, 22.12 or newer, and this is ${process.version}; ` +
        "await import('trivet') works here",
      { cause: error },
    )
  }
}
