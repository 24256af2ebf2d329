package dav

import "github.com/bindery-sync/bindery/sources/sqlstore"

// Migrations are the steps that make the tables of this room, oldest first.
func Migrations() []sqlstore.Migration { return nil }
