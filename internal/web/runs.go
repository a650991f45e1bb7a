package web

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"

	"gemba"
	"gemba/internal/view/line"
)

const runsShown = 50

type runsPage struct {
	frame
	Service  string
	Services []string
	Runs     []gemba.Run
	Older    int // the limit that shows more; 0 when all are shown
}

func (h *dashboard) runs(w http.ResponseWriter, r *http.Request) error {
	service, limit := r.URL.Query().Get("service"), min(max(count(r, "limit", runsShown), 1), 1000)
	status, err := h.src.Status(r.Context())
	if err != nil {
		return err
	}
	runs, err := h.src.Runs(r.Context(), service, limit+1)
	if err != nil {
		return err
	}
	p := runsPage{frame: h.frame("runs", "Runs"), Service: service, Services: services(status), Runs: runs}
	if len(runs) > limit {
		p.Runs, p.Older = runs[:limit], limit+runsShown
	}
	return h.render(w, http.StatusOK, "runs", p)
}

type runPage struct {
	frame
	Run    gemba.Run
	Line   line.Line
	Stages []stageView
	Error  *firstError
	Tests  testsView
	Events []gemba.Event
}

// stageView is the steps of a run that belong together.
type stageView struct {
	Name  string
	Steps []stepView
}

// stepView is a step with its log.
type stepView struct {
	gemba.Step
	Slug string // names it in addresses: "build", "staging-smoke"
	Open bool
	Log  *logView // nil: not on the page; the script or the log's own page shows it
}

// firstError is where a failed run first said what is wrong.
type firstError struct {
	Step stepView
	Line logLine
}

func (h *dashboard) run(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	n, err := id(r, "run")
	if err != nil {
		return err
	}
	run, err := h.src.Run(ctx, n)
	if err != nil {
		return err
	}
	status, err := h.src.Status(ctx)
	if err != nil {
		return err
	}
	results, err := h.src.TestResults(ctx, n)
	if err != nil {
		return err
	}
	events, err := h.src.Events(ctx, 0, 0, 20, n, "")
	if err != nil {
		return err
	}
	own := []gemba.Run{run}
	p := runPage{
		frame: h.frame("runs", fmt.Sprintf("Run %d: %s %s", run.ID, run.Service, run.Commit.Short())), Run: run,
		Line: h.line(status, run.Service, own), Tests: testsOf(results, 20), Events: events,
	}
	steps, first, err := h.steps(ctx, run, r.Header.Get("Gemba-Live") != "")
	if err != nil {
		return err
	}
	p.Stages, p.Error = byStage(steps), first
	return h.render(w, http.StatusOK, "run", p)
}

func byStage(steps []stepView) []stageView {
	var stages []stageView
	for _, s := range steps {
		if n := len(stages); n == 0 || stages[n-1].Name != s.Stage {
			stages = append(stages, stageView{Name: s.Stage})
		}
		last := &stages[len(stages)-1]
		last.Steps = append(last.Steps, s)
	}
	return stages
}

// testsView is the single tests of a run, those first that need somebody.
type testsView struct {
	Failed, Skipped, Passed []gemba.TestResult
	Total                   int
	Hidden                  int // passed tests that are not on the page
}

func testsOf(results []gemba.TestResult, passed int) testsView {
	v := testsView{Total: len(results)}
	for _, t := range results {
		switch t.Outcome {
		case gemba.Failed:
			if len(t.Output) > 4000 {
				t.Output = "… " + t.Output[len(t.Output)-4000:]
			}
			v.Failed = append(v.Failed, t)
		case gemba.Skipped:
			v.Skipped = append(v.Skipped, t)
		default:
			v.Passed = append(v.Passed, t)
		}
	}
	slices.SortStableFunc(v.Passed, func(a, b gemba.TestResult) int { return cmp.Compare(b.Duration, a.Duration) })
	if len(v.Passed) > passed {
		v.Hidden, v.Passed = len(v.Passed)-passed, v.Passed[:passed]
	}
	return v
}

type testsPage struct {
	frame
	Run   gemba.Run
	Tests testsView
}

func (h *dashboard) tests(w http.ResponseWriter, r *http.Request) error {
	n, err := id(r, "run")
	if err != nil {
		return err
	}
	run, err := h.src.Run(r.Context(), n)
	if err != nil {
		return err
	}
	results, err := h.src.TestResults(r.Context(), n)
	if err != nil {
		return err
	}
	return h.render(w, http.StatusOK, "tests", testsPage{
		frame: h.frame("runs", fmt.Sprintf("Tests of run %d", n)), Run: run, Tests: testsOf(results, len(results)),
	})
}
