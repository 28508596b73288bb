package main

import (
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// becomeVariable makes the test binary the command instead of running tests.
const becomeVariable = "TRIVET_TEST_BECOME"

func TestMain(m *testing.M) {
	if os.Getenv(becomeVariable) != "" {
		os.Unsetenv(becomeVariable)
		os.Stderr.WriteString(become(os.Args, os.Environ()).Error())
		os.Exit(3)
	}
	os.Exit(m.Run())
}

func TestBecomesTheCommand(t *testing.T) {
	executable, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	self := exec.Command(executable, "start", "--port", "70000", "--", "true")
	self.Env = append(os.Environ(), becomeVariable+"=1")
	output, err := self.CombinedOutput()
	if err == nil || self.ProcessState.ExitCode() != 2 || !strings.Contains(string(output), "70000") {
		t.Errorf("%v: %s", err, output) // the command refuses the port, so it has the arguments
	}
}

func TestMemoryFile(t *testing.T) {
	content := []byte("#!/bin/sh\n")
	file, err := memoryFile("test", content)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	if read, err := io.ReadAll(file); err != nil || !slices.Equal(read, content) {
		t.Errorf("%q, %v", read, err)
	}
	if _, err := memoryFile("a\x00b", nil); err == nil {
		t.Error("a name with a zero byte")
	}
}
