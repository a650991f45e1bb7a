package prometheus

import (
	"context"
	"fmt"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"

	"gemba"
)

// Line is one series of an answer.
type Line struct {
	Labels map[string]string `json:"labels"`
	Points []Point           `json:"points"` // in order of time
}

// Point is one value.
type Point struct {
	Time  time.Time `json:"time"`
	Value float64   `json:"value"`
}

// Query evaluates a PromQL expression at a time. A number is one line without
// labels. An expression that is wrong is a gemba.Error with Invalid.
func (s *Series) Query(ctx context.Context, expression string, at time.Time) ([]Line, error) {
	q, err := s.engine.NewInstantQuery(ctx, s.db, nil, expression, at)
	return run(ctx, q, expression, err)
}

// Range evaluates a PromQL expression at every step from one time to another.
func (s *Series) Range(ctx context.Context, expression string, from, to time.Time, step time.Duration) ([]Line, error) {
	q, err := s.engine.NewRangeQuery(ctx, s.db, nil, expression, from, to, step)
	return run(ctx, q, expression, err)
}

func run(ctx context.Context, q promql.Query, expression string, err error) ([]Line, error) {
	if err != nil {
		return nil, &gemba.Error{
			Code: gemba.Invalid, What: fmt.Sprintf("the query %q cannot be read", expression),
			Try: "see https://prometheus.io/docs/prometheus/latest/querying/basics/", Err: err,
		}
	}
	defer q.Close()
	result := q.Exec(ctx)
	if result.Err != nil {
		return nil, fmt.Errorf("evaluate %q: %w", expression, result.Err)
	}
	return lines(result)
}

func lines(result *promql.Result) ([]Line, error) {
	switch v := result.Value.(type) {
	case promql.Scalar:
		return []Line{{Labels: map[string]string{}, Points: []Point{point(v.T, v.V)}}}, nil
	case promql.Vector:
		return vector(v), nil
	case promql.Matrix:
		return matrix(v), nil
	}
	return nil, gemba.Fail(gemba.Invalid, "the query does not answer with numbers", "it answers with a "+string(result.Value.Type()), "")
}

func vector(v promql.Vector) []Line {
	var all []Line
	for _, sample := range v {
		all = append(all, Line{Labels: labelMap(sample.Metric), Points: []Point{point(sample.T, sample.F)}})
	}
	return all
}

func matrix(m promql.Matrix) []Line {
	var all []Line
	for _, series := range m {
		line := Line{Labels: labelMap(series.Metric)}
		for _, p := range series.Floats {
			line.Points = append(line.Points, point(p.T, p.F))
		}
		all = append(all, line)
	}
	return all
}

func point(ms int64, value float64) Point { return Point{Time: time.UnixMilli(ms).UTC(), Value: value} }

func labelMap(l labels.Labels) map[string]string { return l.Map() }
