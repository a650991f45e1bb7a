variable "names" {
  type    = list(string)
  default = ["a", "b"]
}
profile "web" {
  group "a" {}
  group "b" {}
  user "x" {
    groups = [for g in var.names : group[g]]
  }
  user "y" {
    groups   = true ? [group.a, group["b"]] : []
    requires = []
    notify   = [file["/h"], file["/h"]]
  }
  user "z" { groups = group }
  user "z2" { groups = group[*] }
  user "z3" { groups = [group.a.b] }
  user "z4" { requires = var.names }
  user "z5" { groups = [group["${var.names[0]}"], group[var.names[1]], group[1 + 1]] }
  user "z6" { for_each = ["p"] }
  user "z7" {
    for_each = null
    count    = null
    requires = null
    groups   = null
  }
  user "z8" { groups = [var.names[5]] }
  file "/q" { content = file["/q"] }
  file "/h" {}
  note "${each.key}" {
    for_each = {}
    text     = ""
  }
  file "/each/${each.value.x}" { for_each = { a = "b" } }
  file "/each2/${each.value}" { for_each = { a = { b = "c" } } }
  file "/each3/${1 + each.key}" { for_each = { a = "b" } }
  file "/each4/${each.key}" { for_each = { a = "b", a = "c" } }
}
