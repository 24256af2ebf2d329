//go:build mutants

// Each mutant takes one guard away and names the test that must fail then. It is for "make long":
//
//	go test -tags mutants -run TestMutants -timeout 60m ./bindings
package bindings

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

type mutant struct {
	name      string
	file      string // from the module's root
	old, with string
	// test is the one that must fail, in the package pkg, by default bindings.
	test, pkg string
}

var mutants = []mutant{
	{name: "an Add without a key", file: "engine/weave.go",
		old: "Op{Key: key, Verb: sources.Add, Body:", with: "Op{Verb: sources.Add, Body:",
		test: "TestRule_3_3_AnAddOfUnknownOutcomeIsRepeatedUnderItsKey"},
	{name: "a repeated Add under a new key", file: "engine/resolve.go",
		old: "		ops[i] = in.Op\n", with: "		ops[i] = in.Op\n		ops[i].Key = r.engine.NewKey()\n",
		test: "TestP7_ServerInitiatedCrashAtEveryStep"},
	{name: "everything is sent whatever the range", file: "engine/batch.go",
		old: "if r.outside(l, s, r.job.Sides[s].Range) {", with: "if false {",
		test: "TestRule_3_5_ARangeNarrowsWhatIsSent"},
	{name: "what a device tidies up is deleted everywhere", file: "engine/plan.go",
		old: "case p.parted(n, Source) || p.parted(n, Target):", with: "case false:",
		test: "TestRule_3_5_ADeleteOutOfRangeOnlyUnlinks"},
	{name: "a link is parted from an item that a trusted side did not list out of its range", file: "engine/plan.go",
		old: "&& !kept {", with: "{ _ = kept",
		test: "TestRule_3_5_AbsenceOutOfRange", pkg: "engine"},
	{name: "listings are compared outside the range of the one before", file: "engine/ranges.go",
		old: "out = out || r.outside(l, s, was)", with: "_ = was",
		test: "TestRule_3_5_ListingsAreComparedInsideTheRangeThatBothShare"},
	{name: "what enters the range is not sent", file: "engine/ranges.go",
		old: "r.perhapsOutside(s, now == was)", with: "r.perhapsOutside(s, true)",
		test: "TestRule_3_5_AnItemThatEntersTheRangeIsSent"},
	{name: "a refresh deletes what its lead was not sent", file: "engine/refresh.go",
		old: "	case p.spared(n):\n", with: "	case false:\n",
		test: "TestRule_3_5_ARefreshLeavesWhatIsOutOfRange"},
	{name: "a refresh erases what is outside its lead's range", file: "engine/plan.go",
		old: "d.Beyond[p.in.Lead]:", with: "false:",
		test: "TestRule_3_5_ARefreshLeavesWhatIsOutOfRange"},
	{name: "tombstones end, and cursors that have not read them stay good", file: "sources/datastore/tombstones.go",
		old: "w.client.Floor = max(w.client.Floor, r.Changed)", with: "_ = r",
		test: "TestRule_7_1_TombstonesEndAfterAYear", pkg: "sources/datastore"},
	{name: "tombstones that end under a look are missed", file: "sources/datastore/tombstones.go",
		old: "if s.from != everything && s.from < row.Floor {", with: "if s.from != everything && row.Floor < 0 {",
		test: "TestRule_7_1_TombstonesThatEndUnderALook", pkg: "sources/datastore"},
	{name: "everybody's quarantine is listed", file: "bindings/quarantine.go",
		old: `q := db.Where("owner_id = ?", owner)`, with: `q := db.Where("'' <> ?", owner)`,
		test: "TestP14_EveryMethodOfAStoreKeepsOwnersApart"},
	{name: "an Add of unknown outcome is not searched", file: "engine/search.go",
		old: "if len(adds) == 0 ||", with: "if len(adds) >= 0 ||",
		test: "TestRule_3_3_ASideWithoutKeysIsSearched"},
	{name: "a linked item is taken for an Add of unknown outcome", file: "engine/search.go",
		old: "known || d.Bad", with: "known && d.Bad",
		test: "TestRule_3_3_OnlyAnItemWithoutALinkIsFound"},
	{name: "intents are not resolved before the diff", file: "engine/run.go",
		old: "if err := r.resolve(ctx); err != nil {", with: "if err := ctx.Err(); err != nil {",
		test: "TestP7_ServerInitiatedCrashAtEveryStep"},
	{name: "echoes are edits", file: "engine/plan.go",
		old: "return n.put[s].Print != was", with: "return true",
		test: "TestPlan", pkg: "engine"},
	{name: "our own writes are counted", file: "engine/read.go",
		old: "d == nil || d.Own ||", with: "d == nil ||",
		test: "TestRule_9_OurOwnWritesAreNoReports"},
	{name: "what comes again is counted again", file: "engine/read.go",
		old: "case d.Bad || d.Print != t.old.Link.Shadow[s]:", with: "default:",
		test: "TestRule_9_OurOwnWritesAreNoReports"},
	{name: "a side's answer moves the other's shadow", file: "engine/settle.go",
		old: "l.Link.Shadow[s], l.Bodies.Shadow[s] = in.Print, in.Op.Body", with: "l.Link.Shadow[s.Other()], l.Bodies.Shadow[s.Other()] = in.Print, in.Op.Body",
		test: "TestRule_7_2_AResetPhoneUsesALUIDAgain"},
	{name: "a side that holds an older base is owed nothing", file: "engine/settle.go",
		old: "if l.Doomed || l.Link.Base != in.Print {", with: "if false {",
		test: "TestRule_2_4_AMapThatComesAfterTheItemChanged"},
	{name: "the base is not frozen: a merge without it", file: "engine/weave.go",
		old: "base, err := t.base(c)", with: "_, err := t.base(c)\n	var base *dataclass.Item",
		test: "TestRule_6_1_ARemovedPropertyStaysRemoved"},
	{name: "no shadow: each side against the base alone", file: "engine/weave.go",
		old: "	v.Now = it\n", with: "	v.Now, v.Shadow, v.Sent = it, nil, nil\n",
		test: "TestRule_5_3_APhoneThatCannotKeepAPhotoDeletesNone"},
	{name: "the fence is not asked", file: "bindings/journal.go",
		old: `journalWhere+" AND fence = ?", keyOf(l.Ref).args(l.Fence)...`, with: `journalWhere, keyOf(l.Ref).args()...`,
		test: "TestP13_WhoeverLostTheLeaseAltersNothing"},
	{name: "a lease does not rise the fence", file: "bindings/journal.go",
		old: `"fence": gorm.Expr("fence + 1"), `, with: "",
		test: "TestP13_WhoeverLostTheLeaseAltersNothing"},
	{name: "a lease that has not run out is given away", file: "bindings/journal.go",
		old: "if !take {", with: "if false {",
		test: "TestRule_1_3_ALeaseRunsOut"},
	{name: "an older session of a phone goes on", file: "bindings/phones.go",
		old: "if c.Fence != phone.Fence {", with: "if c.Fence < 0 {",
		test: "TestRule_1_4_ANewSessionTakesOver"},
	{name: "an unmapped Add asks for no slow sync", file: "bindings/phones.go",
		old: `st.cursor(pl.side) == "" || unmapped > 0 && !st.MapsLate`, with: `st.cursor(pl.side) == ""`,
		test: "TestRule_2_4_AnUnmappedAddAsksForASlowSync"},
	{name: "an unmapped Add is sent again at once", file: "engine/plan.go",
		old: "if n.link.Owed[s] == Unmapped && !p.in.Listing[s] {", with: "if false {",
		test: "TestPlan", pkg: "engine"},
	{name: "an unmapped Add that a slow sync did not show is not sent", file: "engine/weave.go",
		old: "(l.Owed[s] != Unmapped || listing)", with: "l.Owed[s] != Unmapped",
		test: "TestRule_2_4_AnAddThatNeverArrivedIsSentAgainUnderANewName"},
	{name: "an acknowledged Add needs no Map", file: "engine/settle.go",
		old: "case in.Op.Verb == sources.Add && in.State >= Sent:", with: "case false:",
		test: "TestRule_2_4_AnUnmappedAddAsksForASlowSync"},
	{name: "a second Map is ignored", file: "engine/settle.go",
		old: "h.secondCopy(in, item)\n	default", with: "\n	default",
		test: "TestRule_2_4_ASecondMapIsASecondCopy"},
	{name: "an Add after a Delete forgets the Delete", file: "bindings/mail.go",
		old: "r.Renewed = old.Renewed || was == sources.Delete", with: "r.Renewed = false",
		test: "TestRule_2_1_AnAddAfterADeleteIsAnotherItem"},
	{name: "Renewed is not looked at", file: "engine/plan.go",
		old: "case d.Renewed:\n		n.gone[s] = true\n		p.loosen(s, d)", with: "case d.Renewed:\n		n.put[s] = d",
		test: "TestRule_2_1_AnAddAfterADeleteIsAnotherItem"},
	{name: "an older session's inbox is thrown away", file: "bindings/phones_sync.go",
		old: "if err != nil || n == 0 {", with: "if err != nil || n >= 0 {",
		test: "TestRule_2_1_AnOlderSessionIsPlannedBeforeASlowPackage"},
	{name: "a delete beats an edit", file: "engine/plan.go",
		old: "if n.changed(s.Other()) || n.link.Owed[s] != None {", with: "if n.link.ID < 0 && n.changed(s.Other()) {",
		test: "TestRule_6_3_AnEditSurvivesADelete"},
	{name: "a delete beats an edit that the side was not told", file: "engine/plan.go",
		old: "n.changed(s.Other()) || n.link.Owed[s] != None", with: "n.changed(s.Other())",
		test: "TestPlan", pkg: "engine"},
	{name: "an edit beats a delete whatever the binding says", file: "engine/plan.go",
		old: "	if p.in.DeleteWins {\n		return Remove", with: "	if false {\n		return Remove",
		test: "TestRule_6_3_ADeleteWinsIfTheBindingSaysSo"},
	{name: "an edit of a dying item beats the delete whatever the binding says", file: "engine/plan.go",
		old: " && !p.in.DeleteWins:", with: ":",
		test: "TestRule_6_3_DeleteWins", pkg: "engine"},
	{name: "an edit under the delete beats it whatever the binding says", file: "engine/batch.go",
		old: "Lead: r.job.Lead, DeleteWins: r.job.DeleteWins}", with: "Lead: r.job.Lead}",
		test: "TestRule_6_3_ADeleteWinsOverAnEditUnderIt"},
	{name: "a doomed item is not revived by an edit", file: "engine/plan.go",
		old: "case n.changed(s) && !n.paired() && !p.in.DeleteWins:", with: "case false:",
		test: "TestPlan", pkg: "engine"},
	{name: "an item is brought back twice for two bindings", file: "engine/revive.go",
		old: "if t.d.Gone[s] && t.old.Item[s]", with: "if false && t.old.Item[s]",
		test: "TestRule_6_3_TwoPhonesBringAnItemBackOnce"},
	{name: "absence deletes", file: "engine/plan.go",
		old: "				n.lost[s] = true\n", with: "				n.gone[s] = true\n",
		test: "TestRule_3_4_ALostCursorProvesNothing"},
	{name: "garbage is not set aside", file: "engine/read.go",
		old: "		d.Bad = true\n", with: "		d.Print = dataclass.Fingerprint{1}\n",
		test: "TestRule_2_3_OneGarbageCardAmongAHundred"},
	{name: "garbage over a linked item is absence", file: "engine/plan.go",
		old: "n.put[s] == nil && !n.gone[s] && !n.bad[s]", with: "n.put[s] == nil && !n.gone[s]",
		test: "TestPlan", pkg: "engine"},
	{name: "echoes are edits", file: "dataclass/diff.go",
		old: "&& v.echoes(s, n) {", with: "&& false {",
		test: "TestRule_5_4_WhatADeviceCutsIsNoEdit"},
	{name: "every image is an echo", file: "dataclass/knownimage.go",
		old: "p.holdsMore(i, length+slack, len(part)+slack+half) {", with: "false {",
		test: "TestRule_5_4_WhatTheDeviceWouldNotHaveCutIsAnEdit"},
	{name: "absence deletes", file: "dataclass/diff.go",
		old: "p.name == partValue && v.Known.keeps(e)", with: "true",
		test: "TestRule_5_3_AbsenceIsADeletionWhereTheDeviceKeeps"},
	{name: "absence never deletes", file: "dataclass/diff.go",
		old: "p.name == partValue && v.Known.keeps(e)", with: "false",
		test: "TestRule_5_3_AbsenceIsADeletionWhereTheDeviceKeeps"},
	{name: "a side is sent what it will not hold", file: "engine/weave.go",
		old: "if m.Lossy[s] && !t.suffices(s, m) {", with: "if m.Lossy[s] {",
		test: "TestRule_5_4_ALimitIsLearnedAfterThreeItems"},
	{name: "nothing that was learned is stored", file: "bindings/learn.go",
		old: "if !known[s].Changed() {", with: "if true {",
		test: "TestRule_5_4_ALimitIsLearnedAfterThreeItems"},
	{name: "an oscillation is not recognised", file: "engine/swing.go",
		old: "if now.Count < swingRuns ||", with: "if true ||",
		test: "TestRule_5_6_TwoClientsThatWriteANumberInTwoWays"},
	{name: "a ring does not know its items", file: "engine/kin.go",
		old: "if len(p.in.Kin[s]) == 0 {", with: "if true {",
		test: "TestP18_ChainsComeToRest"},
	{name: "writes are not conditional", file: "engine/weave.go",
		old: "IfRev: l.Rev[s], Body: l.Bodies.Base}", with: "Body: l.Bodies.Base}",
		test: "TestRule_3_2_AnItemThatChangesUnderTheWrite"},
	{name: "a conflict is tried for ever", file: "engine/batch.go",
		old: "if attempt > maxRetries {", with: "if attempt > 50 {",
		test: "TestRule_3_2_AnItemThatNeverRestsStaysOwed"},
	{name: "cursors move before what they cover is done", file: "engine/run.go",
		old: "	if err := r.carryOut(ctx, r.plan()); err != nil {", with: `	var c Closing
	for _, s := range bothSides {
		cur, err := r.sides[s].session.Commit(ctx)
		if err != nil {
			return Report{}, err
		}
		c.Cursors[s] = &cur
	}
	if err := r.engine.Journal.Close(ctx, r.lease, c); err != nil {
		return Report{}, err
	}
	if err := r.carryOut(ctx, r.plan()); err != nil {`,
		test: "TestP7_ServerInitiatedCrashAtEveryStep"},
	{name: "what is refused is forgotten", file: "engine/quarantine.go",
		old: "	st.fail(l, in.Side, Refused, why)", with: "	l.Owed[in.Side], _ = None, why\n	st.Links = append(st.Links, *l)",
		test: "TestRule_4_WhatIsRefusedStaysOwed"},
	{name: "what always fails is tried for ever", file: "engine/quarantine.go",
		old: "		reason = Aside\n", with: "		_ = Aside\n",
		test: "TestRule_4_AnItemThatFailsThreeTimesIsSetAside"},
	{name: "what was set aside is tried again unchanged", file: "engine/plan.go",
		old: "r != Aside && r != Held", with: "r != Held",
		test: "TestPlan", pkg: "engine"},
	{name: "what was set aside is written when something else is", file: "engine/weave.go",
		old: "case None, Aside, Doubtful", with: "case None, Doubtful",
		test: "TestRule_4_ANewRevisionIsNoChange"},
	{name: "a success does not end a row of failures", file: "engine/quarantine.go",
		old: "	if l.Failures[s] > 0 {", with: "	if false {",
		test: "TestRule_4_ASuccessBeginsTheCountAnew"},
	{name: "a changed item has no attempts left", file: "engine/quarantine.go",
		old: "if old.Owed[s] == Aside && now.Owed[s] != Aside {", with: "if false {",
		test: "TestRule_4_AChangeOfTheItemIsTriedAgain"},
	{name: "a busy side fails its items", file: "engine/quarantine.go",
		old: "if errors.Is(err, sources.ErrBusy) || errors.Is(err, sources.ErrAuth) {", with: "if errors.Is(err, sources.ErrBusy) && err == nil {",
		test: "TestRule_4_ABusySideSetsNothingAside"},
	{name: "what cannot be merged is forgotten", file: "engine/batch.go",
		old: "			b.setAside(t, r.mem, err)\n", with: "",
		test: "TestRule_4_WhatCannotBeMergedIsSetAside"},
	{name: "nobody reads again what a person asked for", file: "engine/quarantine.go",
		old: "if len(r.mem.Again[s]) == 0 ||", with: "if len(r.mem.Again[s]) >= 0 ||",
		test: "TestRule_4_WhatCannotBeMergedIsSetAside"},
	{name: "what is gone stays in quarantine", file: "engine/quarantine.go",
		old: "if is, told := there[id]; told && !is || !told && r.sides[s].listing {", with: "if is, told := there[id]; is && !told {",
		test: "TestRule_4_WhatIsGoneIsNotInQuarantine"},
	{name: "nobody says that an op never left", file: "engine/settle.go",
		old: "c.Reasons = append(c.Reasons, Owing{in.Link, in.Side, Unsent})", with: "_ = in.Link",
		test: "TestRule_4_TheReasonSaysHowFarItCame"},
	{name: "pending ops are counted", file: "engine/settle.go",
		old: "	in.State = Sent\n", with: "	in.State = Sent\n	h.st.countOut(*in)\n",
		test: "TestRule_1_2_PendingIsNotAcknowledged"},
	{name: "the loser is not kept", file: "bindings/history_write.go",
		old: "if v.Body.IsZero() {", with: "if true {",
		test: "TestRule_6_ConflictsAreDecidedAndTheLoserIsKept"},
	{name: "what is deleted is not kept", file: "engine/remember.go",
		old: "if op.Verb == sources.Add {", with: "if op.Verb != sources.Replace {",
		test: "TestRule_10_WhatASyncOverwritesOrDeletesIsKept"},
	{name: "what is overwritten is not kept", file: "engine/remember.go",
		old: "if op.Verb == sources.Add {", with: "if op.Verb != sources.Delete {",
		test: "TestRule_10_WhatASyncOverwritesOrDeletesIsKept"},
	{name: "only what the other side could hold is kept", file: "engine/remember.go",
		old: "if t.old.ID == 0 || t.old.Doomed ||", with: "if t.old.ID >= 0 || t.old.Doomed ||",
		test: "TestRule_10_WhatOnlyOneSideCouldHoldIsKept"},
	{name: "what is refused is kept anew each time", file: "engine/remember.go",
		old: "v.Again = t.d.Act == Push &&", with: "v.Again = t.d.Act == Drop &&",
		test: "TestRule_10_WhatIsRefusedEveryTimeIsKeptOnce"},
	{name: "a restore overwrites whatever is there", file: "bindings/restorer.go",
		old: "ID: t.at, IfRev: now.Rev,", with: "ID: t.at,",
		test: "TestRule_10_AnEditDuringARestoreIsNotLost"},
	{name: "what a restore overwrites is not kept", file: "bindings/restorer.go",
		old: "return true, r.keep(ctx, t, now)", with: "return true, nil",
		test: "TestRule_10_WhatARestoreOverwritesIsKept"},
	{name: "a restore does not look who has the UID now", file: "bindings/restorer.go",
		old: "range r.uids[t.it.UID()]", with: "range r.uids[\"\"]",
		test: "TestRule_10_WhatTheUserMadeAgainIsNotDoubled"},
	{name: "an import merges whom it doubts", file: "cmd/bindery/importer.go",
		old: "case pair.Verdict == evidence.Same:", with: "case pair.Verdict != 0:",
		test: "TestScripts/import", pkg: "cmd/bindery"},
	{name: "an import adds whom it doubts", file: "cmd/bindery/importer.go",
		old: "		default:\n			p.skip = true\n", with: "		default:\n",
		test: "TestScripts/import", pkg: "cmd/bindery"},
	{name: "purging ignores the age", file: "bindings/history_write.go",
		old: "micros(s.now().Add(-kept)), 0", with: "micros(s.now()), int(kept)*0",
		test: "TestRule_10_VersionsStayForNinetyDays"},
	{name: "a link of another owner is overwritten", file: "bindings/journal_write.go",
		old: `"journal_links.owner_id = ?"`, with: `"'' <> ?"`,
		test: "TestP14_NoMethodReachesAnotherOwner"},
	{name: "a late Map is not counted", file: "bindings/synclog.go",
		old: `tx.Select("id").Where(journalWhere, k.args()...)`, with: `tx.Select("id").Where(journalWhere+" AND state = 'running'", k.args()...)`,
		test: "TestP15_ALateMapCountsInTheSyncThatSentTheAdd"},
	{name: "the asked mode is logged", file: "engine/run.go",
		old: "c.Mode, r.open.Mode = Slow, Slow", with: "_ = c",
		test: "TestRule_9_TheModeIsTheOneThatTookEffect"},
	{name: "all bodies are kept from the listing", file: "engine/read.go",
		old: "if n := len(c.Body.Data); rd.bytes+n <= keepBytes {", with: "if n := len(c.Body.Data); n >= 0 {",
		test: "TestP16_BodiesAreBoundedByTheBatch"},
	{name: "the bodies of an outbox are read to end a run", file: "bindings/journal.go",
		old: "CASE WHEN state = 0 THEN body END AS body", with: "body",
		test: "TestP16_AnOutboxIsNotReadWhole"},
	{name: "a broken run's ops have no bodies", file: "bindings/journal.go",
		old: "of_base AND state = 0 AS of_base", with: "0 AS of_base",
		test: "TestP7_ServerInitiatedCrashAtEveryStep"},
	{name: "keys are drawn from the system", file: "bindings/syncs.go",
		old: "NewKey: s.newKey,", with: "NewKey: func() sources.Key { return sources.Key(rand.Text()) },",
		test: "TestP17_SameSeedSameTrace"},
	{name: "no guard against mass deletion", file: "engine/guard.go",
		old: "case len(list) > fewItems && len(list)*100 > linked*manyDeleted:", with: "case linked < 0:",
		test: "TestRule_8_1_HowManyDeletionsAreTooMany"},
	{name: "an emptied listing is believed", file: "engine/guard.go",
		old: "case len(list) > 0 && w.emptied(s):", with: "case linked < 0:",
		test: "TestRule_8_1_AnEmptiedListing"},
	{name: "no guard against all changed", file: "engine/guard.go",
		old: "	if isMass(len(list), linked) {", with: "	if linked < 0 {",
		test: "TestRule_8_1_AllChanged"},
	{name: "an approval is not bound to the revision", file: "engine/guard.go",
		old: "h.Verb == o.Verb && h.Rev == o.Rev && h.Print == o.Print", with: "h.Verb == o.Verb",
		test: "TestRule_8_2_ApprovalIsBoundToTheRevision"},
	{name: "a held run moves its cursors", file: "engine/hold.go",
		old: "	c.Tally.Held = r.open.Tally.Held\n", with: `	c.Tally.Held = r.open.Tally.Held
	for _, s := range bothSides {
		cur, err := r.sides[s].session.Commit(ctx)
		if err != nil {
			return Report{}, err
		}
		c.Cursors[s] = &cur
	}
`,
		test: "TestRule_8_2_AHeldSyncWritesNothing"},
	{name: "what a sync of another binding deleted counts again", file: "engine/guard.go",
		old: "(del.Synced || del.Own) && !del.Renewed", with: "del.Own",
		test: "TestRule_8_1_DownstreamDoesNotCountAgain"},
	{name: "what an open plan of a phone holds is forgotten", file: "engine/guard.go",
		old: "	if !w.sticky {", with: "	if w.sticky || !w.sticky {",
		test: "TestRule_8_3_ABrokenRunHoldsAll"},
	{name: "a held deletion is sent to the phone", file: "engine/weave.go",
		old: "	case None, Aside, Doubtful, Held:", with: "	case None, Aside, Doubtful:",
		test: "TestRule_8_3_APhonesDeletionsAreHeld"},
	{name: "what goes while a sync is at work passes the guard", file: "engine/batch.go",
		old: "t.d.Act == Remove && !t.refreshing {", with: "t.d.Act == 0 {",
		test: "TestRule_8_1_WhatGoesMeanwhileIsLeftToTheNextLook"},
	{name: "the winner is the source whatever the binding says", file: "bindings/syncs.go",
		old: "job.Winner = dataclass.Second", with: "_ = job",
		test: "TestP10_MirrorSymmetry"},
	{name: "twins are not counted", file: "engine/run.go",
		old: "c.Tally.Duplicates += countTwins(r.sides[s].digests)", with: "_ = countTwins",
		test: "TestRule_7_5_TwinsDoNotMultiply"},
	{name: "a twin here is removed whatever it is there", file: "engine/twins.go",
		old: "kept.node != nil && kept.node.has(o) && c.node.print(o) == kept.node.print(o)", with: "true",
		test: "TestRule_7_5_ATwinThatDiffersOnTheOtherSideStays"},
	{name: "an equal UID outweighs the evidence", file: "engine/facts.go",
		old: "wrong[uid] = dataclass.Contradicts(it, items[Target][uid])", with: "wrong[uid] = it == nil",
		test: "TestRule_7_3_AUIDThatBothSidesKeep"},
	{name: "a phone's UIDs are believed without proof", file: "engine/facts.go",
		old: "if err != nil || len(written) < uidProof {", with: "if err != nil {",
		test: "TestRule_7_3_APhoneProvesThatItKeepsUIDs"},
	{name: "what is doubtful is merged", file: "engine/recognise.go",
		old: "case m.Verdict == evidence.Same, pair", with: "case m.Verdict != 0, pair",
		test: "TestRule_7_5_ADoubtfulPairStaysApart"},
	{name: "what is doubtful is sent", file: "engine/weave.go",
		old: "case None, Aside, Doubtful, Held:", with: "case None, Aside, Held:",
		test: "TestRule_7_5_ADoubtfulPairStaysApart"},
	{name: "a doubtful pair is recorded in two transactions", file: "engine/doubt.go",
		old: "for n < len(all) && all[n].Doubt != nil", with: "for n < 0 && all[n].Doubt != nil",
		test: "TestWhole", pkg: "engine"},
	{name: "an item may have two partners", file: "engine/recognise.go",
		old: "		if c.loose != nil {\n			p.taken[c.loose] = true\n		}\n	}\n	for s, c", with: "		_ = c\n	}\n	for s, c",
		test: "TestPlanRecognises", pkg: "engine"},
	{name: "the evidence pairs in two-way syncs", file: "engine/recognise.go",
		old: "{ return p.in.Listing[s] || d.Slow }", with: "{ return true }",
		test: "TestRule_7_4_NamesakesEnteredOnOneDayAreTwo"},
	{name: "a slow sync lists only what changed", file: "engine/read.go",
		old: "if r.job.Mode != Slow || r.job.deferred()", with: "if true || r.job.deferred()",
		test: "TestRule_7_1_ASlowSyncThatAPersonAskedForListsEverything"},
	{name: "simulated: an Add without a key", file: "engine/weave.go",
		old: "Op{Key: key, Verb: sources.Add, Body:", with: "Op{Verb: sources.Add, Body:",
		test: "TestHistories", pkg: "bindings/simtest"},
	{name: "simulated: intents are not resolved before the diff", file: "engine/run.go",
		old: "if err := r.resolve(ctx); err != nil {", with: "if err := ctx.Err(); err != nil {",
		test: "TestHistories", pkg: "bindings/simtest"},
	{name: "simulated: no shadow", file: "engine/weave.go",
		old: "	v.Now = it\n", with: "	v.Now, v.Shadow, v.Sent = it, nil, nil\n",
		test: "TestHistories", pkg: "bindings/simtest"},
	{name: "simulated: a merge without the base", file: "engine/weave.go",
		old: "base, err := t.base(c)", with: "_, err := t.base(c)\n	var base *dataclass.Item",
		test: "TestHistories", pkg: "bindings/simtest"},
	{name: "simulated: the fence is not asked", file: "engine/journaltest/memory.go",
		old: "if s.fence != l.Fence {", with: "if l.Fence < 0 {",
		test: "TestHistories", pkg: "bindings/simtest"},
	{name: "simulated: the database's fence is not asked", file: "bindings/journal.go",
		old: `journalWhere+" AND fence = ?", keyOf(l.Ref).args(l.Fence)...`, with: `journalWhere, keyOf(l.Ref).args()...`,
		test: "TestBothJournals", pkg: "bindings/simtest"},
	{name: "simulated: an id used again is another item, also if we used it", file: "engine/plan.go",
		old: "case d.Renewed && !n.knows(s, d):", with: "case d.Renewed:",
		test: "TestRegressions", pkg: "bindings/simtest"},
	{name: "simulated: an edit over an op of unknown outcome conflicts with it", file: "engine/built.go",
		old: "if err == nil && m.Item.Fingerprint() == now.Fingerprint() {", with: "if err == nil && m.Item == nil {",
		test: "TestRegressions", pkg: "bindings/simtest"},
}

