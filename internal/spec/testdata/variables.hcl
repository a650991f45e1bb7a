# GEMBA_VAR_count=many
# GEMBA_VAR_hosts=["a", 5]
# GEMBA_VAR_mode={ a = "b" }
# GEMBA_VAR_deep=1 + var.x
variable "missing" { type = number }
variable "count" { type = number }
variable "hosts" { type = list(string) }
variable "mode" { type = map(string) }
variable "deep" { type = number }
variable "odd" { type = set(string) }
variable "quoted" { type = "string" }
variable "wrong" {
  type    = bool
  default = "true"
}
variable "refers" { default = var.missing }
service "guestbook" {
  owner = var.wrong
  process "web" {
    command = ["./x", var.missing, var.mode.a]
    env     = { A = var.nothing, B = var.hosts }
  }
}
