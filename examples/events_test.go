package examples

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/smartlock-sdk/smartlock/aliyunlock"
	"github.com/smartlock-sdk/smartlock/dingding"
	"github.com/smartlock-sdk/smartlock/ewelink"
	"github.com/smartlock-sdk/smartlock/lock"
	"github.com/smartlock-sdk/smartlock/tuya"
	"github.com/smartlock-sdk/smartlock/yeeuu"
)

// meaning is what docs/events.md says of a kind; data is the type of Event.Data, "" for none.
type meaning struct{ says, data string }

var meanings = map[lock.EventKind]meaning{
	lock.EventDeviceAdded:           {"A device was installed, or assigned to the account.", ""},
	lock.EventDeviceRemoved:         {"A device was taken away from the account.", ""},
	lock.EventDeviceReplaced:        {"`Device` has taken another one's place.", "Replacement"},
	lock.EventDeviceOnline:          {"The device can be reached again.", ""},
	lock.EventDeviceOffline:         {"The device cannot be reached. A lock still takes the codes it has.", ""},
	lock.EventDeviceRenamed:         {"The name people see was changed.", ""},
	lock.EventDeviceBatteryLow:      {"Change the battery. Where \"low\" begins is the vendor's choice.", "BatteryLevel"},
	lock.EventDeviceBatteryOK:       {"The battery was changed or charged.", "BatteryLevel"},
	lock.EventDeviceBatteryReported: {"The device said how its battery is.", "BatteryLevel"},
	lock.EventDeviceTampered:        {"Somebody is at the device by force.", ""},
	lock.EventDeviceFault:           {"A part of the device is broken; `Name` and `Raw` say which.", ""},
	lock.EventDeviceFaultCleared:    {"The part works again.", ""},
	lock.EventDeviceReset:           {"The device was reset on site. Every code on a lock is gone: list, and put them on again.", ""},

	lock.EventLockUnlocked:           {"The door was opened: `Method` says how, `Password` or `Key` with what, `Actor` by whom, as far as the vendor knows.", ""},
	lock.EventLockLocked:             {"The door was locked.", ""},
	lock.EventLockUnlockDenied:       {"Somebody was refused; `Reason` says why, where the vendor does.", ""},
	lock.EventLockWrongAttempts:      {"Several wrong codes, fingers or cards in a row.", ""},
	lock.EventLockKeypadBlocked:      {"The lock takes nothing for a while, after too many wrong attempts.", ""},
	lock.EventLockJammed:             {"The bolt does not move.", ""},
	lock.EventLockLeftOpen:           {"The door was not closed.", ""},
	lock.EventLockDoorOpened:         {"The door leaf was opened.", ""},
	lock.EventLockDoorClosed:         {"The door leaf was closed.", ""},
	lock.EventLockForcedOpen:         {"The door was opened without the lock.", ""},
	lock.EventLockDuress:             {"Somebody was forced to open. Tell the right people; show nothing at the door.", ""},
	lock.EventLockDoorbell:           {"Somebody rings.", ""},
	lock.EventLockPassageModeChanged: {"The door now stays unlocked, or does not any more.", ""},
	lock.EventLockPrivacyModeChanged: {"Somebody inside has locked others out, or has ended that.", ""},

	lock.EventPasswordApplied:           {"A new code is on the lock.", ""},
	lock.EventPasswordUpdated:           {"A code was changed as we asked.", ""},
	lock.EventPasswordDeleted:           {"A code is gone from the lock as we asked.", ""},
	lock.EventPasswordFrozen:            {"A code is suspended.", ""},
	lock.EventPasswordUnfrozen:          {"A code opens again.", ""},
	lock.EventPasswordExpired:           {"A code's time is over.", ""},
	lock.EventPasswordFailed:            {"The lock refused what we asked of a code.", "Failure"},
	lock.EventPasswordDiscovered:        {"There is a code that we did not make: set at the lock itself.", ""},
	lock.EventPasswordChangedExternally: {"A code was changed at the lock, not by us.", ""},
	lock.EventPasswordRemovedExternally: {"A code was deleted at the lock, not by us.", ""},
	lock.EventPasswordDelayed:           {"A code is still not on the lock.", ""},

	lock.EventKeyAdded:      {"A finger, card, face or PIN was enrolled, or an authorisation given.", ""},
	lock.EventKeyRemoved:    {"A key was erased in the lock, or an authorisation taken back.", ""},
	lock.EventKeyAssigned:   {"An enrolled key is now somebody's.", ""},
	lock.EventKeyUnassigned: {"An enrolled key is nobody's any more. It still opens.", ""},

	lock.EventMeterReading:         {"The meter was read.", "Reading"},
	lock.EventMeterHistoryUploaded: {"The meter has told what it counted while it could not be reached.", "[]Reading"},
	lock.EventMeterSwitchedOn:      {"The breaker was closed: power flows.", ""},
	lock.EventMeterSwitchedOff:     {"The breaker was tripped.", ""},
	lock.EventMeterClosedLocally:   {"The breaker was closed by hand.", ""},
	lock.EventMeterOverload:        {"The meter tripped: more power or current than it may carry.", ""},
	lock.EventMeterCreditExhausted: {"The meter tripped: credit and overdraft are used up.", ""},
	lock.EventMeterCreditLow:       {"The credit is nearly used up.", ""},
	lock.EventMeterCommError:       {"The meter's line fails.", ""},
	lock.EventMeterCommRestored:    {"The meter's line works again.", ""},
	lock.EventMeterTopUpSucceeded:  {"A payment has reached the meter.", "Receipt"},
	lock.EventMeterTopUpFailed:     {"A payment has not reached the meter.", "Failure"},
	lock.EventMeterSettingChanged:  {"Overdraft, largest power, price or pay mode was changed, or the counter reset.", ""},

	lock.EventOperationSucceeded: {"Something that was asked for was done, and no other kind says it better.", ""},
	lock.EventOperationFailed:    {"Something that was asked for was refused by the device.", "Failure"},
	lock.EventOperationTimedOut:  {"The device did not answer in time; it may have acted all the same.", "Failure"},
	lock.EventOperationUnknown:   {"A result of a shape that nobody has seen: ask how things are.", ""},

	lock.EventAccountDisconnected:   {"The account, or a member of a fleet, cannot be reached any more.", "Failure"},
	lock.EventAccountReauthRequired: {"Somebody has to sign in again.", ""},
	lock.EventAccountQuotaWarning:   {"The account's allowance is nearly used up.", ""},

	lock.EventInstallSubmitted: {"An installer has handed the work in.", ""},
	lock.EventTicketUpdated:    {"A work order has a new state.", ""},

	lock.EventGap:           {"Events may have been lost in this time. Ask `History`; a `Follower` does it by itself.", "Window"},
	lock.EventUnfilled:      {"Something may have been missed for good in this time, and `History` cannot say; only a `Follower` yields it.", "Unfilled"},
	lock.EventVendorUnknown: {"Something that has no name here: `Name` and `Raw` have what the vendor sent.", ""},
}

