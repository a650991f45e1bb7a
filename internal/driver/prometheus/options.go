package prometheus

import (
	"math"
	"time"

	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/tsdb"
	"github.com/prometheus/prometheus/tsdb/chunks"
	"github.com/prometheus/prometheus/util/compression"
)

// small are the engine's options for some hundreds of series beside a server
// that has other things to do; its defaults are for millions.
func small() *tsdb.Options {
	o := tsdb.DefaultOptions()
	o.RetentionDuration = retention.Milliseconds()
	o.MaxBytes = retentionSize
	o.MinBlockDuration = (2 * time.Hour).Milliseconds()
	o.MaxBlockDuration = (36 * time.Hour).Milliseconds() // a tenth of the retention, as Prometheus has it
	o.WALCompression = compression.Snappy
	o.WALSegmentSize = 8 << 20
	o.WALReplayConcurrency = 1
	o.MaxBlockChunkSegmentSize = 16 << 20 // preallocated while a block is written
	o.StripeSize = 64
	o.HeadChunksWriteBufferSize = chunks.MinWriteBufferSize
	o.HeadChunksWriteQueueSize = 0
	o.EnableExemplarStorage = false
	// The engine's own round of housekeeping panics when the disk is full;
	// keepMapping does that part of it, and compaction is told by commits.
	o.BlockReloadInterval = math.MaxInt64
	return o
}

// newEngine returns the evaluator of queries, bounded so that no question
// takes the server's memory or time.
func newEngine() *promql.Engine {
	return promql.NewEngine(promql.EngineOpts{
		MaxSamples:           2_000_000, // 32 MB
		Timeout:              10 * time.Second,
		LookbackDelta:        lookback,
		EnableAtModifier:     true,
		EnableNegativeOffset: true,
		Parser:               parser.NewParser(parser.Options{}),
	})
}

// lookback is the time after which a value no longer stands for now.
const lookback = 5 * time.Minute
