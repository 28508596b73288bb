'use strict'

module.exports = require('./load.js')('../index.js')
