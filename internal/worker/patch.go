package worker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"gemba"
	"gemba/internal/driver/host"
	"gemba/internal/patch"
	"gemba/internal/resource"
	"gemba/internal/wire"
)

// patchHost carries out one act of patching. What is begun ends, whoever listens: packages that are half installed help nobody.
func patchHost(state string, in io.Reader, out io.Writer) error {
	var order wire.Patch
	if err := readLine(in, &order); err != nil {
		return err
	}
	p := &patching{Host: host.New(host.Options{}), state: state, order: order, encoder: json.NewEncoder(out)}
	news, err := p.act(context.Background())
	if err != nil {
		news.Error = err.Error()
		var exit *resource.ExitError
		if errors.As(err, &exit) {
			news.Log = strings.Split(strings.TrimSpace(string(exit.Stderr)), "\n")
		}
	}
	news.Done = true
	p.say(news)
	return nil
}

type patching struct {
	*host.Host
	state   string
	order   wire.Patch
	encoder *json.Encoder
}

func (p *patching) say(news wire.PatchNews) { _ = p.encoder.Encode(news) } // nobody to tell that nobody listens

func (p *patching) act(ctx context.Context) (wire.PatchNews, error) {
	switch p.order.Act {
	case wire.PatchLook:
		pending, err := p.look(ctx)
		return wire.PatchNews{Pending: &pending}, err
	case wire.PatchHealth:
		health, err := p.health(ctx)
		return wire.PatchNews{Health: &health}, err
	case wire.PatchUpgrade:
		return wire.PatchNews{}, p.hold(ctx, p.upgrade)
	case wire.PatchReboot:
		return wire.PatchNews{}, p.hold(ctx, func(ctx context.Context) error {
			_, err := p.Run(ctx, resource.Command{Argv: []string{"systemctl", "--no-block", "reboot"}, Timeout: time.Minute})
			return err
		})
	}
	return wire.PatchNews{}, fmt.Errorf("there is no act %q of patching", p.order.Act)
}

// hold takes the host for what changes it.
func (p *patching) hold(ctx context.Context, do func(context.Context) error) error {
	release, err := takeHost(ctx, p.state, p.order.Holder, func(who string) { p.say(wire.PatchNews{Waits: who}) })
	if err != nil {
		return err
	}
	defer release()
	return do(ctx)
}

// apt runs apt-get so that it asks nothing, waits for who has its lock, and keeps files that somebody has changed.
func (p *patching) apt(ctx context.Context, words ...string) (string, error) {
	argv := append([]string{"apt-get", "-q", "-o", "Dpkg::Options::=--force-confold", "-o", "Dpkg::Lock::Timeout=120", "-o", "Dpkg::Use-Pty=0"}, words...)
	out, err := p.Run(ctx, resource.Command{Argv: argv, Timeout: time.Hour,
		Env: []string{"DEBIAN_FRONTEND=noninteractive", "APT_LISTCHANGES_FRONTEND=none", "NEEDRESTART_MODE=a", "UCF_FORCE_CONFFOLD=1"}})
	return string(out.Stdout), err
}

// look updates the lists and says what waits.
func (p *patching) look(ctx context.Context) (gemba.PendingWork, error) {
	pending := gemba.PendingWork{Observed: time.Now().UTC()}
	if _, err := p.apt(ctx, "-o", "APT::Update::Error-Mode=any", "update"); err != nil {
		return pending, fmt.Errorf("updating the lists of packages: %w", err)
	}
	would, err := p.apt(ctx, "-s", "--with-new-pkgs", "upgrade")
	if err != nil {
		return pending, fmt.Errorf("asking what is newer: %w", err)
	}
	ignoring, err := p.apt(ctx, "-s", "--ignore-hold", "--with-new-pkgs", "upgrade")
	if err != nil {
		return pending, fmt.Errorf("asking what is newer: %w", err)
	}
	held, err := p.marked(ctx, "showhold")
	if err != nil {
		return pending, err
	}
	pending.Held = patch.Held(patch.Upgrades(ignoring), held)
	pending.Upgrades = slices.DeleteFunc(patch.Upgrades(would), func(u gemba.Upgrade) bool { return slices.Contains(held, u.Name) })
	pending.Reboot = needsReboot(host.Facts(false))
	return pending, nil
}

func (p *patching) marked(ctx context.Context, what string) ([]string, error) {
	out, err := p.Run(ctx, resource.Command{Argv: []string{"apt-mark", what}, Timeout: time.Minute})
	if err != nil {
		return nil, fmt.Errorf("asking which packages are marked: %w", err)
	}
	return patch.Names(string(out.Stdout)), nil
}

// upgrade takes the new versions in one transaction, which removes nothing. What was there for others only stays so.
func (p *patching) upgrade(ctx context.Context) error {
	auto, err := p.marked(ctx, "showauto")
	if err != nil {
		return err
	}
	words := []string{"-y", "--no-remove", "--only-upgrade", "--no-install-recommends", "install", "--"}
	remark := []string{"apt-mark", "-q", "auto", "--"}
	for _, u := range p.order.Upgrades {
		words = append(words, u.Name+"="+u.To)
		if slices.Contains(auto, u.Name) {
			remark = append(remark, u.Name)
		}
	}
	_, failed := p.apt(ctx, words...)
	if len(remark) > 4 {
		if _, err := p.Run(ctx, resource.Command{Argv: remark, Timeout: time.Minute}); err != nil {
			failed = errors.Join(failed, fmt.Errorf("marking packages as automatic again: %w", err))
		}
	}
	return failed
}

// needsReboot says why a host has to be started anew; "" when it has not.
func needsReboot(facts map[string]string) string {
	for _, at := range []string{"/run/reboot-required", "/var/run/reboot-required"} {
		if _, err := os.Stat(at); err != nil {
			continue
		}
		if text, err := os.ReadFile(at + ".pkgs"); err == nil && len(text) > 0 {
			return "asked for by " + strings.Join(slices.Compact(patch.Names(string(text))), ", ")
		}
		return at + " is there"
	}
	if facts["virtualization"] == "container" {
		return "" // its kernel is another's
	}
	for _, link := range []string{"/vmlinuz", "/boot/vmlinuz"} { // Debian has them lead to the newest kernel
		target, err := os.Readlink(link)
		newest, is := strings.CutPrefix(path.Base(target), "vmlinuz-")
		if err == nil && is {
			if newest != facts["kernel"] {
				return "kernel " + newest + " is installed, " + facts["kernel"] + " runs"
			}
			return ""
		}
	}
	return ""
}

// health says what runs.
func (p *patching) health(ctx context.Context) (wire.Health, error) {
	var h wire.Health
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return h, fmt.Errorf("reading which start this is: %w", err)
	}
	h.Boot = strings.TrimSpace(string(boot))
	ask := func(words ...string) (string, error) {
		out, err := p.Run(ctx, resource.Command{Argv: append([]string{"systemctl"}, words...), Timeout: time.Minute})
		return string(out.Stdout), err
	}
	shown, err := ask("show", "--property=Id,SubState,UnitFileState", "*.service")
	if err != nil {
		return h, fmt.Errorf("asking which units run: %w", err)
	}
	failed, err := ask("list-units", "--state=failed", "--plain", "--no-legend")
	if err != nil {
		return h, fmt.Errorf("asking which units have failed: %w", err)
	}
	running, _ := ask("is-system-running") // its code is not 0 when a unit has failed
	h.Running, h.Failed = patch.Running(shown), patch.Names(failed)
	switch strings.TrimSpace(running) {
	case "initializing", "starting", "stopping":
		h.Starting = true
	}
	return h, nil
}
