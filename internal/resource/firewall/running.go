package firewall

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"gemba/internal/resource"
)

func nft(ctx context.Context, sys resource.System, stdin string, words ...string) (string, error) {
	out, err := sys.Run(ctx, resource.Command{Argv: append([]string{"nft"}, words...), Stdin: []byte(stdin), Timeout: time.Minute})
	return string(out.Stdout), err
}

// errNoNft is a host on which there is no nft yet.
var errNoNft = errors.New(`there is no nft on the host; declare package "nftables"`)

// running is a digest of what the kernel has of a table, without what changes by itself; "" when it has none.
func running(ctx context.Context, sys resource.System, table string) (string, error) {
	text, err := nft(ctx, sys, "", append([]string{"-j", "list", "table"}, strings.Fields(table)...)...)
	var exit *resource.ExitError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", errNoNft
	case errors.As(err, &exit) && strings.Contains(string(exit.Stderr), "No such file or directory"):
		return "", nil
	case err != nil:
		return "", fmt.Errorf("asking the kernel for the table: %w", err)
	}
	var all struct {
		Objects []map[string]any `json:"nftables"`
	}
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		return "", fmt.Errorf("reading the table: %w", err)
	}
	sum := sha256.New()
	for _, object := range all.Objects {
		if object["metainfo"] != nil {
			continue
		}
		still(object)
		line, err := json.Marshal(object) // keys of maps are sorted
		if err != nil {
			return "", err
		}
		sum.Write(append(line, '\n'))
	}
	return hex.EncodeToString(sum.Sum(nil))[:32], nil
}

// still takes out what changes by itself: handles, counts of packets, and elements that come and go.
func still(value any) {
	switch v := value.(type) {
	case map[string]any:
		for _, key := range []string{"handle", "packets", "bytes", "used", "expires"} {
			delete(v, key)
		}
		if flags := fmt.Sprint(v["flags"]); strings.Contains(flags, "dynamic") || strings.Contains(flags, "timeout") {
			delete(v, "elem")
		}
		for _, inner := range v {
			still(inner)
		}
	case []any:
		for _, inner := range v {
			still(inner)
		}
	}
}
