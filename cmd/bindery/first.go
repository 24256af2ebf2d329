package main

import (
	"context"
	"crypto/rand"

	"github.com/bindery-sync/bindery/bindings"
)

const (
	// adminPasswordEnv may hold the password of the account that the first start makes.
	adminPasswordEnv = "BINDERY_ADMIN_PASSWORD"
	adminName        = "admin"
)

// firstAccount makes the account admin if nobody can administer yet and the name is free. An empty password
// is replaced by a generated one.
func (h *house) firstAccount(ctx context.Context, password string) (firstAccount, error) {
	var admin string
	err := h.each(ctx, func(a bindings.Account) error {
		if (a.Admin || a.Name == adminName) && admin == "" {
			admin = a.Name
		}
		return nil
	})
	if err != nil || admin != "" {
		return firstAccount{name: admin}, err
	}
	f := firstAccount{name: adminName, made: true}
	if password == "" {
		f.generated = rand.Text()
		password = f.generated
	}
	_, err = h.bindings.CreateAccount(ctx, bindings.NewAccount{Name: adminName, Password: password, Admin: true})
	return f, err
}
