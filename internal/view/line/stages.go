package line

import "gemba"

// Stages are the stages of a service's newest run, in order, as its steps name them.
func Stages(runs []gemba.Run) []string {
	if len(runs) == 0 {
		return nil
	}
	var stages []string
	for _, s := range runs[0].Steps {
		if s.Kind == gemba.StepDeploy || s.Kind == gemba.StepConverge {
			stages = append(stages, s.Stage)
		}
	}
	return stages
}
