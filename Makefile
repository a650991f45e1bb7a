# Gemba: `make help` lists the targets.
GO      ?= go
BIN      = bin
PROGRAMS = gemba gemba-server gemba-edge gemba-worker
LDFLAGS  = -s -w

.PHONY: help build demo test test-long check fix bench bench-converge soak soak-converge bake-soak prove-plans newcomer dist setup clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

build: ## the four executables, in bin/
	@mkdir -p $(BIN)
	CGO_ENABLED=0 $(GO) build -ldflags='$(LDFLAGS)' -o $(BIN)/ ./cmd/gemba ./cmd/gemba-worker
	$(GO) build -ldflags='$(LDFLAGS)' -o $(BIN)/ ./cmd/gemba-server ./cmd/gemba-edge

demo: build ## the whole thread on this machine: ship, break, see the line stop, leave it running
	@scripts/demo.sh

setup: ## install what the tests need beside Go and git
	@scripts/setup.sh

test: setup build ## everything, with the race detector
	$(GO) vet ./...
	$(GO) test -race -timeout 15m ./...

test-long: setup build ## what takes too long for every time: cut links, killed workers, images, patches, guards, on real hosts
	GEMBA_LONG=1 $(GO) test -timeout 30m ./e2e

check: ## formatting, vet, staticcheck, modules
	@test -z "$$(gofmt -l .)" || { gofmt -l .; echo "not formatted: make fix"; exit 1; }
	$(GO) vet ./...
	$(GO) tool staticcheck ./...

fix: ## what check can mend
	gofmt -w .
	$(GO) fix ./...

bench: build ## the figures of the thread
	$(GO) test -run '^$$' -bench Thread -benchtime 1x -timeout 20m ./e2e

bench-converge: setup build ## the figures of converged hosts, beside Ansible where it is installed
	$(GO) test -run '^$$' -bench Converge -benchtime 1x -timeout 30m ./e2e

soak: build ## what takes long: hundreds of kills, with the seed printed
	GEMBA_SOAK=200 $(GO) test -run ^TestSoak -timeout 3h -v ./e2e

soak-converge: setup build ## the same for hosts: kills, cuts and losses of power during applies
	GEMBA_SOAK=100 $(GO) test -run ^TestConvergeSoak -timeout 3h -v ./e2e

bake-soak: build ## the base of Debian made twice, the same bytes, and a host booted of it: minutes
	GEMBA_BAKE_SOAK=1 $(GO) test -run BakeSoak -timeout 30m -v ./e2e

prove-plans: setup build ## 200 plans of generated profiles, held against snapshots of real hosts
	GEMBA_EXACT=200 GEMBA_HOSTS=4 GEMBA_REQUIRE_FLEET=1 $(GO) test -run PlansAreExact -parallel 4 -timeout 3h -v ./e2e

newcomer: ## `make demo` and the .deb on two fresh Debians, in containers
	@scripts/newcomer.sh

dist: ## static binaries for linux amd64 and arm64, and a .deb of each
	@scripts/dist.sh

clean: ## remove what was built
	rm -rf $(BIN) dist .demo
