package main

import (
	"fmt"
	"os"
	"syscall"
	"unsafe"
)

// Flags of memfd_create(2). Kernels before 6.3 do not know the second one, and need it not.
const (
	closeOnExec = 0x1
	executable  = 0x10
)

// memoryFile is a file without a name in any folder, which may be executed.
func memoryFile(name string, content []byte) (*os.File, error) {
	text, err := syscall.BytePtrFromString(name)
	if err != nil {
		return nil, err
	}
	create := func(flags uintptr) (uintptr, syscall.Errno) {
		fd, _, failure := syscall.Syscall(memfdCreate, uintptr(unsafe.Pointer(text)), flags, 0)
		return fd, failure
	}
	fd, failure := create(closeOnExec | executable)
	if failure == syscall.EINVAL {
		fd, failure = create(closeOnExec)
	}
	if failure != 0 {
		return nil, fmt.Errorf("memfd_create: %w", failure)
	}
	file := os.NewFile(fd, name)
	if _, err := file.Write(content); err != nil {
		file.Close()
		return nil, fmt.Errorf("writing the command to memory: %w", err)
	}
	return file, nil
}
