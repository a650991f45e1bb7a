package gemba

import "time"

// Commit is one change on the trunk.
type Commit struct {
	Hash       string    `json:"hash"` // hexadecimal, whole
	Subject    string    `json:"subject"`
	Author     string    `json:"author"`
	Email      string    `json:"email,omitempty"`
	Time       time.Time `json:"time"` // of the commit
	Added      int       `json:"added"`
	Removed    int       `json:"removed"` // lines
	Tags       []string  `json:"tags,omitempty"`
	Repository string    `json:"repository,omitempty"` // path of its git directory
}

// Short is the abbreviation that people read.
func (c Commit) Short() string { return short(c.Hash, 7) }

func short(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return s[:n]
}
