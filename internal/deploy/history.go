package deploy

import "slices"

// Before finds the placement to go back to in a history, latest first: the one
// before what is placed now, passing over all that somebody went back from.
// Going back twice goes back further.
func Before(history []Placement) (Placement, bool) {
	var stack []Placement // what was gone forward through, the present on top
	for _, p := range slices.Backward(history) {
		top := len(stack) - 1
		at := top
		for at >= 0 && stack[at].Release.ID != p.Release.ID {
			at--
		}
		switch {
		case at >= 0 && (at == top || p.Back): // placed anew or taken down; or gone back to
			stack = append(stack[:at], p)
		default:
			stack = append(stack, p)
		}
	}
	if len(stack) < 2 {
		return Placement{}, false
	}
	return stack[len(stack)-2], true
}
