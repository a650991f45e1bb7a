package app

import (
	"context"
	"fmt"
	"slices"

	"gemba"
	"gemba/internal/deploy"
	"gemba/internal/driver/secret"
)

// secretVault resolves secrets; it implements deploy.Secrets.
type secretVault struct{ resolver *secret.Resolver }

// vaultOf is the vault as one declaration sees it.
type vaultOf struct {
	vault   *secretVault
	sources []gemba.SecretSource // their paths absolute
}

const versionKeySetting = "secret.version.key"

// openVault takes the key that versions are made with: without one, a version would let anybody try values.
func (a *App) openVault(ctx context.Context) (*secretVault, error) {
	key, err := a.keyNamed(ctx, versionKeySetting)
	if err != nil {
		return nil, err
	}
	resolver, err := secret.New(key, lookup(a.options.Getenv))
	return &secretVault{resolver}, err
}

func (v *secretVault) of(sources []gemba.SecretSource) *vaultOf {
	return &vaultOf{v, sources}
}

// Reveal implements deploy.Secrets.
func (v *secretVault) Reveal(ctx context.Context, release gemba.Release) (map[string]gemba.Secret, error) {
	if len(release.Secrets) == 0 {
		return nil, nil
	}
	known := vaultOf{v, release.SecretSources}
	values := map[string]gemba.Secret{}
	for name := range release.Secrets {
		found, err := known.find(ctx, name)
		if err != nil {
			return nil, err
		}
		values[name] = found.Value
	}
	return values, nil
}

var _ deploy.Secrets = (*secretVault)(nil)

func (o *vaultOf) find(ctx context.Context, name string) (secret.Resolved, error) {
	i := slices.IndexFunc(o.sources, func(s gemba.SecretSource) bool { return s.Name == name })
	if i < 0 {
		return secret.Resolved{}, gemba.Fail(gemba.Invalid, fmt.Sprintf("secret %q is not declared", name), "the accepted declaration does not say where its value comes from", "declare it, commit, and run  gemba accept")
	}
	return o.vault.resolver.Resolve(ctx, o.sources[i])
}

// versions names the values of secrets without telling them.
func (o *vaultOf) versions(ctx context.Context, names []string) (map[string]string, error) {
	if len(names) == 0 {
		return nil, nil
	}
	versions := map[string]string{}
	for _, name := range names {
		found, err := o.find(ctx, name)
		if err != nil {
			return nil, err
		}
		versions[name] = found.Version
	}
	return versions, nil
}

// values are the texts of secrets, for those who keep them out of what is printed.
func (o *vaultOf) values(ctx context.Context, names []string) ([]string, error) {
	var texts []string
	for _, name := range names {
		found, err := o.find(ctx, name)
		if err != nil {
			return nil, err
		}
		texts = append(texts, found.Value.Reveal())
	}
	return texts, nil
}

// resolve gives a build the text of a value.
func (o *vaultOf) resolve(ctx context.Context, value gemba.Value) (string, error) {
	return value.Resolve(func(p gemba.Part) (string, error) {
		if p.Secret == "" {
			return "", gemba.Fail(gemba.Invalid, "a build has no "+p.Var, value.String(), "${port} and ${data} are for processes")
		}
		found, err := o.find(ctx, p.Secret)
		return found.Value.Reveal(), err
	})
}
