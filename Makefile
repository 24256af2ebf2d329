# `go run ./cmd/bindery serve` and `go test ./...` need nothing of this; it only spares typing.
.POSIX:
.PHONY: build test race fuzz-short lint bench bench-vdirsyncer bench-phones bench-syncevo bench-api bench-gdata bench-dav bench-dav-client golden long

build:
	go build -o bin/bindery ./cmd/bindery

test:
	go test ./...

race:
	go test -race ./...

# Every fuzz target, all together two minutes, in equal shares.
fuzz-short:
	.ci/fuzz 120

lint:
	.ci/lint

bench:
	go test -run '^$$' -bench . -benchmem ./...

# Bindery and vdirsyncer side by side on the same folders, some minutes: BENCHMARKS.md.
bench-vdirsyncer:
	go test -run '^$$' -bench Vdirsyncer -benchtime 1x -timeout 30m ./cmd/bindery/peertest

# A thousand phones with 200 contacts each, all at once, some minutes: BENCHMARKS.md.
bench-phones:
	go test -run '^$$' -bench Phones -benchtime 1x -timeout 60m ./cmd/bindery/peertest

# A binding and pages of the log through HTTP, with up to a million entries, a minute: BENCHMARKS.md.
bench-api:
	go test -run '^$$' -bench API -benchtime 1000x -timeout 30m ./cmd/bindery

# 10,000 contacts between two servers by way of gdata, and the same with vdirsyncer and Radicale, which takes a quarter of
# an hour; BINDERY_ALONE=1 leaves that out: BENCHMARKS.md. It needs the Debian packages vdirsyncer and radicale.
bench-gdata:
	go test -v -run '^$$' -bench Gdata -benchtime 1x -timeout 60m ./cmd/bindery/peertest

# Bindery, Radicale and xandikos asked the same by CardDAV, some minutes: BENCHMARKS.md. It needs the Debian packages
# radicale, xandikos and git.
bench-dav:
	go test -v -run '^$$' -bench 'DAV$$' -benchtime 1x -timeout 60m ./cmd/bindery/peertest

# bindery sync and vdirsyncer with the same CardDAV servers: BENCHMARKS.md. It needs the Debian packages vdirsyncer and
# radicale.
bench-dav-client:
	go test -v -run '^$$' -bench DAVClient -benchtime 1x -timeout 60m ./cmd/bindery/peertest

# The same client with Bindery and with SyncEvolution's own server, most of an hour: BENCHMARKS.md. It needs
# the Debian packages syncevolution, syncevolution-http, python3-twisted and gcc.
bench-syncevo:
	go test -v -run '^$$' -bench Syncevo -benchtime 1x -timeout 120m ./cmd/bindery/peertest

# Rewrites the golden files: read the difference before you commit it.
golden:
	go test $$(grep -rl 'flag.Bool("update"' --include='*_test.go' . | xargs -n 1 dirname | sort -u) -update

# How many histories "make long" plays: about as many as an hour gives on two cores.
SIMULATIONS = 2000000

# What is too long for every change: run it before an issue is closed.
long:
	BINDERY_REQUIRE_PEERS=1 go test -race -count=3 -timeout 60m ./...
	BINDERY_REQUIRE_PEERS=1 BINDERY_LONG=1 go test -count=1 -timeout 180m ./cmd/bindery/peertest
	BINDERY_LONG=1 BINDERY_HISTORIES=2000 go test -count=1 -timeout 60m ./bindings
	BINDERY_LONG=1 go test -count=1 -timeout 60m ./bindings/yeartest
	BINDERY_SCHEDULE_DAYS=30 go test -count=1 -timeout 60m -run TestRunnerManyBindings ./bindings
	BINDERY_SIMULATIONS=$(SIMULATIONS) go test -count=1 -timeout 90m -run TestHistories ./bindings/simtest
	go test -tags mutants -run TestMutants -timeout 60m ./bindings
	.ci/fuzz 1800
