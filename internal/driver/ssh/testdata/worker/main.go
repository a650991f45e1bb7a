// A worker for tests: it says who it is and what it was given, and then does what it is told.
package main

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"syscall"
)

func main() {
	mask := syscall.Umask(0)
	switch first := append(os.Args[1:], "")[0]; first {
	case "echo":
		_, _ = io.Copy(os.Stdout, os.Stdin)
	case "fail":
		_, _ = io.Copy(os.Stderr, os.Stdin)
		code, _ := strconv.Atoi(os.Args[2])
		os.Exit(code)
	case "hang":
		fmt.Println("hanging")
		_, _ = io.Copy(io.Discard, os.Stdin) // until the link is gone
	default:
		fmt.Printf("uid=%d umask=%03o %q\n", os.Getuid(), mask, os.Args[1:])
	}
}
