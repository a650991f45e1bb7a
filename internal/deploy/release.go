package deploy

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"gemba"
)

// NewRelease makes the release of an artifact in an environment. versions are those of the secrets that it uses, by name.
func NewRelease(service gemba.Service, environment gemba.Environment, artifact gemba.Digest, versions map[string]string) (gemba.Release, error) {
	how, ok := environment.Deploy(service.Name)
	if !ok {
		return gemba.Release{}, gemba.Fail(gemba.Invalid, fmt.Sprintf("environment %q does not deploy %q", environment.Name, service.Name), "",
			fmt.Sprintf("add  deploy %q {}  to it", service.Name))
	}
	release := gemba.Release{
		Service: service.Name, Environment: environment.Name, Artifact: artifact,
		Processes: service.Processes, Data: service.Data, Deploy: how, Secrets: versions,
	}
	release.ID = identify(release)
	return release, nil
}

// identify is the digest of what makes a release run as it does, and of nothing else.
func identify(r gemba.Release) gemba.ReleaseID {
	r.ID, r.Commit, r.SecretSources = "", gemba.Commit{}, nil
	text, err := json.Marshal(struct {
		gemba.Release
		Created any `json:"created,omitempty"`
		Commit  any `json:"commit,omitempty"`
	}{Release: r})
	if err != nil {
		panic("a release does not marshal: " + err.Error()) // plain values always do
	}
	sum := sha256.Sum256(text)
	return gemba.ReleaseID(hex.EncodeToString(sum[:]))
}

// SecretNames lists the secrets that a service's processes use in an environment, sorted.
func SecretNames(service gemba.Service, how gemba.Deploy) []string {
	names := map[string]bool{}
	collect := func(env map[string]gemba.Value) {
		for _, v := range env {
			for _, s := range v.Secrets() {
				names[s] = true
			}
		}
	}
	collect(how.Env)
	for _, p := range service.Processes {
		collect(p.Env)
	}
	return slices.Sorted(maps.Keys(names))
}

// places are what the parts of a process' values that are known only now stand for.
type places struct {
	port    int
	data    string
	secrets map[string]gemba.Secret
}

func (p places) lookup(part gemba.Part) (string, error) {
	switch {
	case part.Secret != "":
		secret, ok := p.secrets[part.Secret]
		if !ok {
			return "", gemba.Fail(gemba.Invalid, fmt.Sprintf("secret %q is not declared", part.Secret), "", "")
		}
		return secret.Reveal(), nil
	case part.Var == "port":
		return strconv.Itoa(p.port), nil
	case part.Var == "data" && p.data == "":
		return "", gemba.Fail(gemba.Invalid, "the service keeps no data", "${data} is the directory that a block `data` asks for", "add  data {}  to the service, or take ${data} out of the deploy")
	case part.Var == "data":
		return p.data, nil
	}
	return "", gemba.Fail(gemba.Internal, fmt.Sprintf("unknown part %q of a value", part.Var), "", "")
}

// values are the texts of the secrets, sorted by name.
func (p places) values() []string {
	var texts []string
	for _, name := range slices.Sorted(maps.Keys(p.secrets)) {
		texts = append(texts, p.secrets[name].Reveal())
	}
	return texts
}

// Prepare works out how a program that is none of the release's processes runs as they would: a migration, a verification.
func (d *Deployer) Prepare(ctx context.Context, release gemba.Release) (Start, error) {
	return d.prepare(ctx, release, gemba.Process{Name: "task"}, ID{Environment: release.Environment, Service: release.Service})
}

// prepare works out everything that an instance of a process needs.
func (d *Deployer) prepare(ctx context.Context, release gemba.Release, process gemba.Process, id ID) (Start, error) {
	dir, err := d.Runtime.Unpack(ctx, release.Environment, release.Service, release.Artifact)
	if err != nil {
		return Start{}, err
	}
	p := places{port: id.Port}
	if release.Data != nil {
		if p.data, err = d.Runtime.Data(ctx, release.Environment, release.Service); err != nil {
			return Start{}, err
		}
	}
	if p.secrets, err = d.Secrets.Reveal(ctx, release); err != nil {
		return Start{}, err
	}
	start := Start{ID: id, Dir: dir, Cron: process.Cron, StopGrace: duration(process.StopTimeout), Secrets: p.values()}
	for _, word := range process.Command {
		text, err := word.Resolve(p.lookup)
		if err != nil {
			return Start{}, err
		}
		start.Argv = append(start.Argv, text)
	}
	start.Env, err = environ(release, process, p, dir)
	return start, err
}

// environ is the whole environment of a process: the system's, Gemba's, the process' and the deploy's, later ones winning.
func environ(release gemba.Release, process gemba.Process, p places, dir string) ([]string, error) {
	env := map[string]string{
		"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "HOME": dir,
		"GEMBA_SERVICE": release.Service, "GEMBA_ENVIRONMENT": release.Environment, "GEMBA_PROCESS": process.Name, "GEMBA_RELEASE": string(release.ID),
	}
	if p.port != 0 {
		env["PORT"] = strconv.Itoa(p.port)
	}
	if p.data != "" {
		env["DATA_DIR"], env["HOME"] = p.data, p.data
	}
	for _, layer := range []map[string]gemba.Value{process.Env, release.Deploy.Env} {
		for name, value := range layer {
			text, err := value.Resolve(p.lookup)
			if err != nil {
				return nil, fmt.Errorf("the environment variable %s: %w", name, err)
			}
			env[name] = text
		}
	}
	var list []string
	for _, name := range slices.Sorted(maps.Keys(env)) {
		list = append(list, name+"="+env[name])
	}
	return list, nil
}