// TestMutants asks that every mutant is noticed.
func TestMutants(t *testing.T) {
	only := os.Getenv("BINDERY_MUTANT")
	for _, m := range mutants {
		if only != "" && !strings.Contains(m.name, only) {
			continue
		}
		t.Run(m.name, func(t *testing.T) { m.run(t) })
	}
}

func (m mutant) run(t *testing.T) {
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(root, filepath.FromSlash(m.file))
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Count(string(text), m.old) != 1 {
		t.Fatalf("%q stands %d times in %s", m.old, strings.Count(string(text), m.old), m.file)
	}
	dir := t.TempDir()
	changed, overlay := filepath.Join(dir, "mutant.go"), filepath.Join(dir, "overlay.json")
	rule, err := json.Marshal(map[string]any{"Replace": map[string]string{path: changed}})
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{changed: []byte(strings.Replace(string(text), m.old, m.with, 1)), overlay: rule} {
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	pkg := m.pkg
	if pkg == "" {
		pkg = "bindings"
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "go", "test", "-overlay", overlay, "-vet=off", "-timeout", "2m", "-failfast", "-run", "^"+m.test+"$", "./"+pkg)
	cmd.Dir = root
	out, err := cmd.CombinedOutput()
	switch {
	case strings.Contains(string(out), "build failed"), strings.Contains(string(out), "no tests to run"):
		t.Errorf("%s", out)
	case err == nil:
		t.Errorf("%s does not notice", m.test)
	}
}
