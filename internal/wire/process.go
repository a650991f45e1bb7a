package wire

import (
	"bytes"
	"errors"
	"fmt"
	"hash/fnv"
	"strconv"
)

// MarkVariable is in the environment of everything that a supervisor starts.
const MarkVariable = "GEMBA_SUPERVISOR"

// Mark is the environment entry by which processes of a supervisor are found
// when it was killed. Identifiers are unique in one state directory only, so
// the directory is part of it.
func Mark(id, dir string) string {
	sum := fnv.New64a()
	sum.Write([]byte(dir))
	return fmt.Sprintf("%s=%s.%016x", MarkVariable, id, sum.Sum64())
}

// Stat is what of /proc/PID/stat tells processes apart (proc(5)).
type Stat struct {
	State   byte // 'Z' for one that ended and was not yet waited for
	Parent  int
	Session int
	Start   uint64 // clock ticks since boot
}

var errStat = errors.New("not a line of /proc/PID/stat")

// ParseStat reads the content of /proc/PID/stat. The program's name may hold
// spaces and parentheses, so fields are counted from the last parenthesis.
func ParseStat(content []byte) (Stat, error) {
	end := bytes.LastIndexByte(content, ')')
	if end < 0 {
		return Stat{}, errStat
	}
	fields := bytes.Fields(content[end+1:])
	if len(fields) < 20 || len(fields[0]) != 1 {
		return Stat{}, errStat
	}
	parent, err1 := strconv.Atoi(string(fields[1]))
	session, err2 := strconv.Atoi(string(fields[3]))
	start, err3 := strconv.ParseUint(string(fields[19]), 10, 64)
	if err1 != nil || err2 != nil || err3 != nil {
		return Stat{}, errStat
	}
	return Stat{State: fields[0][0], Parent: parent, Session: session, Start: start}, nil
}
