package remote

import "github.com/bindery-sync/bindery/sources/sqlstore"

// Checks are those of this room, for all owners (docs/doctor.md).
func Checks() []sqlstore.Check {
	return []sqlstore.Check{
		sqlstore.Query("source-gone", "A Sync Client is on a source that is not there: it cannot be asked for its items.",
			"Add the client to its source anew; its items are on the other server.",
			`SELECT owner_id AS owner, 'client '||client_id AS what FROM remote_clients r
			WHERE NOT EXISTS (SELECT 1 FROM remote_servers s WHERE s.owner_id = r.server_owner AND s.id = r.server_id)
			AND NOT EXISTS (SELECT 1 FROM remote_dav d WHERE r.server_id = '' AND d.owner_id = r.owner_id AND d.client_id = r.client_id)`),
	}
}
