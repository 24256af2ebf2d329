package dataclass

import "github.com/bindery-sync/bindery/dataclass/contentline"

func settleInner(*contentline.Component, dialect) error { return nil }