// inCode says when a vendor's code makes an event of a kind, beside what stands in its tables. A
// kind that is in the code, and neither in a table nor here, fails the test.
var inCode = map[lock.Vendor]map[lock.EventKind]string{
	dingding.Vendor: {
		lock.EventLockDoorOpened:     "door sensor, state `open`",
		lock.EventLockDoorClosed:     "door sensor, state `close`",
		lock.EventPasswordFailed:     "a password service with a result other than 1000",
		lock.EventMeterTopUpFailed:   "a top-up with a result other than 1000",
		lock.EventOperationSucceeded: "other services; entries of the operation log",
		lock.EventOperationFailed:    "other services with a result other than 1000; failed entries of the operation log",
		lock.EventOperationTimedOut:  "result 5101",
		lock.EventOperationUnknown:   "a result without result, id and operation",
		lock.EventVendorUnknown:      "everything else",
	},
	yeeuu.Vendor: {
		lock.EventLockUnlocked: "every entry of the log",
	},
	aliyunlock.Vendor: {
		lock.EventLockDuress:    "an opening with a duress key, `UserLimit` 3",
		lock.EventVendorUnknown: "everything else",
	},
	tuya.Vendor: {
		lock.EventLockUnlocked:              "an open log of any `unlock_…` code",
		lock.EventLockDuress:                "`hijack`",
		lock.EventLockDoorbell:              "`doorbell`",
		lock.EventPasswordRemovedExternally: "an offline clear code was typed at the door",
		lock.EventVendorUnknown:             "everything else",
	},
	ewelink.Vendor: {
		lock.EventDeviceAdded:           "is in the list of things since the last look",
		lock.EventDeviceRemoved:         "is in the list of things no more",
		lock.EventDeviceRenamed:         "has another name in the list of things",
		lock.EventDeviceOnline:          "`sysmsg`, or the list of things after a break",
		lock.EventDeviceOffline:         "`sysmsg`, or the list of things after a break",
		lock.EventDeviceBatteryReported: "a sensor says its battery in percent",
		lock.EventDeviceBatteryLow:      "a sensor's battery has fallen to where it is low",
		lock.EventDeviceBatteryOK:       "a sensor's battery is no longer low",
		lock.EventMeterReading:          "a breaker says its counter",
		lock.EventGap:                   "the socket was broken",
		lock.EventLockUnlocked:          "the relay of a door is switched on",
		lock.EventLockLocked:            "the relay of a door falls back, or is switched off",
		lock.EventLockDoorOpened:        "a contact sensor says so",
		lock.EventLockDoorClosed:        "a contact sensor says so",
		lock.EventMeterSwitchedOn:       "a switch that measures is switched on",
		lock.EventMeterSwitchedOff:      "a switch that measures is switched off",
		lock.EventDeviceFault:           "an alarm message of a device",
		lock.EventVendorUnknown:         "everything else",
	},
}

