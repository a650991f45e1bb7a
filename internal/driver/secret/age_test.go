package secret_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"io"
	"os"
	"path/filepath"
	"testing"

	"filippo.io/age"
	"filippo.io/age/agessh"
	"filippo.io/age/armor"
	"golang.org/x/crypto/ssh"

	"gemba"
)

var source = gemba.SecretSource{Name: "database", Age: "db.age"}

func newIdentity(t *testing.T) *age.X25519Identity {
	t.Helper()
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return identity
}

// encrypted puts an age file into a directory of its own, open to all.
func encrypted(t *testing.T, value string, armored bool, to age.Recipient) (dir string) {
	t.Helper()
	var file bytes.Buffer
	var out io.WriteCloser = nopCloser{&file}
	if armored {
		out = armor.NewWriter(&file)
	}
	w, err := age.Encrypt(out, to)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(w, value)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	dir = put(t, "db.age", file.String())
	if err := os.Chmod(filepath.Join(dir, "db.age"), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }

func TestAnAgeFileIsOpenedByTheIdentityWhereverItIs(t *testing.T) {
	identity := newIdentity(t)
	file := filepath.Join(put(t, "key", "# created: today\n"+identity.String()+"\n"), "key")
	home := t.TempDir()
	write(t, filepath.Join(home, ".config", "gemba", "age.txt"), identity.String())
	for name, variables := range map[string]map[string]string{
		"in the variable":                    {"GEMBA_AGE_IDENTITY": identity.String()},
		"in a file that the variable names":  {"GEMBA_AGE_IDENTITY": file},
		"in the configuration of the user":   {"XDG_CONFIG_HOME": filepath.Join(home, ".config"), "HOME": "/nowhere"},
		"in the home directory":              {"HOME": home},
		"the variable before the home's one": {"GEMBA_AGE_IDENTITY": identity.String(), "HOME": "/nowhere"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, armored := range []bool{false, true} {
				got, err := resolver(t, variables).Resolve(t.Context(), in(encrypted(t, "s3cret\n", armored, identity.Recipient()), source))
				if err != nil || got.Value.Reveal() != "s3cret" {
					t.Fatalf("armored %v: %v", armored, err)
				}
			}
		})
	}
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestAnSSHKeyOpensAnAgeFile(t *testing.T) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(private, "")
	if err != nil {
		t.Fatal(err)
	}
	sshPublic, err := ssh.NewPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	recipient, err := agessh.NewEd25519Recipient(sshPublic)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(put(t, "id_ed25519", string(pem.EncodeToMemory(block))), "id_ed25519")
	got, err := resolver(t, map[string]string{"GEMBA_AGE_IDENTITY": path}).Resolve(t.Context(), in(encrypted(t, "s3cret", false, recipient), source))
	if err != nil || got.Value.Reveal() != "s3cret" {
		t.Fatal(err)
	}
}

func TestAnAgeFileThatDoesNotOpenSaysWhy(t *testing.T) {
	identity, stranger := newIdentity(t), newIdentity(t)
	dir := encrypted(t, "s3cret", false, identity.Recipient())
	with := func(named string) map[string]string { return map[string]string{"GEMBA_AGE_IDENTITY": named} }

	_, err := resolver(t, with(stranger.String())).Resolve(t.Context(), in(dir, source))
	refused(t, err, gemba.Forbidden, "does not open", "db.age")

	_, err = resolver(t, map[string]string{"HOME": "/nowhere"}).Resolve(t.Context(), in(dir, source))
	refused(t, err, gemba.NotFound, "/nowhere/.config/gemba/age.txt does not exist", "age-keygen")

	_, err = resolver(t, with("AGE-SECRET-KEY-1NOTAKEY")).Resolve(t.Context(), in(dir, source))
	refused(t, err, gemba.Invalid, "no age identity")

	open := filepath.Join(put(t, "key", identity.String()), "key")
	if err := os.Chmod(open, 0o644); err != nil {
		t.Fatal(err)
	}
	_, err = resolver(t, with(open)).Resolve(t.Context(), in(dir, source))
	refused(t, err, gemba.Forbidden, "chmod 600 "+open)

	_, err = resolver(t, with(identity.String())).Resolve(t.Context(), in(t.TempDir(), source))
	refused(t, err, gemba.NotFound, "db.age does not exist")
}

func TestADamagedAgeFileIsSaid(t *testing.T) {
	identity := newIdentity(t)
	r := resolver(t, map[string]string{"GEMBA_AGE_IDENTITY": identity.String()})
	dir := encrypted(t, "s3cret", false, identity.Recipient())
	path := filepath.Join(dir, "db.age")
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	changed := bytes.Clone(whole)
	changed[len(changed)-1] ^= 1
	for _, content := range [][]byte{changed, whole[:len(whole)-3], whole[:20], []byte("s3cret"), {}} {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := r.Resolve(t.Context(), in(dir, source))
		refused(t, err, gemba.Invalid, "is damaged, or not an age file")
	}
}
