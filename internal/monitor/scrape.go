package monitor

import (
	"context"
	"time"
)

// scrapeState is what the scraping of a target has come to.
type scrapeState struct {
	answered bool // it has answered with metrics, so it ought to go on doing so
	misses   int  // attempts in a row before that
	skip     int  // looks to leave out before the next attempt
}

// mostSkipped bounds the looks between two attempts at a target that has never answered.
const mostSkipped = 12

// scrape reads the target's own metrics once and keeps them.
//
// That a process has metrics is found out, not declared: as long as it has
// never answered with any it is asked ever less often, and nothing is
// recorded of that. Once it has, an attempt that fails is `up` 0.
func (w *watch) scrape() error {
	if w.scraped.skip > 0 {
		w.scraped.skip--
		return nil
	}
	at := w.now()
	err := w.read(at)
	if w.ctx.Err() != nil {
		return nil
	}
	if err == nil {
		w.scraped.answered = true
		return w.keepScrape(at, true)
	}
	if !w.scraped.answered {
		w.scraped.miss()
		return nil
	}
	if lost := w.loseScrape(at); lost != nil {
		return lost
	}
	return err
}

// read fetches the metrics and keeps them.
func (w *watch) read(at time.Time) error {
	text, err := w.watcher.prober.Scrape(w.ctx, w.target)
	if err != nil {
		return err
	}
	_, err = w.watcher.series.AppendText(w.ctx, at, text.Body, text.ContentType, w.target.Key().Labels())
	return err
}

// loseScrape records that the metrics could not be read.
func (w *watch) loseScrape(at time.Time) error {
	if _, err := w.watcher.series.AppendText(w.ctx, at, nil, "", w.target.Key().Labels()); err != nil {
		return err
	}
	return w.keepScrape(at, false)
}

func (w *watch) keepScrape(at time.Time, up bool) error {
	return w.keep(w.ctx, at,
		measured{Up, truth(up)},
		measured{ScrapeDuration, w.now().Sub(at).Seconds()})
}

// endScrape closes the series of a target that is gone.
func (w *watch) endScrape(ctx context.Context) error {
	at := w.now()
	if _, err := w.watcher.series.AppendText(ctx, at, nil, "", w.target.Key().Labels()); err != nil {
		return err
	}
	return w.keep(ctx, at, ended([]string{Up, ScrapeDuration})...)
}

func (s *scrapeState) miss() {
	s.skip = min(1<<s.misses-1, mostSkipped-1)
	s.misses = min(s.misses+1, 10)
}
