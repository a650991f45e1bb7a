package spec

func serviceBlock() *block {
	return &block{
		name: "service", label: plainName("the service's name"),
		meaning: "What users use: how it is built, tested and run. It owns the directory that its file stands in, and what is below. " +
			"Service blocks are read from the commit that is shipped.",
		example: `service "guestbook" {
  owner = "web team"

  build {
    run    = "go build -trimpath -o out/guestbook ."
    output = ["out/guestbook"]
  }

  test "unit" {
    run    = "go test -json ./..."
    report = "go"
  }

  process "web" {
    command = "./out/guestbook --listen :${port}"
    health  = http("/healthz")
  }

  data {}
}`,
		attributes: []attribute{
			{name: "owner", kind: freeText(), example: `"web team"`, meaning: "Who answers for it."},
		},
		blocks: []*block{buildBlock(), testBlock(), processBlock(), dataBlock()},
	}
}

func dataBlock() *block {
	return &block{
		name:    "data",
		meaning: "The service keeps a directory in each environment. It survives deploys, rollbacks and `down`. Processes find it as `${data}` and in `DATA_DIR`.",
		attributes: []attribute{
			{name: "shared", kind: boolean(), initial: "false", example: "true", meaning: "Two releases may write to it at the same time."},
		},
	}
}

func buildBlock() *block {
	return &block{
		name: "build", implied: true,
		meaning: "How a commit becomes an artifact, in a clean copy of the commit that reaches nothing else of the machine.",
		attributes: []attribute{
			{name: "run", kind: script(), example: `"go build -o out/app ."`, unset: "nothing to build", meaning: "The script, for `sh -e`."},
			{name: "output", kind: list("list of paths", "paths and globs below the service's directory", subtreePath), example: `["out/app"]`,
				unset: "`[\"**\"]` without a script; needed with one", meaning: "What goes into the artifact: paths and globs."},
			{name: "inputs", kind: list("list of paths", "paths and globs from the root of the repository", subtreePath), example: `["proto/**"]`,
				meaning: "What the build reads beside the service's own directory, from the root of the repository. A change of it makes a new build."},
			{name: "budget", kind: duration(true), initial: `"5m"`, example: `"5m"`, meaning: "The time for build and tests together. Over it the build fails."},
			{name: "network", kind: boolean(), initial: "false", example: "true", meaning: "Whether the script reaches the network."},
			{name: "cache", kind: list("list of paths", "paths that are kept between builds", notEmpty), example: `["node_modules"]`,
				meaning: "Paths that are kept between builds, beside the caches of Go, npm and pip, which always are."},
			{name: "inherit", kind: list("list of names", "names of environment variables", environName), example: `["GOPRIVATE"]`,
				meaning: "Environment variables that are handed through, beside those of proxies and certificates."},
			{name: "tools", kind: list("list of paths", "absolute directories of toolchains", absolute), example: `["/opt/node"]`,
				meaning: "Directories of toolchains outside of the system's own, visible and read-only."},
			{name: "env", kind: env(), allows: allowSecrets, example: `{ CGO_ENABLED = "0" }`, meaning: "Environment variables of the script."},
			{name: "log_limit", kind: size(), initial: `"16MiB"`, example: `"16MiB"`, meaning: "How much of the log is kept. What is beyond is counted and left out."},
		},
	}
}

func testBlock() *block {
	return &block{
		name: "test", label: plainName("the suite's name"),
		meaning: "A suite that every build has to pass.",
		example: `test "database" {
  run    = "go test -json ./store/..."
  report = "go"
  env    = { DATABASE_URL = "postgres://127.0.0.1:5433/test" }

  beside "postgres" {
    command = ["./scripts/postgres.sh", "5433"]
    port    = 5433
  }
}`,
		attributes: []attribute{
			{name: "run", kind: script(), required: true, example: `"go test -json ./..."`, meaning: "The script, for `sh -e`."},
			{name: "report", kind: report(), example: `"go"`, unset: "the exit code alone", meaning: "Where single results are found: `\"go\"` for `go test -json` on standard output, or `\"junit:PATH\"`."},
			{name: "network", kind: boolean(), initial: "false", example: "true", meaning: "Whether the script reaches the network."},
			{name: "env", kind: env(), allows: allowSecrets, example: `{ TZ = "UTC" }`, meaning: "Environment variables of the script."},
		},
		blocks: []*block{besideBlock()},
	}
}

