profile "web" {
  file "/etc/${each["key"]}" {}
}
service "${var.x}" {}
