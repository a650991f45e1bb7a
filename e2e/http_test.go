package e2e

import (
	"net/http"
	"strings"
)

func post(w *world, environment, path, text string) {
	w.Helper()
	response, err := http.Post(w.deployed(environment).Address+strings.TrimPrefix(path, "/"), "text/plain", strings.NewReader(text))
	if err != nil {
		w.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusOK {
		w.Fatalf("POST %s answered %s", path, response.Status)
	}
}
