package host

import (
	"net"
	"os"
	"runtime"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Facts are what this host is, as declarations may use them. What cannot be found out is left out; so is, of a root filesystem
// that is being baked, what only the hosts that are made of it will have.
func Facts(baked bool) map[string]string {
	facts := map[string]string{"architecture": runtime.GOARCH}
	put := func(name, value string) {
		if value != "" {
			facts[name] = value
		}
	}
	release := assignments("/etc/os-release")
	put("distribution", release["ID"])
	put("version", release["VERSION_ID"])
	put("codename", release["VERSION_CODENAME"])
	if baked {
		return facts
	}
	put("cpus", strconv.Itoa(runtime.NumCPU()))
	if name, err := os.Hostname(); err == nil {
		put("hostname", strings.SplitN(name, ".", 2)[0])
		put("fqdn", fqdn(name))
	}
	var name unix.Utsname
	if unix.Uname(&name) == nil {
		put("kernel", unix.ByteSliceToString(name.Release[:]))
	}
	var info unix.Sysinfo_t
	if unix.Sysinfo(&info) == nil {
		put("memory", strconv.FormatUint(info.Totalram*uint64(info.Unit), 10))
	}
	if exists("/run/systemd/system") {
		put("init", "systemd")
	}
	put("addresses", strings.Join(addresses(), ","))
	put("virtualization", virtualization())
	return facts
}

// fqdn is the name with its domain, as /etc/hosts has it.
func fqdn(name string) string {
	if strings.Contains(name, ".") {
		return name
	}
	text, err := os.ReadFile("/etc/hosts")
	if err != nil {
		return name
	}
	for line := range strings.Lines(string(text)) {
		line, _, _ = strings.Cut(line, "#")
		fields := strings.Fields(line)
		for _, field := range fields {
			if field == name {
				for _, other := range fields[1:] {
					if strings.HasPrefix(other, name+".") {
						return other
					}
				}
			}
		}
	}
	return name
}

// assignments reads NAME=VALUE lines, as a shell would without expanding anything.
func assignments(path string) map[string]string {
	found := map[string]string{}
	text, err := os.ReadFile(path)
	if err != nil {
		return found
	}
	for line := range strings.Lines(string(text)) {
		name, value, ok := strings.Cut(strings.TrimSpace(line), "=")
		if ok && !strings.HasPrefix(name, "#") {
			found[name] = strings.Trim(value, `"'`)
		}
	}
	return found
}

// addresses are those by which others may reach the host, IPv4 first.
func addresses() []string {
	all, err := net.InterfaceAddrs()
	if err != nil {
		return nil
	}
	var v4, v6 []string
	for _, a := range all {
		network, ok := a.(*net.IPNet)
		switch {
		case !ok || !network.IP.IsGlobalUnicast():
		case network.IP.To4() != nil:
			v4 = append(v4, network.IP.String())
		default:
			v6 = append(v6, network.IP.String())
		}
	}
	return append(v4, v6...)
}

// virtualization is what the host runs in, as far as it is told: "container", "kvm", "none".
func virtualization() string {
	if os.Getenv("container") != "" || exists("/run/systemd/container") || exists("/.dockerenv") {
		return "container"
	}
	vendor, err := os.ReadFile("/sys/class/dmi/id/sys_vendor")
	if err != nil {
		return "none"
	}
	for word, kind := range map[string]string{"QEMU": "kvm", "KVM": "kvm", "VMware": "vmware", "Xen": "xen", "Microsoft": "hyper-v", "Amazon EC2": "kvm", "Google": "kvm", "DigitalOcean": "kvm"} {
		if strings.Contains(string(vendor), word) {
			return kind
		}
	}
	return "none"
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
