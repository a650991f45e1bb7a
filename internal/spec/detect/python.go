package detect

import (
	"fmt"
	"regexp"
	"strings"
)

// python finds how a Python program starts.
func python(f *Finding, t *tree) {
	f.Language = "Python"
	f.found("A Python program.")
	f.Output = []string{"**"}
	if install := pythonInstall(t); install != "" {
		f.Build, f.Network = install, true
		f.Env = map[string]string{"PYTHONPATH": "deps"}
		f.found("It has dependencies: the build puts them into deps, and may use the network.")
	}
	pythonTests(f, t)
	f.Run = pythonStart(f, t)
}

// pythonInstall puts dependencies beside the program, so that the artifact
// can be run from any directory; a virtual environment cannot be moved.
func pythonInstall(t *tree) string {
	const install = "python3 -m pip install --target deps "
	for _, line := range strings.Split(t.texts["requirements.txt"], "\n") {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			return install + "-r requirements.txt"
		}
	}
	if regexp.MustCompile(`(?m)^dependencies\s*=\s*\[\s*["'\n]`).MatchString(t.texts["pyproject.toml"]) {
		return install + "."
	}
	return ""
}

func pythonTests(f *Finding, t *tree) {
	if !t.any(func(name string) bool { return strings.HasSuffix(name, ".py") && isTest(name) }) {
		return
	}
	f.found("It has tests.")
	inDirectory := t.any(func(name string) bool { return strings.HasPrefix(name, "tests/") && isTest(name) })
	switch {
	case requires(t, "pytest"):
		f.Test, f.Report = "python3 -m pytest --junitxml=report.xml", "junit:report.xml"
	case inDirectory && !t.has("tests/__init__.py"):
		f.Test = "python3 -m unittest discover -s tests"
	default:
		f.Test = "python3 -m unittest discover"
	}
}

func pythonStart(f *Finding, t *tree) string {
	entry := t.first("app.py", "main.py", "server.py")
	if entry == "" {
		f.found("It has no app.py, main.py or server.py.")
		return ""
	}
	module := strings.TrimSuffix(entry, ".py")
	wsgi := regexp.MustCompile(`(?m)^app\s*=\s*(\w+\.)?Flask\(`).MatchString(t.texts[entry])
	asgi := regexp.MustCompile(`(?m)^app\s*=\s*(\w+\.)?(FastAPI|Starlette)\(`).MatchString(t.texts[entry])
	switch {
	case wsgi && requires(t, "gunicorn"):
		f.found(fmt.Sprintf("A Flask application in %s, with gunicorn.", entry))
		return "python3 -m gunicorn --bind 127.0.0.1:${port} " + module + ":app"
	case wsgi && requires(t, "flask"):
		f.found(fmt.Sprintf("A Flask application in %s.", entry))
		f.assumed("Flask's own server is good enough to begin with; gunicorn is made for production.")
		return "python3 -m flask --app " + module + " run --port ${port}"
	case asgi && requires(t, "uvicorn"):
		f.found(fmt.Sprintf("An application in %s, with uvicorn.", entry))
		return "python3 -m uvicorn " + module + ":app --port ${port}"
	}
	f.assumed(fmt.Sprintf("The service starts with python3 %s.", entry))
	return "python3 " + entry
}

// requires reports whether a distribution is named among the dependencies.
func requires(t *tree, name string) bool {
	pattern := regexp.MustCompile(`(?mi)^[\s"']*(dependencies\s*=\s*\[\s*["'])?` + name + `\b`)
	return pattern.MatchString(t.texts["requirements.txt"]) || pattern.MatchString(t.texts["pyproject.toml"])
}
