// Package pagetest looks at the web pages with Chromium, as people do: the real program serves them, with data of
// folders and a phone. It is test code only.
package pagetest

import (
	"context"
	"flag"
	"fmt"
	"os"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/bindery-sync/bindery/cmd/bindery/peertest"
)

var update = flag.Bool("update", false, "write the pictures of docs/pictures")

// built is the program that the tests run, and chrome the one browser that all of them use.
var built struct {
	dir, exe string
	chrome   context.Context
}

func TestMain(m *testing.M) { os.Exit(run(m)) }

// run builds the program and starts the browser before the tests, and ends both after them.
func run(m *testing.M) int {
	flag.Parse()
	dir, err := os.MkdirTemp("", "pagetest-")
	if err != nil {
		return failed(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	built.dir = dir
	if built.exe, err = peertest.Build(dir, nil); err != nil {
		return failed(err)
	}
	options := append([]chromedp.ExecAllocatorOption{}, chromedp.DefaultExecAllocatorOptions[:]...)
	options = append(options, chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(dir+"/profile"),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true), chromedp.Flag("no-first-run", true))
	all, stop := chromedp.NewExecAllocator(context.Background(), options...)
	defer stop()
	chrome, end := chromedp.NewContext(all)
	defer end()
	if err := chromedp.Run(chrome); err != nil {
		return failed(fmt.Errorf("start the browser: %w", err))
	}
	built.chrome = chrome
	return m.Run()
}

func failed(err error) int {
	fmt.Fprintln(os.Stderr, err)
	return 1
}
