package worker

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"gemba/internal/wire"
)

// askWithin is how long a client may take to say what it wants.
const askWithin = 10 * time.Second

// socket is where a supervisor answers. It speaks to its own user and to root only.
//
// It is made of system calls because package net would double the time that
// this program takes to start.
type socket struct {
	path    string
	file    *os.File
	clients sync.WaitGroup
}

func listen(path string) (*socket, error) {
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	err = func() error {
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		if err := unix.Bind(fd, &unix.SockaddrUnix{Name: path}); err != nil {
			return err
		}
		if err := os.Chmod(path, 0o600); err != nil {
			return err
		}
		return unix.Listen(fd, 128)
	}()
	if err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("listen on %s: %w", path, err)
	}
	return &socket{path: path, file: os.NewFile(uintptr(fd), path)}, nil
}

// serve answers clients until the socket is closed.
func (s *socket) serve(answer func(wire.Request) wire.Response) {
	for {
		client, err := s.accept()
		if errors.Is(err, os.ErrClosed) {
			return
		}
		if err != nil {
			time.Sleep(10 * time.Millisecond) // out of file descriptors: the next one may have better luck
			continue
		}
		s.clients.Add(1)
		go func() {
			defer s.clients.Done()
			defer client.Close()
			converse(client, answer)
		}()
	}
}

func (s *socket) accept() (*os.File, error) {
	raw, err := s.file.SyscallConn()
	if err != nil {
		return nil, err
	}
	var (
		fd     int
		failed error
	)
	err = raw.Read(func(listener uintptr) bool {
		fd, _, failed = unix.Accept4(int(listener), unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK)
		return failed != unix.EAGAIN
	})
	if err != nil {
		return nil, err
	}
	if failed != nil {
		return nil, failed
	}
	peer, err := unix.GetsockoptUcred(fd, unix.SOL_SOCKET, unix.SO_PEERCRED)
	if err == nil && peer.Uid != 0 && int(peer.Uid) != os.Geteuid() {
		err = fmt.Errorf("user %d may not ask", peer.Uid)
	}
	if err != nil {
		unix.Close(fd)
		return nil, err
	}
	return os.NewFile(uintptr(fd), "client"), nil
}

func converse(client *os.File, answer func(wire.Request) wire.Response) {
	_ = client.SetReadDeadline(time.Now().Add(askWithin))
	line, err := bufio.NewReaderSize(client, 512).ReadSlice('\n')
	if err != nil {
		return
	}
	var request wire.Request
	response := wire.Response{Error: "not a request"}
	if json.Unmarshal(line, &request) == nil {
		response = answer(request)
	}
	reply, err := json.Marshal(response)
	if err != nil {
		return
	}
	_ = client.SetWriteDeadline(time.Now().Add(askWithin))
	_, _ = client.Write(append(reply, '\n'))
}

// close lets the clients that wait have their answer, takes no new ones, and
// is gone. Who comes too late reads the exit record.
func (s *socket) close() {
	_ = os.Remove(s.path)
	_ = s.file.Close()
	s.clients.Wait()
}
