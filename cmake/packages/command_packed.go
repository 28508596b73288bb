package main

import _ "embed"

//go:embed trivet_PLATFORM
var packed []byte

// command is the one that this module carries.
func command() ([]byte, error) { return packed, nil }
