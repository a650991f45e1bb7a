package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"

	"gemba"
)

// BenchmarkThread prints the figures of the thread, each beside what it is held to. They are medians of whole
// processes on this machine; nothing fails when one is over.
func BenchmarkThread(b *testing.B) {
	for range b.N {
		figures(b)
	}
}

func figures(b *testing.B) {
	w := newWorld(b, nil)
	w.must(0, "ship")
	report(b, "gemba --help", median(15, func() time.Duration { return timed(w, "--help") }), 20*time.Millisecond)
	report(b, "gemba status, server running", median(15, func() time.Duration { return timed(w, "status") }), 50*time.Millisecond)
	report(b, "second ship of the same commit", median(7, func() time.Duration { return timed(w, "ship") }), 300*time.Millisecond)
	report(b, "ship to first build line", median(5, func() time.Duration { return firstLine(w) }), 300*time.Millisecond)
	tenSteps(b)
	replacedUnderLoad(b)
	memory(b)
}

func report(b *testing.B, name string, got, most time.Duration) {
	fmt.Printf("%-60s %8.3f s   (at most %.3f s)\n", name, got.Seconds(), most.Seconds())
	b.ReportMetric(got.Seconds(), strings.ReplaceAll(name, " ", "_")+"_s")
}

func median(n int, f func() time.Duration) time.Duration {
	var all []time.Duration
	for range n {
		all = append(all, f())
		time.Sleep(300 * time.Millisecond) // what a command leaves to the server to do is not the next one's
	}
	slices.Sort(all)
	return all[n/2]
}

func timed(w *world, args ...string) time.Duration {
	began := time.Now()
	w.must(0, args...)
	return time.Since(began)
}

// firstLine is the time from the start of ship to the first line of a build on its output.
func firstLine(w *world) time.Duration {
	w.write("gemba.hcl", strings.Replace(declaration, "build {", "build {\n    run = \"echo first-line; sleep 0.3\"", 1))
	w.write("again", strconv.FormatInt(time.Now().UnixNano(), 10))
	w.commit("Again")
	began := time.Now()
	command, out, _ := w.start("ship", "--json")
	for !strings.Contains(out.String(), `"text":"first-line"`) && time.Since(began) < 10*time.Second {
		time.Sleep(time.Millisecond)
	}
	took := time.Since(began)
	_ = command.Wait()
	return took
}

// tenSteps is a pipeline of ten steps, eight of them scripts that do nothing; each is durable before the next begins.
func tenSteps(b *testing.B) {
	var tasks strings.Builder
	for i := range 8 {
		fmt.Fprintf(&tasks, "    task \"t%d\" {\n      run = \":\"\n    }\n", i)
	}
	w := newWorld(b, map[string]string{"gemba.hcl": `
service "ten" {
  build {
    output = ["mode"]
  }
}
environment "production" {
  deploy "ten" {}
}
pipeline "ten" {
  stage "production" {
    environment = environment.production
` + tasks.String() + "  }\n}\n"})
	w.must(0, "ship")
	var inside []time.Duration
	whole := median(9, func() time.Duration {
		time.Sleep(1500 * time.Millisecond)
		began := time.Now()
		s := w.must(0, "ship", "--json")
		took := time.Since(began)
		lines := strings.Split(strings.TrimSpace(s.out), "\n")
		var last gemba.Frame
		if err := json.Unmarshal([]byte(lines[len(lines)-1]), &last); err != nil || last.Run == nil {
			b.Fatalf("the last frame is no run: %v", err)
		}
		inside = append(inside, last.Run.Finished.Sub(last.Run.Created))
		return took
	})
	slices.Sort(inside)
	report(b, "ten empty durable steps, acceptance to verdict", inside[len(inside)/2], 100*time.Millisecond)
	report(b, "ten empty durable steps, whole process", whole, 250*time.Millisecond)
}

