package bindings

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
)

// SecretKeyEnv is the environment variable that may hold the key of [LoadSecrets].
const SecretKeyEnv = "BINDERY_SECRET_KEY"

// SecretKeyFile is the name of the key's file in the data directory.
const SecretKeyFile = "secret.key"

// secretKeySize is the length of the key in bytes: AES-256.
const secretKeySize = 32

// secretVersion is the first byte of everything that Seal makes, so that another cipher can follow.
const secretVersion = 1

// errSecret is returned for a secret that cannot be decrypted: it was sealed under another key or for
// another owner, or it was changed.
var errSecret = errors.New("secret cannot be decrypted; was the secret key replaced?")

// Secrets encrypts what must be kept but not be readable in the database: AES-256-GCM with a random
// nonce and the owner's id as associated data. It is safe for concurrent use.
type Secrets struct {
	aead cipher.AEAD
	rand io.Reader
}

// NewSecrets makes Secrets of a key of 32 bytes. Nonces are read from random; nil is the system's source,
// which is the only right one outside tests.
func NewSecrets(key []byte, random io.Reader) (*Secrets, error) {
	if len(key) != secretKeySize {
		return nil, fmt.Errorf("secret key has %d bytes, not %d", len(key), secretKeySize)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("use secret key: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("use secret key: %w", err)
	}
	if random == nil {
		random = rand.Reader
	}
	return &Secrets{aead: aead, rand: &lockedReader{r: random}}, nil
}

// LoadSecrets takes the key from env, the value of $BINDERY_SECRET_KEY, or if that is empty from the
// file secret.key in dir, which it makes, readable by its owner only, if there is none. The key is 32
// bytes, written as 64 hexadecimal digits or in base64. A file that others may read is used, and log
// is warned.
func LoadSecrets(dir, env string, log *slog.Logger) (*Secrets, error) {
	if env != "" {
		key, err := decodeKey(env)
		if err != nil {
			return nil, fmt.Errorf("read $%s: %w", SecretKeyEnv, err)
		}
		return NewSecrets(key, nil)
	}
	path := filepath.Join(dir, SecretKeyFile)
	key, err := readKeyFile(path, log)
	if errors.Is(err, os.ErrNotExist) {
		if err = makeKeyFile(path); err == nil {
			key, err = readKeyFile(path, log)
		}
	}
	if err != nil {
		return nil, err
	}
	return NewSecrets(key, nil)
}

// decodeKey reads 32 bytes in hexadecimal or base64, of either alphabet, padded or not. Its error never
// shows the input.
func decodeKey(s string) ([]byte, error) {
	s = strings.TrimSpace(s)
	if len(s) == hex.EncodedLen(secretKeySize) {
		if key, err := hex.DecodeString(s); err == nil {
			return key, nil
		}
	}
	s = strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(s, "="))
	key, err := base64.RawStdEncoding.DecodeString(s)
	if err != nil || len(key) != secretKeySize {
		return nil, fmt.Errorf("a secret key is %d bytes in base64 or %d hexadecimal digits",
			secretKeySize, hex.EncodedLen(secretKeySize))
	}
	return key, nil
}

func readKeyFile(path string, log *slog.Logger) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("read secret key: %w", err)
	}
	if info.Size() > 1024 {
		return nil, fmt.Errorf("read secret key %s: too long for a key", path)
	}
	if info.Mode().Perm()&0o077 != 0 && log != nil {
		log.Warn("others may read the secret key; run chmod 600 on it", "file", path, "mode", info.Mode().Perm().String())
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read secret key: %w", err)
	}
	key, err := decodeKey(string(text))
	if err != nil {
		return nil, fmt.Errorf("read secret key %s: %w", path, err)
	}
	return key, nil
}

// makeKeyFile writes a new key beside path and then links it there, so that path is never seen half
// written and of two processes that start together both use the key of the first.
func makeKeyFile(path string) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("make secret key: %w", err)
		}
	}()
	key := make([]byte, secretKeySize)
	if _, err := io.ReadFull(rand.Reader, key); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), SecretKeyFile+".*") // made with mode 0600
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(f.Name())) }()
	if err := writeAndSync(f, base64.StdEncoding.EncodeToString(key)+"\n"); err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	return syncDir(filepath.Dir(path))
}

func writeAndSync(f *os.File, text string) error {
	_, err := f.WriteString(text)
	return errors.Join(err, f.Sync(), f.Close())
}

// syncDir makes the names in a directory durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Seal encrypts plain for one owner: a version byte, the nonce, the ciphertext with its tag.
func (s *Secrets) Seal(owner string, plain []byte) ([]byte, error) {
	out := make([]byte, 1+s.aead.NonceSize(), 1+s.aead.NonceSize()+len(plain)+s.aead.Overhead())
	out[0] = secretVersion
	if _, err := io.ReadFull(s.rand, out[1:]); err != nil {
		return nil, fmt.Errorf("seal secret: %w", err)
	}
	return s.aead.Seal(out, out[1:], plain, []byte(owner)), nil
}

// Open decrypts what Seal made for the same owner under the same key; anything else is an error.
func (s *Secrets) Open(owner string, sealed []byte) ([]byte, error) {
	n := 1 + s.aead.NonceSize()
	if len(sealed) < n || sealed[0] != secretVersion {
		return nil, errSecret
	}
	plain, err := s.aead.Open(nil, sealed[1:n], sealed[n:], []byte(owner))
	if err != nil {
		return nil, errSecret
	}
	return plain, nil
}