// tables says what the keys of a vendor's tables are, where they are not names of events.
var tables = map[lock.Vendor]map[string]string{
	dingding.Vendor: {
		"meterAlarmKinds": "elemeterHistory, eventid %s",
		"exceptionKinds":  "device exception %s",
		"controlKinds":    "Elemeter_Control_Service, operation %s",
	},
	tuya.Vendor:       {"alarmKinds": "alarm_lock %s"},
	aliyunlock.Vendor: {"failedKinds": "%s with a Status other than 0"},
}

// docs/events.md is made from the kinds and from the vendors' tables.
func TestEventsDocument(t *testing.T) {
	var b strings.Builder
	b.WriteString(eventsIntroduction)
	checkEventFields(t, eventsIntroduction)
	names := eventNames(t)
	b.WriteString("\n## Kinds\n\n| kind | `lock.` | what has happened | `Data` |\n|---|---|---|---|\n")
	for _, k := range lock.EventKinds() {
		m, ok := meanings[k]
		if !ok {
			t.Errorf("say in this test what %s means", k)
		}
		if says := names[k].comment; (m.data != "") != mentionsType(says) || !strings.Contains(says, m.data) {
			t.Errorf("%s: Data is %q here, and lock/event.go says %q", k, m.data, says)
		}
		data := ""
		if m.data != "" {
			data = "`" + m.data + "`"
		}
		fmt.Fprintf(&b, "| `%s` | `%s` | %s | %s |\n", k, names[k].name, m.says, data)
	}
	for _, p := range vendors() {
		v := p.Vendor()
		from := eventSources(t, v)
		fmt.Fprintf(&b, "\n## %s\n\n| kind | the vendor's |\n|---|---|\n", v)
		for _, k := range lock.EventKinds() {
			note, noted := inCode[v][k]
			own, used := from[names[k].name]
			switch {
			case noted && !used:
				t.Errorf("%s does not make %s; this test says it does", v, k)
			case used && len(own) == 0 && !noted:
				t.Errorf("%s makes %s in its code: say in this test when", v, k)
			case !used:
				continue
			}
			if noted {
				own = append(own, note)
			}
			fmt.Fprintf(&b, "| `%s` | %s |\n", k, strings.Join(own, "; "))
		}
	}
	same(t, "../docs/events.md", b.String())
}

