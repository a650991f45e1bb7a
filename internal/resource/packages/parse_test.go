package packages

import "testing"

func FuzzStatusFilesAreReadWhateverIsInThem(f *testing.F) {
	for _, text := range []string{"", "Package: a\nStatus: install ok installed\nVersion: 1\n\n", "Provides: x (= 1), y:any,\nPackage: b", "Status: hold\nPackage:", ":\n\n\n:"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		db := parse(text)
		for name, all := range db.packages {
			if name == "" || len(all) == 0 {
				t.Errorf("a package without a name, or none: %q", name)
			}
			_ = db.find(name + ":amd64")
		}
		all := []declared{{Name: "a"}, {Name: "b:i386"}}
		_ = unknown(text, all)
		_ = complaint(text)
		(&simulation{to: map[string]string{}}).read(text, "amd64", all)
	})
}
