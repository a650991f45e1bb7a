package certificate_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"gemba"
	"gemba/internal/resource"
	"gemba/internal/resource/certificate"
	"gemba/internal/resource/memory"
	"gemba/internal/resource/resourcetest"
)

const (
	path  = "/etc/own.pem"
	key   = "/etc/own.key"
	chain = "/etc/chain.pem"
)

// texts are a certificate, its key in two forms, who signed it, and a key of somebody else.
type texts struct{ own, key, sec1, above, other string }

func issue(t *testing.T) texts {
	t.Helper()
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	encode := func(kind string, der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	}
	caPublic, caKey, err := ed25519.GenerateKey(rand.Reader)
	must(err)
	template := func(name string, ca bool) *x509.Certificate {
		return &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<32, 0), IsCA: ca, BasicConstraintsValid: true}
	}
	sign := func(public crypto.PublicKey, name string, ca bool) string {
		der, err := x509.CreateCertificate(rand.Reader, template(name, ca), template("authority", true), public, caKey)
		must(err)
		return encode("CERTIFICATE", der)
	}
	own, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(err)
	pkcs8, err := x509.MarshalPKCS8PrivateKey(own)
	must(err)
	sec1, err := x509.MarshalECPrivateKey(own)
	must(err)
	other, err := x509.MarshalPKCS8PrivateKey(caKey)
	must(err)
	return texts{
		own: sign(own.Public(), "guestbook", false), above: sign(caPublic, "authority", true),
		key: encode("PRIVATE KEY", pkcs8), sec1: encode("EC PARAMETERS", []byte{6, 8}) + encode("EC PRIVATE KEY", sec1), other: encode("PRIVATE KEY", other),
	}
}

func TestLaws(t *testing.T) {
	issued := issue(t)
	resourcetest.Laws(t, certificate.Kind(), func(t *rapid.T, h *memory.Host) (string, map[string]any) {
		for _, name := range []string{path, key, chain} {
			switch rapid.SampledFrom([]string{"nothing", "old", "the same", "link"}).Draw(t, name) {
			case "old":
				h.Set(name, "old")
			case "the same":
				h.Set(name, map[string]string{path: issued.own + issued.above, key: issued.key, chain: issued.above}[name])
			case "link":
				if err := h.Symlink("/nowhere", name); err != nil {
					t.Fatal(err)
				}
			}
			if info, err := h.Lstat(name); err == nil && info.Type == resource.Regular && rapid.Bool().Draw(t, "of somebody") {
				if err := h.Chown(name, 33, 33); err != nil {
					t.Fatal(err)
				}
			}
		}
		declared := map[string]any{"certificate": h.AddBody(rapid.SampledFrom([]string{issued.own, strings.TrimSuffix(issued.own, "\n")}).Draw(t, "own"))}
		if rapid.Bool().Draw(t, "key?") {
			declared["key"], declared["key_path"] = h.AddBody(rapid.SampledFrom([]string{issued.key, issued.sec1}).Draw(t, "key")), key
		}
		if rapid.Bool().Draw(t, "chain?") {
			declared["chain"] = h.AddBody(issued.above)
			if rapid.Bool().Draw(t, "apart") {
				declared["chain_path"] = chain
			}
		}
		if rapid.Bool().Draw(t, "owner?") {
			declared["owner"], declared["group"], declared["key_mode"] = "www-data", "33", "0640"
		}
		return path, declared
	})
}

func TestACertificateComesWithItsChainAndItsKey(t *testing.T) {
	issued, h := issue(t), memory.New()
	difference, err := resourcetest.Change(t, certificate.Kind(), h, path, map[string]any{
		"certificate": h.AddBody(strings.TrimSuffix(issued.own, "\n")), "chain": h.AddBody(issued.above), "key": h.AddBody(issued.key), "key_path": key, "group": "adm", "key_mode": "0640",
	})
	if err != nil || h.Text(path) != issued.own+issued.above || h.Text(key) != issued.key || difference.Action != gemba.ActionCreate {
		t.Fatalf("%v\n%s", err, h.Text(path))
	}
	private, _ := h.Lstat(key)
	public, _ := h.Lstat(path)
	if private.Mode != 0o640 || private.GID != 4 || public.Mode != 0o644 || !slices.Equal(h.Calls, []string{"write " + key, "write " + path}) {
		t.Errorf("%+v, %+v, %v", private, public, h.Calls)
	}
	for _, d := range difference.Diffs {
		if d.Attribute == "key" && (!d.Hidden || d.From+d.To != "") {
			t.Errorf("%+v", d)
		}
	}
}

func TestWhatDoesNotBelongTogetherIsNotWritten(t *testing.T) {
	issued := issue(t)
	for says, parts := range map[string][3]string{
		"is not that of the certificate": {issued.own, issued.other, ""},
		"key: there is none in it":       {issued.own, "rubbish", ""},
		"it is encrypted":                {issued.own, "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n", ""},
		"certificate: there is none":     {issued.key, issued.key, ""},
		"the chain begins with":          {issued.own, issued.key, issued.own},
		"chain: there is none":           {issued.own, issued.key, "rubbish"},
	} {
		h := memory.New()
		h.Set(path, "old")
		declared := map[string]any{"certificate": h.AddBody(parts[0]), "key": h.AddBody(parts[1]), "key_path": key}
		if parts[2] != "" {
			declared["chain"] = h.AddBody(parts[2])
		}
		if _, err := resourcetest.Change(t, certificate.Kind(), h, path, declared); err == nil || !strings.Contains(err.Error(), says) || h.Text(path) != "old" || h.Text(key) != "" {
			t.Errorf("%s: %v", says, err)
		}
	}
}

func TestDeclarationsThatMakeNoSense(t *testing.T) {
	body := map[string]any{"digest": "sha256:00", "size": 1}
	for says, declared := range map[string]map[string]any{
		"needs certificate": {},
		"needs key_path":    {"certificate": body, "key": body},
		"needs a chain":     {"certificate": body, "chain_path": chain},
		"of their own":      {"certificate": body, "key": body, "key_path": path},
		"let everybody":     {"certificate": body, "key": body, "key_path": key, "key_mode": "0644"},
		"is symbolic":       {"certificate": body, "mode": "u=r"},
	} {
		text, _ := json.Marshal(declared)
		if _, err := certificate.Kind().New(path, text); gemba.CodeOf(err) != gemba.Invalid || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", says, err)
		}
	}
}
