package bindings

import (
	"encoding/base64"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"

	"golang.org/x/crypto/argon2"
)

// What a new hash costs: argon2id with 19 MiB, two passes, one lane.
const (
	hashMemoryKiB = 19 * 1024
	hashPasses    = 2
	hashLanes     = 1
	saltSize      = 16
	sumSize       = 32
)

// Bounds of what a stored hash may ask for, so that a damaged row cannot stop the program.
const (
	maxHashMemoryKiB = 256 * 1024
	maxHashPasses    = 16
	maxHashLanes     = 16
)

var errPHC = errors.New("stored password hash is damaged")

// A phc is a password hash in the format of the Password Hashing Competition:
// $argon2id$v=19$m=19456,t=2,p=1$SALT$SUM, the last two in base64 without padding.
type phc struct {
	memoryKiB, passes uint32
	lanes             uint8
	salt, sum         []byte
}

func newPHC() phc { return phc{memoryKiB: hashMemoryKiB, passes: hashPasses, lanes: hashLanes} }

// String prints p. It holds no password, but does not belong into a log.
func (p phc) String() string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, p.memoryKiB, p.passes,
		p.lanes, b64.EncodeToString(p.salt), b64.EncodeToString(p.sum))
}

// parsePHC reads what String prints, also with other costs. Its error never shows the hash.
func parsePHC(s string) (phc, error) {
	f := strings.Split(s, "$")
	if len(f) != 6 || f[0] != "" || f[1] != "argon2id" || f[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return phc{}, errPHC
	}
	var p phc
	if _, err := fmt.Sscanf(f[3], "m=%d,t=%d,p=%d", &p.memoryKiB, &p.passes, &p.lanes); err != nil {
		return phc{}, errPHC
	}
	var err1, err2 error
	p.salt, err1 = base64.RawStdEncoding.DecodeString(f[4])
	p.sum, err2 = base64.RawStdEncoding.DecodeString(f[5])
	if err1 != nil || err2 != nil || !p.sane() || p.String() != s {
		return phc{}, errPHC
	}
	return p, nil
}

func (p phc) sane() bool {
	return p.memoryKiB >= 8*uint32(p.lanes) && p.memoryKiB <= maxHashMemoryKiB &&
		p.passes >= 1 && p.passes <= maxHashPasses && p.lanes >= 1 && p.lanes <= maxHashLanes &&
		len(p.salt) >= 8 && len(p.salt) <= 64 && len(p.sum) >= 16 && len(p.sum) <= 64
}

// deriveArgon2 computes the sum of a password with the salt and costs of p.
//
// Its 19 MiB are given back at once: left to the next garbage collection, they would let the process
// grow by twice as much.
func deriveArgon2(password string, p phc) []byte {
	defer debug.FreeOSMemory()
	size := uint32(sumSize)
	if p.sum != nil {
		size = uint32(len(p.sum))
	}
	return argon2.IDKey([]byte(password), p.salt, p.passes, p.memoryKiB, p.lanes, size)
}