const eventsIntroduction = `# Events

What happens at the doors, in one set of words. Kinds are only ever added. This page is made from the code
(` + "`go test ./examples -update`" + `).

An event comes by ` + "`Receive`" + ` (the vendor calls your handler), by ` + "`Watch`" + ` (a socket, or polling where the vendor has none) or from
` + "`History`" + `. The same happening has the same ` + "`ID`" + ` whichever way it comes: do each ID once. A ` + "`lock.Fleet`" + ` has the events of all
its members.

| field | |
|---|---|
| ` + "`ID`" + ` | the happening's own, derived where the vendor has none |
| ` + "`Kind`" + ` | one of those below |
| ` + "`Vendor`, `Name`" + ` | whose event it is, and what the vendor calls it |
| ` + "`OccurredAt`, `ReceivedAt`" + ` | by the vendor, zero if it does not say; by the client's clock |
| ` + "`Source`" + ` | ` + "`webhook`, `stream`, `history`, `poll` or `local`" + ` (made by this library) |
| ` + "`Home`, `Room`, `Device`" + ` | where, as far as the vendor says |
| ` + "`Actor`" + ` | who did it, where the vendor says |
| ` + "`Method`, `Password`, `Key`" + ` | how a door was opened, and with what |
| ` + "`Reason`" + ` | why a door stayed shut; never guessed |
| ` + "`Duress`" + ` | opened under threat: tell the right people, show nothing at the door |
| ` + "`Offline`" + ` | happened while the device was offline, and was reported later |
| ` + "`Operation`" + ` | the vendor's id of the operation that ended |
| ` + "`Data`" + ` | what belongs to the kind |
| ` + "`Native`" + ` | ` + "`Raw()`" + `, the vendor's bytes (they may hold codes), and ` + "`lock.As`" + `, the vendor's struct |
`

// checkEventFields holds the introduction against the struct.
func checkEventFields(t *testing.T, text string) {
	t.Helper()
	for _, f := range reflect.VisibleFields(reflect.TypeFor[lock.Event]()) {
		if f.IsExported() && len(f.Index) == 1 && !strings.Contains(text, "`"+f.Name+"`") {
			t.Errorf("the introduction to the events does not name the field %s", f.Name)
		}
	}
}

// mentionsType reports whether a comment names what Data is.
func mentionsType(comment string) bool {
	return slices.ContainsFunc([]string{"Replacement", "BatteryLevel", "Reading", "Receipt", "Failure", "Window", "Unfilled"}, func(name string) bool {
		return strings.Contains(comment, name)
	})
}

type named struct{ name, comment string }

// eventNames finds the Go names of the kinds, and what is said behind or above each.
func eventNames(t *testing.T) map[lock.EventKind]named {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../lock/event.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	all := map[lock.EventKind]named{}
	for n := range ast.Preorder(file) {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 || !isIdent(spec.Type, "EventKind") {
			continue
		}
		if text, ok := literal(spec.Values[0]); ok {
			all[lock.EventKind(text)] = named{spec.Names[0].Name, strings.TrimSpace(spec.Comment.Text() + spec.Doc.Text())}
		}
	}
	for _, k := range lock.EventKinds() {
		if all[k].name == "" {
			t.Errorf("kind %q has no name in lock/event.go", k)
		}
	}
	return all
}

