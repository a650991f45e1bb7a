package monitor

import "context"

// asked reports whether the target can be asked over HTTP or TCP.
func (w *watch) asked() bool { return w.target.URL != "" || w.target.Address != "" }

// look finds out once whether the target works, and keeps that.
func (w *watch) look() error {
	if w.asked() {
		return w.probe()
	}
	return w.seeAlive()
}

func (w *watch) probe() error {
	at := w.now()
	answer := w.watcher.prober.Probe(w.ctx, w.target)
	if w.ctx.Err() != nil {
		return nil // the question was broken off by us: it says nothing of the target
	}
	answer.At = at
	w.remember(answer)
	return w.keep(w.ctx, at,
		measured{ProbeSuccess, truth(answer.Good)},
		measured{ProbeDuration, answer.Duration.Seconds()})
}

func (w *watch) seeAlive() error {
	at := w.now()
	ctx, cancel := context.WithTimeout(w.ctx, w.watcher.config.Interval)
	defer cancel()
	alive, err := w.watcher.alive(ctx, w.target)
	if err != nil || w.ctx.Err() != nil {
		return err
	}
	answer := Answer{At: at, Good: alive}
	if !alive {
		answer.Reason = "not running"
	}
	w.remember(answer)
	return w.keep(w.ctx, at, measured{ProcessUp, truth(alive)})
}

// remember keeps the latest answer at hand for those who ask how the target is now.
func (w *watch) remember(answer Answer) {
	w.watcher.mu.Lock()
	defer w.watcher.mu.Unlock()
	w.last = &answer
}

func truth(good bool) float64 {
	if good {
		return 1
	}
	return 0
}
