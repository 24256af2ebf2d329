package filedir

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
	"testing"

	"github.com/bindery-sync/bindery/sources"
)

// What a whole folder refuses is of another class than what it refuses of one item (docs/engine.md 4).
func TestRule_4_AFullFolderIsNoFaultOfTheItem(t *testing.T) {
	for errno, want := range map[syscall.Errno]error{
		syscall.ENOSPC: sources.ErrQuota, syscall.EDQUOT: sources.ErrQuota,
		syscall.EROFS: sources.ErrAuth, syscall.EACCES: sources.ErrAuth, syscall.EPERM: sources.ErrAuth,
		syscall.ENAMETOOLONG: sources.ErrUnsupported, syscall.EFBIG: sources.ErrUnsupported,
		syscall.EIO: nil,
	} {
		err := refusal(&os.PathError{Op: "write", Path: "a.vcf", Err: errno})
		if want == nil && err != nil || want != nil && (!errors.Is(err, want) || !errors.Is(err, errno)) {
			t.Errorf("%v is %v, wanted %v", errno, err, want)
		}
	}
	if err := refusal(fs.ErrNotExist); err != nil {
		t.Errorf("what is gone is refused as %v", err)
	}
}