// replacedUnderLoad replaces a release under 200 requests a second over keep-alive connections, with a request of 5 s in
// flight, while 100 WebSockets are open to another service on the same edge.
func replacedUnderLoad(b *testing.B) {
	other := strings.NewReplacer(`service "toy"`, `service "other"`).Replace(declaration)
	// The request of 5 s has to be given its time.
	patient := strings.NewReplacer(`stop_timeout = "2s"`, `stop_timeout = "10s"`)
	w := newWorld(b, map[string]string{"gemba.hcl": patient.Replace(declaration + other)})
	w.must(0, "ship", "other")
	w.must(0, "ship", "toy")
	address := map[string]string{}
	for _, e := range w.status().Environments {
		for _, d := range e.Deployments {
			if e.Name == "production" {
				address[d.Service] = d.Address
			}
		}
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	sockets := openSockets(b, ctx, address["other"], 100)
	var asked, failed atomic.Int64
	var load sync.WaitGroup
	load.Go(func() { slowly(address["toy"]+"slow?for=5s", &asked, &failed) })
	for range 8 {
		load.Go(func() { steadily(ctx, address["toy"], 40*time.Millisecond, &asked, &failed) })
	}
	for i := range 3 {
		time.Sleep(time.Second)
		w.write("mode", fmt.Sprintf("greeting=release %d\n", i))
		w.commit("Again")
		w.must(0, "ship", "toy")
	}
	time.Sleep(time.Second)
	stop2 := asked.Load()
	stop()
	load.Wait()
	closed := 0
	for _, s := range sockets {
		if !echoes(s) {
			closed++
		}
	}
	fmt.Printf("%-60s %8d of %d   (at most 0)\n", "failed requests while three releases replaced one another", failed.Load(), stop2)
	fmt.Printf("%-60s %8d of %d   (at most 0)\n", "WebSockets to another service that were closed", closed, len(sockets))
	b.ReportMetric(float64(failed.Load()), "failed_requests")
	b.ReportMetric(float64(closed), "closed_websockets")
}

func slowly(address string, asked, failed *atomic.Int64) {
	asked.Add(1)
	if status, _, err := fetch(address); err != nil || status != http.StatusOK {
		failed.Add(1)
	}
}

func steadily(ctx context.Context, address string, every time.Duration, asked, failed *atomic.Int64) {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 1}}
	for tick := time.NewTicker(every); ; {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		asked.Add(1)
		response, err := client.Get(address)
		if err != nil {
			failed.Add(1)
			continue
		}
		_, err = io.Copy(io.Discard, response.Body)
		response.Body.Close()
		if err != nil || response.StatusCode != http.StatusOK {
			failed.Add(1)
		}
	}
}

func openSockets(b *testing.B, ctx context.Context, address string, n int) []*websocket.Conn {
	var all []*websocket.Conn
	for range n {
		conn, _, err := websocket.Dial(context.WithoutCancel(ctx), address+"socket", nil)
		if err != nil {
			b.Fatal(err)
		}
		all = append(all, conn)
	}
	return all
}

func echoes(conn *websocket.Conn) bool {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if conn.Write(ctx, websocket.MessageText, []byte("there?")) != nil {
		return false
	}
	_, text, err := conn.Read(ctx)
	_ = conn.CloseNow()
	return err == nil && string(text) == "there?"
}

// memory is what the server holds when nothing happens and three services are watched.
func memory(b *testing.B) {
	services := declaration
	for _, name := range []string{"second", "third"} {
		services += strings.ReplaceAll(declaration, `service "toy"`, `service "`+name+`"`)
	}
	w := newWorld(b, map[string]string{"gemba.hcl": services})
	for _, name := range []string{"toy", "second", "third"} {
		w.must(0, "ship", name)
	}
	time.Sleep(20 * time.Second)
	status, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(w.status().Server.PID), "status"))
	if err != nil {
		b.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		if value, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kib, _ := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(value), " kB"))
			fmt.Printf("%-60s %8d MiB (at most 120 MiB)\n", "resident memory of the server, idle, three services watched", kib/1024)
			b.ReportMetric(float64(kib/1024), "server_MiB")
		}
	}
}
