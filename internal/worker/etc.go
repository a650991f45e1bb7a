package worker

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// etcFile is a file of the machine's /etc, copied: through links, which may
// lead out of it.
type etcFile struct {
	path    string // relative to the root
	content []byte
}

// etcDirs are the directories of /etc that programs need: certificates without
// private keys, and what the machine chose among alternatives.
func etcDirs() []string {
	dirs := []string{"/etc/ssl/certs", "/etc/ca-certificates", "/etc/alternatives", "/etc/ld.so.conf.d",
		"/etc/pki/tls/certs", "/etc/pki/ca-trust", "/etc/crypto-policies", "/etc/fonts"}
	java, _ := filepath.Glob("/etc/java-*-openjdk") // its libraries link to it
	return append(dirs, java...)
}

func etcNames() []string {
	return []string{"passwd", "group", "nsswitch.conf", "hosts", "host.conf", "resolv.conf", "ld.so.cache", "ld.so.conf",
		"ld.so.preload", "localtime", "timezone", "mime.types", "services", "protocols", "debian_version", "os-release",
		"ca-certificates.conf", "gai.conf", "shells", "ssl/openssl.cnf"}
}

// readEtc reads what is there of it.
func readEtc(uid, gid int) ([]etcFile, error) {
	var files []etcFile
	for _, name := range etcNames() {
		content, err := os.ReadFile(filepath.Join("/etc", name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		switch name {
		case "passwd":
			content = withEntry(content, uid, fmt.Sprintf("gemba:x:%d:%d::%s:/bin/sh", uid, gid, home))
		case "group":
			content = withEntry(content, gid, fmt.Sprintf("gemba:x:%d:", gid))
		}
		files = append(files, etcFile{path: filepath.Join("etc", name), content: content})
	}
	return files, nil
}

// withEntry adds a line for a user or group whose number has none.
func withEntry(content []byte, number int, entry string) []byte {
	for line := range bytes.Lines(content) {
		fields := bytes.SplitN(line, []byte(":"), 4)
		if len(fields) > 2 && string(bytes.TrimSpace(fields[2])) == fmt.Sprint(number) {
			return content
		}
	}
	if len(content) > 0 && !bytes.HasSuffix(content, []byte("\n")) {
		content = append(content, '\n')
	}
	return append(content, entry+"\n"...)
}

// devices are those that every program may expect.
func devices() []string {
	return []string{"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty"}
}
