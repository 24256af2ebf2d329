// Package remote keeps what is needed to ask other people's servers: which servers are registered, which Sync Clients are
// on them, and with what credentials. It signs requests in and bounds how many there are.
package remote
