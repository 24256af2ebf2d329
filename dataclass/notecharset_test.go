package dataclass

import "testing"

func TestNoteInCharset(t *testing.T) {
	for _, tt := range []struct{ name, kind, in, want string }{
		{"Cyrillic", "text/plain;charset=ISO-8859-5", "\xbf\xe0\xd8\xd2\xd5\xe2\r\n2", "Привет\r\n2"},
		{"quoted", `text/plain; charset="windows-1251"`, "\xcf\xf0\xe8\xe2\xe5\xf2", "Привет"},
		{"escapes only", "text/plain;charset=ISO-2022-JP", "\x1b$B;3K\\\x1b(B\rx", "山本\rx"},
		{"UTF-8 all the same", "text/plain;charset=ISO-8859-1", "Blå", "Blå"},
		{"UTF-16 all the same", "text/plain;charset=ISO-8859-1", "\xff\xfea\x00b\x00", "ab"},
		{"UTF-8", "text/plain;charset=utf-8", "Blå", "Blå"},
		{"a set that nobody knows", "text/plain;charset=x-moon", "Bl\xe5", "Blå"},
		{"none", "text/plain", "Bl\xe5", "Blå"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			it, err := Decode(Notes, Body{Type: tt.kind, Data: []byte(tt.in)})
			if err != nil {
				t.Fatal(err)
			}
			if got := string(it.Body().Data); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
