package main

import (
	"fmt"

	"github.com/alecthomas/kong"
)

// A page is what the manual says of a command beside its own help.
type page struct {
	// Examples are command lines that the tests run, on made-up data.
	Examples []string
	// Prints are the forms of its lines with --output json; Plain says why it has none.
	Prints []any
	Plain  string
}

// The Sync Clients of examples.
const (
	exampleStore   = "0190a000-0000-7000-8000-000000000001"
	examplePhone   = "0190a000-0000-7000-8000-000000000002"
	exampleRemoved = "0190a000-0000-7000-8000-000000000003"
	exampleSecond  = "0190a000-0000-7000-8000-000000000004"
)

// manual has a page for each command, by its words.
func manual() map[string]page {
	pages := map[string]page{
		"serve": {Examples: []string{"bindery serve --listen 192.0.2.10:8080",
			"bindery serve --listen 192.0.2.10:8443 --tls-cert cert.pem --tls-key key.pem --base-url https://sync.example.org"},
			Plain: "it prints where it listens, and then a log"},
		"devices": {Examples: []string{"bindery devices", "bindery devices " + examplePhone}, Prints: []any{deviceReport{}}},
		"alert":   {Examples: []string{"bindery alert " + examplePhone + " --push-command ./gateway.sh"}, Prints: []any{jsonAlert{}}},
		"log":     {Examples: []string{"bindery log", "bindery log --binding 1 --limit 50"}, Prints: []any{jsonLog{}}},
		"sessions": {Examples: []string{"bindery sessions --account ada", "bindery sessions 1"},
			Prints: []any{jsonSession{}, jsonMessage{}}},
		"sync": {Examples: []string{"bindery sync ~/contacts /mnt/stick/contacts",
			"bindery --data bindery-data sync --class Contacts --dry-run client:" + exampleStore + " ~/contacts"}, Prints: []any{jsonReport{}, jsonAlert{}}},
		"demo":   {Examples: []string{"bindery demo"}, Plain: "it shows people what a sync does"},
		"export": {Examples: []string{"bindery export --account ada export", "bindery export --as-file --client " + exampleStore + " contacts.vcf"}, Prints: []any{jsonExport{}, jsonExportFile{}}},
		"import": {Examples: []string{"bindery import --dry-run --client " + exampleStore + " old-phone.vcf", "bindery import --client " + exampleStore + " old-phone.vcf"},
			Prints: []any{jsonImport{}}},
		"convert": {Examples: []string{"bindery convert --to 'text/vcard;version=4.0' old-phone.vcf > new.vcf"}, Plain: "it prints items"},
		"doctor":  {Examples: []string{"bindery doctor", "bindery doctor --repair --tls-cert cert.pem"}, Prints: []any{jsonFinding{}}},
		"backup":  {Examples: []string{"bindery backup /var/backups/bindery.db"}, Prints: []any{jsonBackup{}}},
		"restore-backup": {Examples: []string{"bindery restore-backup --yes /var/backups/bindery.db"},
			Prints: []any{jsonBroughtBack{}}},
		"migrate":    {Examples: []string{"bindery migrate --dry-run", "bindery migrate"}, Prints: []any{jsonStep{}}},
		"version":    {Examples: []string{"bindery version", "bindery version --output json"}, Prints: []any{jsonVersionOf{}}},
		"completion": {Examples: []string{"bindery completion bash > bindery.bash", "bindery completion fish > bindery.fish"}, Plain: "it prints a script"},
		"restore":    {Examples: []string{"bindery restore 17 18", "bindery restore --sync 7"}, Prints: []any{jsonRestored{}, jsonReport{}}},
	}
	for _, more := range []map[string]page{accountPages(), clientPages(), decisionPages()} {
		for name, p := range more {
			pages[name] = p
		}
	}
	return pages
}

// accountPages are those of accounts and tokens.
func accountPages() map[string]page {
	return map[string]page{
		"account add":    {Examples: []string{"bindery account add ben", "bindery account add --no-md5 --password-stdin cleo < password"}, Prints: []any{jsonAccount{}}},
		"account passwd": {Examples: []string{"bindery account passwd --password-stdin ada < password"}, Prints: []any{jsonAccount{}}},
		"account set":    {Examples: []string{"bindery account set ada --log-content on", "bindery account set ada --zone Europe/Vienna"}, Prints: []any{jsonAccount{}}},
		"account list":   {Examples: []string{"bindery account list"}, Prints: []any{jsonAccount{}}},
		"account export": {Examples: []string{"bindery account export ada ada.zip"}, Prints: []any{jsonAccountFile{}}},
		"account rm":     {Examples: []string{"bindery account rm --yes ada"}, Prints: []any{jsonAccountGone{}}},
		"token add":      {Examples: []string{"bindery token add --account ada --for 720h calendar-page"}, Prints: []any{jsonToken{}}},
		"token list":     {Examples: []string{"bindery token list"}, Prints: []any{jsonToken{}}},
		"token rm":       {Examples: []string{"bindery token rm TOKEN-ID"}, Prints: []any{jsonToken{}}},
	}
}

