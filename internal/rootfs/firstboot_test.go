package rootfs

import (
	"strings"
	"testing"
)

func TestTheFirstStartDoesWhatIsLeftAndThenForgetsIt(t *testing.T) {
	text := firstBoot([][]string{{"systemctl", "--no-block", "start", "--", `back\x2dup@50%.service`}})
	lines := strings.Split(text, "\n")
	var commands []string
	for _, l := range lines {
		if c, is := strings.CutPrefix(l, "ExecStart="); is {
			commands = append(commands, c)
		}
	}
	if len(commands) != 2 || commands[0] != `"systemctl" "--no-block" "start" "--" "back\\x2dup@50%%.service"` {
		t.Errorf("%q", commands)
	}
	if !strings.HasPrefix(commands[len(commands)-1], `"/usr/bin/rm" "-f" `) {
		t.Errorf("the last is %s", commands[len(commands)-1])
	}
}
