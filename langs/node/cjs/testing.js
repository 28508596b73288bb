'use strict'

module.exports = require('./load.js')('../testing.js')
