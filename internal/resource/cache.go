package resource

import "sync"

// Cache remembers what many resources look at, such as the list of installed packages, until something is changed. The
// zero value is ready.
type Cache struct {
	mu    sync.Mutex
	known map[string]*remembered
}

type remembered struct {
	once  sync.Once
	value any
	err   error
}

// Once returns what look found, which is asked once until the cache is cleared; those who ask meanwhile wait for it.
func (c *Cache) Once(key string, look func() (any, error)) (any, error) {
	c.mu.Lock()
	if c.known == nil {
		c.known = map[string]*remembered{}
	}
	r := c.known[key]
	if r == nil {
		r = &remembered{}
		c.known[key] = r
	}
	c.mu.Unlock()
	r.once.Do(func() { r.value, r.err = look() })
	return r.value, r.err
}

// Put remembers what is known already.
func (c *Cache) Put(key string, value any) {
	_, _ = c.Once(key, func() (any, error) { return value, nil })
}

// Clear forgets everything: something was changed, by a change that nobody can see the ends of.
func (c *Cache) Clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.known = nil
}
