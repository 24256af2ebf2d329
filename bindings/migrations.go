package bindings

import (
	"slices"

	"github.com/bindery-sync/bindery/sources/sqlstore"
)

// Migrations are the steps of this package's tables, for sqlstore.Store.Migrate.
func Migrations() []sqlstore.Migration {
	return slices.Concat(accountMigrations(), logContentMigrations(), journalMigrations(), rulesMigrations(), historyMigrations(), doubtMigrations(),
		learnMigrations(), planMigrations(), tokenMigrations(), packMigrations(), webSessionMigrations(),
		settingsMigrations(), scheduleMigrations(), lostMigrations(), broughtBackMigrations(), backgroundMigrations(), restlessMigrations(), startMigrations(),
		noticeMigrations(), erasedMigrations())
}
