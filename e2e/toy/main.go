// Command toy is the service that the end-to-end tests ship. Its file "mode" says how it behaves, a word a line:
// greeting=TEXT, health=STATUS, exit=CODE, exit-after=DURATION, listen=none, listen=PORT, ignore-term, tell=VARIABLES.
package main

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/coder/websocket"
)

func main() {
	log.SetFlags(0)
	mode := read("mode")
	if code, ok := mode["exit"]; ok {
		log.Println("this release exits at once")
		n, _ := strconv.Atoi(code)
		os.Exit(n)
	}
	if after, ok := mode["exit-after"]; ok {
		d, _ := time.ParseDuration(after)
		time.AfterFunc(d, func() { log.Println("this release does not last"); os.Exit(7) })
	}
	for _, name := range strings.Split(mode["tell"], ",") {
		if name != "" {
			log.Println(name, "is", os.Getenv(name))
		}
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM)
	if len(os.Args) > 1 && os.Args[1] == "idle" {
		log.Println("idle")
		<-stop
		return
	}
	port := os.Getenv("PORT")
	switch listen := mode["listen"]; listen {
	case "":
	case "none":
		select {}
	default:
		port = listen
	}
	server := &http.Server{Addr: "127.0.0.1:" + port, Handler: pages(mode)}
	go func() {
		for range stop {
			if _, ignore := mode["ignore-term"]; !ignore {
				log.Println("stopping")
				os.Exit(0)
			}
			log.Println("SIGTERM is ignored")
		}
	}()
	log.Println("listening on", server.Addr)
	log.Fatal(server.ListenAndServe())
}

func pages(mode map[string]string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, mode["greeting"], os.Getenv("COLOUR")) })
	mux.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) {
		if status, ok := mode["health"]; ok {
			n, _ := strconv.Atoi(status)
			log.Println("no such table: colour")
			w.WriteHeader(n)
		}
	})
	mux.HandleFunc("/slow", func(w http.ResponseWriter, r *http.Request) {
		d, _ := time.ParseDuration(r.FormValue("for"))
		time.Sleep(d)
		fmt.Fprintln(w, mode["greeting"])
	})
	mux.HandleFunc("/pid", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, os.Getpid()) })
	mux.HandleFunc("/lengths", func(w http.ResponseWriter, r *http.Request) {
		for _, name := range strings.Split(r.FormValue("of"), ",") {
			fmt.Fprint(w, len(os.Getenv(name)), " ")
		}
	})
	mux.HandleFunc("/note", note)
	mux.HandleFunc("/socket", func(w http.ResponseWriter, r *http.Request) {
		conn, err := websocket.Accept(w, r, nil)
		if err != nil {
			return
		}
		for {
			kind, text, err := conn.Read(r.Context())
			if err != nil || conn.Write(r.Context(), kind, text) != nil {
				return
			}
		}
	})
	mux.HandleFunc("/metrics", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; version=0.0.4")
		fmt.Fprintln(w, "# TYPE toy_up gauge\ntoy_up 1")
	})
	return mux
}

// note appends what is posted to the data directory and answers with all of it.
func note(w http.ResponseWriter, r *http.Request) {
	path := filepath.Join(os.Getenv("DATA_DIR"), "notes")
	if r.Method == http.MethodPost {
		f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		defer f.Close()
		_, _ = io.Copy(f, r.Body)
	}
	text, _ := os.ReadFile(path)
	_, _ = w.Write(text)
}

func read(path string) map[string]string {
	text, err := os.ReadFile(path)
	if err != nil {
		log.Fatal(err)
	}
	mode := map[string]string{}
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		mode[name] = value
	}
	return mode
}
