'use strict'

module.exports = require('./load.js')('../lowlevel.js')
