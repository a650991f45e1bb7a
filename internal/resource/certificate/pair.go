package certificate

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
)

// belong holds a certificate against its key and its chain; an empty one of those is not looked at.
func belong(certificate, key, chain []byte) error {
	own, err := certificates(certificate)
	if err != nil {
		return fmt.Errorf("certificate: %w", err)
	}
	if len(key) > 0 {
		private, err := privateKey(key)
		if err != nil {
			return fmt.Errorf("key: %w", err)
		}
		public, comparable := private.Public().(interface{ Equal(crypto.PublicKey) bool })
		if !comparable || !public.Equal(own[0].PublicKey) {
			return fmt.Errorf("the key is not that of the certificate (of %s): take the key that its request was made with", own[0].Subject)
		}
	}
	if len(chain) == 0 {
		return nil
	}
	above, err := certificates(chain)
	if err != nil {
		return fmt.Errorf("chain: %w", err)
	}
	if !bytes.Equal(own[len(own)-1].RawIssuer, above[0].RawSubject) {
		return fmt.Errorf("the chain begins with %s, and the certificate is signed by %s", above[0].Subject, own[len(own)-1].Issuer)
	}
	return nil
}

func certificates(text []byte) ([]*x509.Certificate, error) {
	var all []*x509.Certificate
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			continue
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	if len(all) == 0 {
		return nil, errors.New("there is none in it; it is a PEM file, with BEGIN CERTIFICATE")
	}
	return all, nil
}

func privateKey(text []byte) (crypto.Signer, error) {
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if strings.HasPrefix(block.Type, "ENCRYPTED") || strings.Contains(block.Headers["Proc-Type"], "ENCRYPTED") {
			return nil, errors.New("it is encrypted, and no service could read it at a start; decrypt it, and keep it as a secret")
		}
		if !strings.HasSuffix(block.Type, "PRIVATE KEY") {
			continue
		}
		var key any
		var err error
		switch block.Type {
		case "RSA PRIVATE KEY":
			key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
		case "EC PRIVATE KEY":
			key, err = x509.ParseECPrivateKey(block.Bytes)
		default:
			key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
		}
		if err != nil {
			return nil, errors.New("it cannot be read as the key that it says it is") // the cause could tell parts of it
		}
		if signer, is := key.(crypto.Signer); is {
			return signer, nil
		}
	}
	return nil, errors.New("there is none in it; it is a PEM file, with BEGIN PRIVATE KEY")
}
