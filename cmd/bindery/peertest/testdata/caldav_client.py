"""A CalDAV client: finds, makes, fills, searches and synchronises calendars. Arguments: URL, account (its own password)."""
import sys
from datetime import datetime

import caldav

url, account = sys.argv[1:]
EVENT = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//invented//EN
BEGIN:VEVENT
UID:party@example.com
DTSTAMP:20060712T182145Z
DTSTART:20060714T170000Z
DTEND:20060715T040000Z
SUMMARY:Garden party
RRULE:FREQ=YEARLY
END:VEVENT
END:VCALENDAR
"""


def entry(kind, uid, lines):
    text = EVENT.replace("VEVENT", kind).replace("party@example.com", uid)
    head, rest = text.split("DTSTART", 1)
    return head + lines + rest[rest.index("END:" + kind):]


def wants(what, got, want):
    if got != want:
        sys.exit("%s: %r instead of %r" % (what, got, want))


principal = caldav.DAVClient(url=url, username=account, password=account).principal()
wants("calendars", sorted(c.name for c in principal.calendars()), ["Events", "Notes", "Tasks"])

cal = principal.make_calendar(name="Party & co", cal_id="party")
wants("name", cal.get_display_name() if hasattr(cal, "get_display_name") else cal.name, "Party & co")
event = cal.save_event(EVENT)
wants("events", len(cal.events()), 1)
year = (datetime(2008, 7, 13), datetime(2008, 7, 17))
expanded = cal.date_search(*year, expand=True)
wants("expanded", len(expanded), 1)
if "RECURRENCE-ID:20080714T170000Z" not in expanded[0].data or "RRULE" in expanded[0].data:
    sys.exit(expanded[0].data)
wants("another week", len(cal.date_search(datetime(2008, 8, 1), datetime(2008, 8, 8), expand=False)), 0)
wants("by UID", cal.event_by_uid("party@example.com").url, event.url)

all_of_it = cal.objects_by_sync_token(load_objects=True)
wants("first sync", len(list(all_of_it)), 1)
wants("nothing changed", len(list(cal.objects_by_sync_token(sync_token=all_of_it.sync_token))), 0)
event.vobject_instance.vevent.summary.value = "Rain party"
event.save()
changed = cal.objects_by_sync_token(sync_token=all_of_it.sync_token, load_objects=True)
wants("changed", ["Rain party" in e.data for e in changed], [True])
wants("busy", "FREEBUSY:20080714T170000Z/20080715T040000Z" in cal.freebusy_request(*year).data, True)
event.delete()
wants("after a deletion", len(cal.events()), 0)

todos = principal.make_calendar(name="To do", cal_id="todo", supported_calendar_component_set=["VTODO"])
todo = todos.save_todo(entry("VTODO", "tax@example.com", "DUE;VALUE=DATE:20070501\nSTATUS:NEEDS-ACTION\nSUMMARY:Taxes\n"))
wants("to do", len(todos.todos()), 1)
todo.complete()
wants("done", (len(todos.todos()), len(todos.todos(include_completed=True))), (0, 1))

journal = principal.make_calendar(name="Diary", cal_id="diary", supported_calendar_component_set=["VJOURNAL"])
journal.save_journal(entry("VJOURNAL", "day@example.com", "DTSTART;VALUE=DATE:19970317\nSUMMARY:A day\n"))
wants("journals", len(journal.journals()), 1)

cal.delete()
wants("calendars left", sorted(c.name for c in principal.calendars()), ["Diary", "Events", "Notes", "Tasks", "To do"])
print("all done")
