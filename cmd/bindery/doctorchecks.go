package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/sources/sqlstore"
)

// told makes findings of sentences.
func told(list ...string) (out []sqlstore.Finding) {
	for _, s := range list {
		out = append(out, sqlstore.Finding{What: s})
	}
	return out
}

// fileCheck looks at the database's file itself.
func fileCheck() sqlstore.Check {
	return sqlstore.Check{
		Name: "database-file", Means: "The database is damaged.",
		Do: "Stop the server, keep a copy of the data directory, and bring back a backup with bindery restore-backup. Look at the disk.",
		Find: func(ctx context.Context, s *sqlstore.Store) ([]sqlstore.Finding, error) {
			list, err := s.Faults(ctx)
			return told(list...), err
		},
	}
}

// schemaCheck compares the tables with those that this program knows.
func schemaCheck() sqlstore.Check {
	return sqlstore.Check{
		Name: "schema", Means: "The tables are not those of this program; what is in them was not looked at.",
		Do: "Run bindery migrate if they are older, use the newer program if they are newer. If something is missing or strange, bring back a backup with bindery restore-backup.",
		Find: func(ctx context.Context, s *sqlstore.Store) ([]sqlstore.Finding, error) {
			has, err := s.Seen(ctx)
			todo, newer := sqlstore.Pending(has, steps())
			var list []string
			for _, id := range todo {
				list = append(list, "older: step "+id+" is to be done")
			}
			for _, id := range newer {
				list = append(list, "newer: step "+id+" is not known")
			}
			if err == nil && len(list) == 0 {
				list, err = s.Differences(ctx, steps())
			}
			return told(list...), err
		},
	}
}

// outside are the checks of what is around the database.
func (d *doctor) outside() []sqlstore.Check {
	check := func(name, means, do string, find func() ([]string, error)) sqlstore.Check {
		return sqlstore.Check{Name: name, Means: means, Do: do, Find: func(context.Context, *sqlstore.Store) ([]sqlstore.Finding, error) {
			list, err := find()
			return told(list...), err
		}}
	}
	return []sqlstore.Check{
		check("others-may-read", "Other users of this machine may read or change what is the server's only.", "Take their rights away: chmod go= on each.", d.modes),
		check("key", "The key that decrypts stored passwords cannot be used.", "Bring secret.key back; without it set the passwords of accounts anew, or phones cannot log in by MD5.", d.key),
		check("disk", "The disk is nearly full: syncs will fail, and no backup fits.", "Make room, or move the data directory.", d.disk),
		check("certificate", "Phones and browsers will refuse the server.", "Renew the certificate and restart the server.", d.certificate),
	}
}

// modes lists files that others have rights to.
func (d *doctor) modes() (list []string, err error) {
	names := []string{"", databaseFile, databaseFile + "-wal", databaseFile + "-shm", bindings.SecretKeyFile}
	for _, n := range names {
		path := filepath.Join(string(d.place), n)
		info, err := os.Stat(path)
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			list = append(list, fmt.Sprintf("%s has mode %04o", path, info.Mode().Perm()))
		}
	}
	return list, nil
}

// key tells what is wrong with the key.
func (d *doctor) key() ([]string, error) {
	if _, err := d.place.secrets(); err != nil {
		return []string{err.Error()}, nil
	}
	return nil, nil
}

// leastFree is how much of a disk has to be free beside a second copy of the database.
const leastFree = 64 << 20

// disk tells whether a backup would fit.
func (d *doctor) disk() ([]string, error) {
	free, ok := freeSpace(string(d.place))
	info, err := os.Stat(d.place.database())
	if err != nil || !ok {
		return nil, err
	}
	return tooLittle(free, info.Size()), nil
}

func tooLittle(free uint64, size int64) []string {
	if need := uint64(size) + leastFree; free < need {
		return []string{fmt.Sprintf("%d MB are free, %d MB should be", free>>20, need>>20)}
	}
	return nil
}

// expiresSoon is how long before its end a certificate is told of.
const expiresSoon = 30 * 24 * time.Hour

// certificate looks at the certificate that was named.
func (d *doctor) certificate() ([]string, error) {
	if d.cmd.TLSCert == "" {
		return nil, nil
	}
	data, err := os.ReadFile(d.cmd.TLSCert)
	if err != nil {
		return []string{err.Error()}, nil
	}
	if d.cmd.TLSKey != "" {
		if _, err := tls.LoadX509KeyPair(d.cmd.TLSCert, d.cmd.TLSKey); err != nil {
			return []string{err.Error()}, nil
		}
	}
	block, _ := pem.Decode(data)
	if block == nil {
		return []string{d.cmd.TLSCert + " holds no certificate"}, nil
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	switch {
	case err != nil:
		return []string{fmt.Sprintf("%s: %v", d.cmd.TLSCert, err)}, nil
	case d.now.Before(cert.NotBefore):
		return []string{fmt.Sprintf("%s is not good before %s", d.cmd.TLSCert, stamp(cert.NotBefore))}, nil
	case d.now.After(cert.NotAfter):
		return []string{fmt.Sprintf("%s has expired at %s", d.cmd.TLSCert, stamp(cert.NotAfter))}, nil
	case d.now.Add(expiresSoon).After(cert.NotAfter):
		return []string{fmt.Sprintf("%s expires at %s", d.cmd.TLSCert, stamp(cert.NotAfter))}, nil
	}
	return nil, nil
}
