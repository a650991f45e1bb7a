package artifact

import (
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
)

// Layer compresses a tar that was made elsewhere, in the way of Pack: the same tar gives the same bytes. Files and Bytes of the
// summary are not counted.
func Layer(tar io.Reader, w io.Writer) (Summary, error) {
	outer := newCounter(w)
	zip, err := gzip.NewWriterLevel(outer, level)
	if err != nil {
		return Summary{}, fmt.Errorf("compressing a layer: %w", err)
	}
	inner := newCounter(zip)
	if _, err = io.CopyBuffer(inner, tar, make([]byte, 256<<10)); err == nil {
		err = zip.Close()
	}
	if err != nil {
		return Summary{}, fmt.Errorf("compressing a layer: %w", err)
	}
	return Summary{Digest: outer.digest(), DiffID: inner.digest(), Size: outer.n}, nil
}