// clientPages are those of Sync Clients and bindings.
func clientPages() map[string]page {
	return map[string]page{
		"client list": {Examples: []string{"bindery client list"}, Prints: []any{jsonClient{}}},
		"source list": {Examples: []string{"bindery source list"}, Prints: []any{jsonSource{}}},
		"source add":  {Examples: []string{"bindery source add --account ada office https://pim.example.org"}, Prints: []any{jsonSource{}}},
		"source rm":   {Examples: []string{"bindery source rm --account ada --yes club"}, Prints: []any{jsonSource{}}},
		"client add": {Examples: []string{"bindery client add --account ada --source family --user nora --password-stdin gdata < password",
			"bindery client add dav --account ada --password-stdin --look nora@pim.example.org < password"},
			Prints: []any{jsonClient{}, jsonFound{}}},
		"client set": {Examples: []string{"bindery client set " + examplePhone, "bindery client set " + examplePhone + " --push-address +3585550100 --alert-version 1.2"},
			Prints: []any{jsonReach{}, jsonClient{}}},
		"client replace": {Examples: []string{"bindery client replace " + examplePhone + " IMEI:490000000000017"}, Prints: []any{jsonClient{}}},
		"client rm":      {Examples: []string{"bindery client rm --yes " + examplePhone}, Prints: []any{jsonClient{}}},
		"client removed": {Examples: []string{"bindery client removed"}, Prints: []any{jsonRemoved{}}},
		"client restore": {Examples: []string{"bindery client restore " + exampleRemoved}, Prints: []any{jsonClient{}}},
		"binding list":   {Examples: []string{"bindery binding list", "bindery binding list --removed"}, Prints: []any{jsonBinding{}}},
		"binding add":    {Examples: []string{"bindery binding add " + exampleSecond + " " + exampleStore + " --conflict target"}, Prints: []any{jsonBinding{}}},
		"binding set":    {Examples: []string{"bindery binding set 1", "bindery binding set 1 --delete-wins --events-back 30 --on-change"}, Prints: []any{jsonBinding{}}},
		"schedule list":  {Examples: []string{"bindery schedule", "bindery schedule list --binding 2"}, Prints: []any{jsonSchedule{}}},
		"schedule add": {Examples: []string{"bindery schedule add 2 --every 6h", "bindery schedule add 2 --class Events --cron '30 7 * * mon-fri' --zone Europe/Vienna --quiet 22:00-06:30 --jitter 5m"},
			Prints: []any{jsonSchedule{}}},
		"schedule set":    {Examples: []string{"bindery schedule set 1 --every 2h"}, Prints: []any{jsonSchedule{}}},
		"schedule run":    {Examples: []string{"bindery schedule run 1"}, Prints: []any{jsonSchedule{}}},
		"schedule rm":     {Examples: []string{"bindery schedule rm 1"}, Prints: []any{jsonSchedule{}}},
		"binding rm":      {Examples: []string{"bindery binding rm --yes 1"}, Prints: []any{jsonBinding{}}},
		"binding restore": {Examples: []string{"bindery binding restore 5"}, Prints: []any{jsonBinding{}}},
	}
}

// decisionPages are those of what waits for a person, and of old versions.
func decisionPages() map[string]page {
	return map[string]page{
		"health":           {Examples: []string{"bindery health http://127.0.0.1:8080"}, Prints: []any{jsonHealth{}}},
		"notices":          {Examples: []string{"bindery notices", "bindery notices --all --output json"}, Prints: []any{jsonNotice{}}},
		"hold list":        {Examples: []string{"bindery hold"}, Prints: []any{jsonHold{}}},
		"hold show":        {Examples: []string{"bindery hold show PLAN"}, Prints: []any{jsonHold{}}},
		"hold approve":     {Examples: []string{"bindery hold approve PLAN --yes"}, Prints: []any{jsonHold{}}},
		"hold reject":      {Examples: []string{"bindery hold reject PLAN --yes"}, Prints: []any{jsonHold{}}},
		"review list":      {Examples: []string{"bindery review"}, Prints: []any{jsonPair{}}},
		"review same":      {Examples: []string{"bindery review same 3 --yes"}, Prints: []any{jsonVerdict{}}},
		"review two":       {Examples: []string{"bindery review two 3 --yes"}, Prints: []any{jsonVerdict{}}},
		"quarantine list":  {Examples: []string{"bindery quarantine list"}, Prints: []any{jsonQuarantined{}}},
		"quarantine retry": {Examples: []string{"bindery quarantine retry 5", "bindery quarantine retry --binding 3"}, Prints: []any{jsonQuarantined{}}},
		"history list":     {Examples: []string{"bindery history --limit 200 ada", "bindery history --sync 7"}, Prints: []any{jsonVersion{}}},
		"history show":     {Examples: []string{"bindery history show 17 > ada.vcf"}, Prints: []any{jsonVersion{}}},
	}
}

// wordsOf gives the words that name a command, "" for the program itself.
func wordsOf(n *kong.Node) string {
	words := ""
	for ; n != nil && n.Parent != nil; n = n.Parent {
		if words != "" {
			words = " " + words
		}
		words = n.Name + words
	}
	return words
}

// help prints kong's help, and then examples.
func help(o kong.HelpOptions, ctx *kong.Context) error {
	if err := kong.DefaultHelpPrinter(o, ctx); err != nil {
		return err
	}
	n := ctx.Selected()
	if n == nil {
		return nil
	}
	examples := manual()[wordsOf(n)].Examples
	if len(examples) == 0 {
		return nil
	}
	_, _ = fmt.Fprintf(ctx.Stdout, "\nExamples:\n") // help that nobody reads is no failure
	for _, e := range examples {
		_, _ = fmt.Fprintf(ctx.Stdout, "  %s\n", e)
	}
	return nil
}
