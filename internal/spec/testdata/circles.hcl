profile "web" {
  user "a" { requires = [file["/b"]] }
  file "/b" {
    requires = [unit.c]
  }
  unit "c" {
    requires = [user.a]
  }
  unit "self" {
    notify = [unit.self]
  }
  file "/d" {
    owner    = user.e
    requires = [package.f]
  }
  user "e" {}
  package "f" { requires = [file["/g"]] }
  file "/g" {}
  user "h" { notify = [file["/i"]] }
  file "/i" {
    notify = [user.h]
  }
  file "/j/${each.key}" {
    for_each = ["a", "b"]
    requires = [file["/j/b"]]
  }
}