func besideBlock() *block {
	return &block{
		name: "beside", label: plainName("the program's name"),
		meaning: "A program that runs beside the suite, such as a database.",
		attributes: []attribute{
			{name: "command", kind: command(), required: true, example: `["./scripts/postgres.sh", "5433"]`, meaning: "The program and its arguments. A text is split into arguments; no shell sees it."},
			{name: "env", kind: env(), allows: allowSecrets, example: `{ TZ = "UTC" }`, meaning: "Its environment variables."},
			{name: "port", kind: integer(1, 65535), example: "5433", unset: "not waited for", meaning: "A port of 127.0.0.1 that has to answer before the suite begins."},
		},
	}
}

func processBlock() *block {
	return &block{
		name: "process", label: plainName("the process's name"),
		meaning: "How the service runs. At most one process of a service is of kind `web` or `static`.",
		example: `process "cleanup" {
  command = ["./out/guestbook", "cleanup", "--data", "${data}"]
  cron    = "0 3 * * *"
}`,
		attributes: []attribute{
			{name: "kind", kind: choice("web", "worker", "schedule", "static"), example: `"worker"`,
				unset:   "its name, if that is a kind; `schedule` with `cron`; `static` with `root`; `web` with `health` or `${port}`; else `worker`",
				meaning: "`web` listens on a port behind the edge, `worker` runs on, `schedule` runs at times, `static` is files that the edge serves."},
			{name: "command", kind: command(), allows: allowPort | allowData, example: `"./out/app --listen :${port}"`,
				unset: "needed, except by `static`", meaning: "The program and its arguments. A text is split into arguments, a list is taken as it is; no shell sees it."},
			{name: "health", kind: check(), example: `http("/healthz")`, unset: "`tcp()` for `web`, none for the rest",
				meaning: "How it is asked whether it works: `http(\"/path\")`, `tcp()` or `command(\"…\")`. The block `health` says more."},
			{name: "cron", kind: cronTimes(), example: `"0 3 * * *"`, meaning: "When a `schedule` runs: minute, hour, day of the month, month, day of the week, in UTC."},
			{name: "root", kind: directory(), example: `"public"`, meaning: "The directory of files that a `static` process serves."},
			{name: "metrics", kind: requestPath(), example: `"/metrics"`, unset: "`/metrics` is tried", meaning: "The path that answers in the format of Prometheus."},
			{name: "stop_timeout", kind: duration(false), initial: `"10s"`, example: `"10s"`, meaning: "The time from SIGTERM to SIGKILL."},
			{name: "replace", kind: choice("blue-green", "stop-first"), example: `"stop-first"`,
				unset:   "`stop-first` without a port, or with data that is not shared; else `blue-green`",
				meaning: "`blue-green` starts the new release beside the old one and switches; `stop-first` stops the old one before."},
			{name: "env", kind: env(), allows: allowPort | allowData | allowSecrets, example: `{ LOG_LEVEL = "info" }`, meaning: "Its environment variables. `PORT` and `DATA_DIR` are set by themselves."},
		},
		blocks: []*block{healthBlock()},
	}
}

func healthBlock() *block {
	return &block{
		name:    "health",
		meaning: "The long form of the setting `health`. Without `http` and `command` it asks whether the port takes connections.",
		example: `health {
  http   = "/healthz"
  expect = 200
  within = "1m"
}`,
		attributes: []attribute{
			{name: "http", kind: requestPath(), example: `"/healthz"`, meaning: "A path to ask for."},
			{name: "command", kind: command(), example: `"./out/app check"`, meaning: "A command that has to end with 0."},
			{name: "expect", kind: integer(100, 599), example: "200", unset: "any status from 200 to 399", meaning: "The status of the answer."},
			{name: "contains", kind: freeText(), example: `"ok"`, meaning: "A text that the answer's body has to contain."},
			{name: "within", kind: duration(true), initial: `"30s"`, example: `"30s"`, meaning: "How long a new release may take to answer well."},
			{name: "timeout", kind: duration(true), initial: `"2s"`, example: `"2s"`, meaning: "The time of one question."},
		},
	}
}