// eventSources reads a vendor's package: which kinds its code makes, by their Go names, and from
// which keys of its tables.
func eventSources(t *testing.T, v lock.Vendor) map[string][]string {
	t.Helper()
	files := parsePackage(t, "../"+string(v))
	found := map[string][]string{}
	constants := map[string]string{}
	for _, file := range files {
		for n := range ast.Preorder(file) {
			switch n := n.(type) {
			case *ast.ValueSpec:
				for i, value := range n.Values {
					if text, ok := literal(value); ok {
						constants[n.Names[i].Name] = text
					}
				}
			case *ast.SelectorExpr:
				if isIdent(n.X, "lock") && strings.HasPrefix(n.Sel.Name, "Event") && isKind(n.Sel.Name) {
					found[n.Sel.Name] = append([]string{}, found[n.Sel.Name]...) // made somewhere
				}
			}
		}
	}
	for _, file := range files {
		for _, d := range file.Decls {
			decl, ok := d.(*ast.GenDecl)
			if !ok || decl.Tok != token.VAR {
				continue
			}
			for _, s := range decl.Specs {
				spec := s.(*ast.ValueSpec)
				for i, value := range spec.Values {
					addTable(found, constants, tables[v][spec.Names[i].Name], value)
				}
			}
		}
	}
	return found
}

// parsePackage reads the files of a package but its tests, in the order of their names.
func parsePackage(t *testing.T, dir string) []*ast.File {
	t.Helper()
	paths, err := filepath.Glob(dir + "/*.go")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no package in %s: %v", dir, err)
	}
	var files []*ast.File
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	return files
}

// addTable adds the keys of a map literal under the kinds that stand in its values.
func addTable(found map[string][]string, constants map[string]string, form string, value ast.Expr) {
	table, ok := value.(*ast.CompositeLit)
	if !ok {
		return
	}
	if _, ok := table.Type.(*ast.MapType); !ok {
		return
	}
	for _, e := range table.Elts {
		pair, ok := e.(*ast.KeyValueExpr)
		if !ok {
			continue
		}
		key, ok := literal(pair.Key)
		if id, named := pair.Key.(*ast.Ident); named {
			key, ok = constants[id.Name]
		}
		if !ok {
			continue
		}
		text := "`" + key + "`"
		if form != "" {
			text = fmt.Sprintf(form, text)
		}
		for n := range ast.Preorder(pair.Value) {
			if sel, ok := n.(*ast.SelectorExpr); ok && isIdent(sel.X, "lock") && isKind(sel.Sel.Name) && !slices.Contains(found[sel.Sel.Name], text) {
				found[sel.Sel.Name] = append(found[sel.Sel.Name], text)
			}
		}
	}
}

// isKind tells the kinds of event from other names that begin so.
func isKind(name string) bool {
	return strings.HasPrefix(name, "Event") && name != "Event" && name != "Events" && name != "EventKind" && name != "EventKinds" &&
		name != "EventQuery" && name != "EventID" && name != "EventSource"
}

func isIdent(e ast.Expr, name string) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == name
}

// literal is the value of a text or a number.
func literal(e ast.Expr) (string, bool) {
	lit, ok := e.(*ast.BasicLit)
	if !ok {
		return "", false
	}
	if lit.Kind == token.STRING {
		text, err := strconv.Unquote(lit.Value)
		return text, err == nil
	}
	return lit.Value, lit.Kind == token.INT
}

// Every page is linked from the README.
func TestEveryPageIsLinked(t *testing.T) {
	pages, err := filepath.Glob("../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	doc := read(t, readme)
	for _, page := range pages {
		if !strings.Contains(doc, "](docs/"+filepath.Base(page)+")") {
			t.Errorf("the README does not lead to docs/%s", filepath.Base(page))
		}
	}
}
