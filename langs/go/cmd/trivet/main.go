// Command trivet is the command line tool of Trivet: it starts, watches, builds and scaffolds apps.
//
//	go install github.com/trivet/trivet/langs/go/cmd/trivet@latest
//
// The tool itself is not written in Go. This program carries it, puts it into a file in memory and
// becomes it: arguments, environment, descriptors and process number stay what they are.
package main

import (
	"fmt"
	"os"
	"syscall"
)

func main() {
	if err := become(os.Args, os.Environ()); err != nil {
		fmt.Fprintf(os.Stderr, "trivet: %v\n", err)
		os.Exit(1)
	}
}

// become comes back only when it fails.
func become(arguments, environment []string) error {
	program, err := command()
	if err != nil {
		return err
	}
	file, err := memoryFile("trivet", program)
	if err != nil {
		return err
	}
	defer file.Close()
	path := fmt.Sprintf("/proc/self/fd/%d", file.Fd())
	if err := syscall.Exec(path, arguments, environment); err != nil {
		return fmt.Errorf("cannot execute the command from memory: %w", err)
	}
	return nil
}
