package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
)

// command is the one of the checkout that this was built from; a packed module embeds its own.
func command() ([]byte, error) {
	_, source, _, ok := runtime.Caller(0)
	if !ok {
		return nil, errors.New("built without the place of its source")
	}
	path := filepath.Join(filepath.Dir(source), "../../../../build/release/cli/trivet")
	program, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("the checkout has no command: run cmake/build.sh release (%w)", err)
	}
	return program, nil
}
