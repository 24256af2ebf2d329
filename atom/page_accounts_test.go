package atom

import (
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/sources"
)

// form makes the fields of a form of pairs of name and value.
func form(do string, fields ...string) url.Values {
	f := url.Values{"do": {do}}
	for i := 0; i+1 < len(fields); i += 2 {
		f.Add(fields[i], fields[i+1])
	}
	return f
}

func TestPagesOfTokens(t *testing.T) {
	s := routeServer(t)
	b := s.signIn("admin")
	list, path := "/v2/tokens/", "/v2/tokens/"+s.token.ID
	for name, f := range map[string]url.Values{
		"no password":    form("make", "label", "new", "scope", "read"),
		"wrong password": form("make", "label", "new", "scope", "read", "mine", "wrong"),
	} {
		if got := b.send(list, f); got.status != 403 || !strings.Contains(got.body, "That is not your password") {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	s.wantPage("by a token", s.ask("", "POST", list, form("make", "label", "new", "mine", password).Encode(), "Accept", browserAccepts,
		"Content-Type", "application/x-www-form-urlencoded", "Authorization", "Bearer "+s.secret), 403)
	s.wantPage("without the session's token", b.post(list, form("make", "label", "new", "mine", password)), 403)
	s.wantPage("an end that is none", b.send(list, form("make", "label", "new", "mine", password, "ends", "x")), 400)
	if all, err := s.store.Tokens(t.Context(), s.admin.ID); err != nil || len(all) != 1 {
		t.Fatalf("%d tokens, %v", len(all), err)
	}

	made := b.send(list, form("make", "label", "<new>", "scope", "write", "mine", password, "ends", "30"))
	s.wantPage("make", made, 200)
	_, secret, _ := strings.Cut(made.body, `<input id="secret" value="`)
	secret, _, _ = strings.Cut(secret, `"`)
	token, err := s.store.Bearer(t.Context(), secret)
	if err != nil || token.Label != "<new>" || token.Scope != "write" || !token.Expires.Equal(s.now().AddDate(0, 0, 30)) {
		t.Errorf("the token %q is %+v, %v", secret, token, err)
	}
	for _, at := range []string{list, "/v2/tokens/" + token.ID} {
		if page := b.get(at); strings.Contains(page.body, secret) || !strings.Contains(page.body, "&lt;new&gt;") {
			t.Errorf("%s: %s", at, page.body)
		}
	}
	s.wait(31 * 24 * time.Hour)
	b = s.signIn("admin")
	if page := b.get("/v2/tokens/" + token.ID); !strings.Contains(page.body, "ended") {
		t.Errorf("%s", page.body)
	}

	bob := s.signIn("bob")
	bob.wantNotice("bob revokes nothing", bob.send(path, form("revoke")), list, "There is no token")
	if _, err := s.store.Bearer(t.Context(), s.secret); err != nil {
		t.Errorf("bob revoked admin's token: %v", err)
	}
	b.wantNotice("revoke", b.send(path, form("revoke")), list, "The token is revoked")
	b.wantNotice("revoke again", b.send(path, form("revoke")), list, "The token is revoked")
	if _, err := s.store.Bearer(t.Context(), s.secret); !errors.Is(err, sources.ErrAuth) {
		t.Errorf("the revoked token signs in: %v", err)
	}
}

func TestPasswordPage(t *testing.T) {
	s := routeServer(t)
	b, other := s.signIn("bob"), s.signIn("bob")
	path := "/v2/accounts/" + s.bob.ID
	for name, tc := range map[string]struct {
		f      url.Values
		status int
		says   string
	}{
		"no old one":    {form("password", "password", "new", "again", "new"), 403, "That is not your password"},
		"wrong old one": {form("password", "mine", "x", "password", "new", "again", "new"), 403, "That is not your password"},
		"typed wrong":   {form("password", "mine", password, "password", "new", "again", "now"), 400, "The two passwords differ"},
		"empty":         {form("password", "mine", password), 400, "the password is empty"},
	} {
		if got := b.send(path, tc.f); got.status != tc.status || !strings.Contains(got.body, tc.says) {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	s.wantPage("admin's, by bob", b.send("/v2/accounts/"+s.admin.ID, form("password", "mine", password, "password", "new", "again", "new")), 404)
	s.wantPage("without the session's token", b.post(path, form("password", "mine", password, "password", "new", "again", "new")), 403)
	b.wantNotice("change", b.send(path, form("password", "mine", password, "password", "new words", "again", "new words")), signInPath, "The password is changed")
	if _, err := s.store.Basic(t.Context(), "bob", "new words"); err != nil {
		t.Errorf("the new password: %v", err)
	}
	s.wantStatus("the other browser", other.get("/v2/syncengine/"), 303)
	admin := s.signIn("admin")
	admin.wantNotice("by an administrator", admin.send(path, form("password", "mine", password, "password", password, "again", password)), path, "The password is changed")
	if got := admin.send(path, form("password", "mine", "new words", "password", "x", "again", "x")); got.status != 403 {
		t.Errorf("an administrator with bob's password: %d", got.status)
	}
}

func TestPagesOfAccounts(t *testing.T) {
	s := routeServer(t)
	admin, bob := s.signIn("admin"), s.signIn("bob")
	list, path := "/v2/accounts/", "/v2/accounts/"+s.bob.ID
	for name, got := range map[string]reply{
		"bob makes an account":     bob.send(list, form("make", "name", "eve", "password", "x", "again", "x")),
		"bob makes himself admin":  bob.send(path, form("admin", "admin", "1")),
		"no session's token":       admin.post(list, form("make", "name", "eve", "password", "x", "again", "x")),
		"delete, another password": bob.send(path, form("delete", "name", "bob", "mine", "wrong")),
	} {
		s.wantPage(name, got, 403)
	}
	s.wantPage("admin's content, by bob", bob.send("/v2/accounts/"+s.admin.ID, form("content", "content", "1")), 404)
	s.wantPage("bob's content, by admin", admin.send(path, form("content", "content", "1")), 404)
	s.wantPage("the only administrator", admin.send("/v2/accounts/"+s.admin.ID, form("admin")), 409)
	s.wantPage("delete without the name", bob.send(path, form("delete", "mine", password)), 400)
	s.wantPage("delete admin, by bob", bob.send("/v2/accounts/"+s.admin.ID, form("delete", "name", "admin", "mine", password)), 404)
	if page := bob.get(list); strings.Contains(page.body, "Make an account") || strings.Contains(page.body, s.admin.ID) {
		t.Errorf("%s", page.body)
	}
	if all, err := s.store.Accounts(t.Context()); err != nil || len(all) != 2 {
		t.Fatalf("%v, %v", all, err)
	}

	bob.wantNotice("content", bob.send(path, form("content", "content", "1")), path, "The settings are saved")
	if !s.store.LogsContent(t.Context(), s.bob.ID) {
		t.Error("the log keeps no content")
	}
	admin.wantNotice("admin", admin.send(path, form("admin", "admin", "1")), path, "The settings are saved")
	if c, err := s.store.Account(t.Context(), s.bob.ID); err != nil || !c.Admin {
		t.Errorf("%+v, %v", c, err)
	}
	made := admin.send(list, form("make", "name", "eve", "password", "eve's", "again", "eve's", "md5", "1"))
	if page := admin.follow(made); !strings.Contains(page.body, "The account is made") || !strings.Contains(page.body, "Account eve") {
		t.Errorf("%s", page.body)
	}
	s.wantPage("a name that is taken", admin.send(list, form("make", "name", "eve", "password", "x", "again", "x")), 409)
	bob.wantNotice("delete", bob.send(path, form("delete", "name", "bob", "mine", password)), signInPath, "The account is deleted")
	if _, err := s.store.Account(t.Context(), s.bob.ID); !errors.Is(err, bindings.ErrNotFound) {
		t.Errorf("bob is still there: %v", err)
	}
	s.wantStatus("bob's browser", bob.get("/v2/syncengine/"), 303)
}
