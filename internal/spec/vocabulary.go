package spec

import "gemba"

// vocabulary is the schema: every block and attribute that a declaration may hold.
func vocabulary(kinds []gemba.Schema) *block {
	return &block{
		meaning: "A declaration is one or more files: `gemba.hcl` and `*.gemba.hcl`, or a directory of `*.hcl`.",
		blocks: []*block{
			serviceBlock(), environmentBlock(), hostBlock(), profileBlock(kinds), pipelineBlock(), variableBlock(), secretBlock(),
		},
	}
}

func environmentBlock() *block {
	return &block{
		name: "environment", label: plainName("the environment's name"),
		meaning: "A place where services run: production, or a copy of another environment. " +
			"Where none is declared there are `production` and `staging`, a copy of it. " +
			"An environment that is no copy and has no `deploy` deploys every service that has a process.",
		example: `environment "production" {
  deploy "guestbook" {
    domain = "guestbook.example"
  }
}

environment "staging" {
  copy_of = environment.production
}`,
		attributes: []attribute{{
			name: "copy_of", kind: nameOf("environment", "environment.production"), example: "environment.production",
			meaning: "The environment that this one copies. It deploys the same services in the same way; only what is named here differs. " +
				"Hosts, domains, ports and values that hold secrets are never copied, and schedules are off.",
		}},
		blocks: []*block{groupBlock(), deployBlock()},
	}
}

func deployBlock() *block {
	return &block{
		name: "deploy", label: plainName("the name of the service"),
		meaning: "How a service runs in this environment.",
		attributes: []attribute{
			{name: "domain", kind: hostName(), example: `"guestbook.example"`,
				unset: "a port of loopback", meaning: "The host name under which the service is reached, with TLS."},
			{name: "port", kind: integer(1, 65535), example: "8080",
				unset: "chosen once, and kept", meaning: "The port of loopback on which the service is reached when it has no domain."},
			{name: "env", kind: env(), allows: allowData | allowSecrets, example: `{ GREETING = "hello" }`,
				meaning: "Environment variables of every process here. They win over those of the process. A copy has to name a value for each one that holds a secret where it was copied from."},
			{name: "schedules", kind: boolean(), example: "true",
				unset: "`true`; `false` in a copy", meaning: "Whether processes of kind `schedule` run here."},
		},
	}
}

func pipelineBlock() *block {
	return &block{
		name: "pipeline", label: plainName("the name of the service"),
		meaning: "The way of a service's commits to production. Build and tests always come first. " +
			"A service without a pipeline has one: a stage for each copy of the last environment that is no copy, then one for itself, each with a verify named `front` " +
			"that asks for the path of the web process's HTTP health check, or for `/` of a static site.",
		example: `pipeline "guestbook" {
  stage "staging" {
    environment = environment.staging

    task "migrate" {
      run  = "./out/guestbook migrate"
      once = true
    }

    verify "front" {
      http   = "/"
      expect = 200
    }
  }

  stage "production" {
    environment = environment.production
  }
}`,
		blocks: []*block{stageBlock()},
	}
}

func stageBlock() *block {
	return &block{
		name: "stage", label: plainName("the stage's name"),
		meaning: "One environment on the way. Its tasks run, then the release is placed, then it is verified. A failure stops the line.",
		attributes: []attribute{{
			name: "environment", kind: nameOf("environment", "environment.production"), example: "environment.staging",
			unset: "the environment with the stage's name", meaning: "Where the release is placed.",
		}},
		blocks: []*block{taskBlock(), verifyBlock()},
	}
}

func taskBlock() *block {
	return &block{
		name: "task", label: plainName("the task's name"),
		meaning: "A script that runs in the new release's directory, with its environment, before the release is placed: a migration, for example.",
		attributes: []attribute{
			{name: "run", kind: script(), required: true, example: `"./migrate"`, meaning: "The script."},
			{name: "once", kind: boolean(), initial: "false", example: "true",
				meaning: "It must not run again when it is not known how it ended; Gemba stops and asks."},
			{name: "timeout", kind: duration(true), initial: `"10m"`, example: `"10m"`, meaning: "After this time it has failed."},
		},
	}
}

func verifyBlock() *block {
	return &block{
		name: "verify", label: plainName("the verify's name"),
		meaning: "A question to the release that was placed. It has either `http` or `run`.",
		attributes: []attribute{
			{name: "http", kind: requestPath(), example: `"/"`, meaning: "A path, asked for the way users do."},
			{name: "expect", kind: integer(100, 599), example: "200", unset: "any status from 200 to 399", meaning: "The status of the answer."},
			{name: "contains", kind: freeText(), example: `"Welcome"`, meaning: "A text that the answer's body has to contain."},
			{name: "run", kind: script(), example: `"./smoke.sh"`, meaning: "A script that has to end with 0. `GEMBA_ADDRESS` is the release's address."},
			{name: "timeout", kind: duration(true), initial: `"10s"`, example: `"10s"`, meaning: "After this time it has failed."},
		},
	}
}

func variableBlock() *block {
	return &block{
		name: "variable", label: variableName("the variable's name"),
		meaning: "A value that is given from outside, and referred to as `var.NAME`. `--var NAME=VALUE` wins over `GEMBA_VAR_NAME` in the environment, which wins over the default. " +
			"Lists and maps are given as they are written here, or as JSON.",
		example: `variable "colour" {
  type    = string
  default = "blue"
}`,
		attributes: []attribute{
			{name: "type", kind: variableType(), initial: "string", example: "string", meaning: "`string`, `number`, `bool`, `list(string)` or `map(string)`."},
			{name: "default", kind: literal(), example: `"blue"`, unset: "a value has to be given", meaning: "The value when none is given."},
			{name: "description", kind: freeText(), example: `"the colour of the page"`, meaning: "What it is for."},
		},
	}
}

func secretBlock() *block {
	return &block{
		name: "secret", label: plainName("the secret's name"),
		meaning: "Where a secret's value comes from: exactly one of `file`, `env` and `age`. It is referred to as `secret.NAME`, in `env` and in those settings of resources that may be secret; its value is never shown.",
		example: `secret "session-key" {
  file = "secrets/session-key"
}`,
		attributes: []attribute{
			{name: "file", kind: freeText(), example: `"secrets/session-key"`, meaning: "A file that holds the value. A relative path starts where this declaration file is."},
			{name: "env", kind: textual("name", "the name of an environment variable", func(s string) (string, error) { return s, environName(s) }),
				example: `"SESSION_KEY"`, meaning: "A variable of the server's environment."},
			{name: "age", kind: freeText(), example: `"secrets/session-key.age"`, meaning: "A file that is encrypted with age. A relative path starts where this declaration file is."},
		},
	}
}
