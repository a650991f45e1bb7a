package sqlite_test

func crashChild() {}
